package dev.tern.cli;

import dev.tern.gguf.GgufValue;
import dev.tern.gguf.GgufWriter;
import dev.tern.synthetic.SyntheticModel;
import dev.tern.synthetic.SyntheticShape;
import dev.tern.tensor.Shape;
import dev.tern.tensor.TensorType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/// Small models and damaged ones.
final class Models {
  private Models() {}

  /// A model that writes gibberish; its chat template is found by its architecture.
  static Path tiny(Path folder) throws IOException {
    Path path = folder.resolve("tiny.gguf");
    if (Files.notExists(path)) {
      SyntheticModel.of(SyntheticShape.TINY).write(path);
    }
    return path;
  }

  /// A model of an architecture for which no chat template is known.
  static Path withoutTemplate(Path folder) throws IOException {
    Path path = folder.resolve("plain.gguf");
    SyntheticModel.of(SyntheticShape.TINY.withArchitecture("llama")).write(path);
    return path;
  }

  /// The beginning of a good model.
  static Path truncated(Path folder, double share) throws IOException {
    byte[] bytes = Files.readAllBytes(tiny(folder));
    return Files.write(
        folder.resolve("truncated.gguf"), Arrays.copyOf(bytes, (int) (share * bytes.length)));
  }

  /// A sound file that holds no model Tern knows.
  static Path ofArchitecture(Path folder, String architecture) throws IOException {
    Path path = folder.resolve(architecture + ".gguf");
    new GgufWriter()
        .put("general.architecture", GgufValue.text(architecture))
        .add("output_norm.weight", TensorType.F32, Shape.of(4), bytes -> bytes.fill((byte) 0))
        .write(path);
    return path;
  }

  /// The tiny model with the encoding of one tensor replaced by another wire id.
  static Path withTensorType(Path folder, int wireId) throws IOException {
    byte[] bytes = Files.readAllBytes(tiny(folder));
    byte[] name = "blk.0.attn_q.weight".getBytes(java.nio.charset.StandardCharsets.UTF_8);
    int at = indexOf(bytes, name);
    // Behind the name: the number of dimensions, two of them in 64 bits, then the type.
    int type = at + name.length + Integer.BYTES + 2 * Long.BYTES;
    bytes[type] = (byte) wireId;
    return Files.write(folder.resolve("type" + wireId + ".gguf"), bytes);
  }

  private static int indexOf(byte[] bytes, byte[] wanted) {
    for (int at = 0; at <= bytes.length - wanted.length; at++) {
      if (Arrays.equals(bytes, at, at + wanted.length, wanted, 0, wanted.length)) {
        return at;
      }
    }
    throw new IllegalArgumentException("not found");
  }
}
