package dev.tern.train.export;

import dev.tern.file.WholeFile;
import dev.tern.safetensors.SafetensorsFolder;
import dev.tern.safetensors.SafetensorsType;
import dev.tern.safetensors.SafetensorsWriter;
import dev.tern.tensor.Shape;
import dev.tern.tokenizer.Tokenizers;
import dev.tern.train.network.CausalLanguageModel;
import dev.tern.train.network.Parameter;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;

/// Writes a network as a Hugging Face folder of floats: linear layers and norms in 32 bits,
/// embeddings in 16, the tokenizer's files beside them.
///
/// Such a folder says that its linear layers are to be rounded when it is loaded. What it holds may
/// be the shadow weights, which are rounded then, or the rounded values, which rounding leaves as
/// they are.
final class FloatFolder {
  private static final List<String> TOKENIZER_FILES =
      List.of(
          "tokenizer.json",
          "tokenizer.model",
          "tokenizer_config.json",
          "special_tokens_map.json",
          "chat_template.jinja");
  private static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private FloatFolder() {}

  static void write(
      Path folder, CausalLanguageModel model, Function<Parameter, float[]> values, Path tokenizer)
      throws IOException {
    Files.createDirectories(folder);
    Path config = folder.resolve("config.json");
    Files.deleteIfExists(config);
    SafetensorsWriter writer = new SafetensorsWriter();
    for (Parameter parameter : model.parameters()) {
      boolean half = parameter.role() == Parameter.Role.EMBEDDING;
      writer.add(
          parameter.name(),
          half ? SafetensorsType.F16 : SafetensorsType.F32,
          Shape.of(parameter.value().getShape().getShape()),
          bytes -> fill(bytes, values.apply(parameter), half));
    }
    writer.write(folder.resolve(SafetensorsFolder.SINGLE));
    for (String name : TOKENIZER_FILES) {
      Path file = tokenizer.resolve(name);
      if (Files.isRegularFile(file)) {
        writeWhole(folder.resolve(name), Files.readAllBytes(file));
      }
    }
    String json =
        ConfigJson.of(model.settings(), model.vocabularySize(), Tokenizers.load(tokenizer));
    writeWhole(config, json.getBytes(StandardCharsets.UTF_8));
  }

  private static void fill(MemorySegment bytes, float[] values, boolean half) {
    for (int i = 0; i < values.length; i++) {
      if (half) {
        bytes.setAtIndex(SHORT, i, Float.floatToFloat16(values[i]));
      } else {
        bytes.setAtIndex(FLOAT, i, values[i]);
      }
    }
  }

  private static void writeWhole(Path path, byte[] content) throws IOException {
    WholeFile.write(path, channel -> writeFully(channel, ByteBuffer.wrap(content)));
  }

  private static void writeFully(FileChannel channel, ByteBuffer buffer) throws IOException {
    while (buffer.hasRemaining()) {
      channel.write(buffer);
    }
  }
}
