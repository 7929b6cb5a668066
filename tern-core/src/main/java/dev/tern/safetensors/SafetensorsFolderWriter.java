package dev.tern.safetensors;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.tern.file.WholeFile;
import dev.tern.tensor.Shape;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/// Collects the tensors of a model and writes them as Hugging Face's tools do: as one
/// `model.safetensors` if they are small enough, else as `model-00001-of-0000N.safetensors` and so
/// on, with `model.safetensors.index.json`, which says what is where.
///
/// Tensors stay in the order in which they were added; a file is full when the next tensor would
/// exceed its size. A tensor that is larger than that is alone in its file. Not safe for use by
/// several threads.
///
/// Source: huggingface_hub, `serialization/_base.py`, `split_state_dict_into_shards_factory`.
public final class SafetensorsFolderWriter {
  private static final Pattern SHARD = Pattern.compile("model-\\d{5,}-of-\\d{5,}\\.safetensors");

  private final long maxFileBytes;
  private final List<SafetensorsWriter> files = new ArrayList<>();

  /// The index of each tensor's file.
  private final Map<String, Integer> fileOf = new LinkedHashMap<>();

  private long dataBytes;
  private long bytesOfLast;

  /// Starts a model without tensors.
  ///
  /// @param maxFileBytes how many bytes of tensors a file may have, at least 1
  /// @throws IllegalArgumentException if that is less
  public SafetensorsFolderWriter(long maxFileBytes) {
    if (maxFileBytes < 1) {
      throw new IllegalArgumentException(
          "a file of tensors holds at least 1 byte, not " + maxFileBytes);
    }
    this.maxFileBytes = maxFileBytes;
    files.add(new SafetensorsWriter());
  }

  /// {@return whether a file of this name belongs to the tensors of a model}
  ///
  /// @param name of a file, without its folder
  public static boolean isPart(String name) {
    return name.equals(SafetensorsFolder.SINGLE)
        || name.equals(SafetensorsFolder.INDEX)
        || SHARD.matcher(name).matches();
  }

  /// Adds a tensor.
  ///
  /// @param name unique, and not `__metadata__`
  /// @param type of its elements
  /// @param shape outermost dimension first
  /// @param content fills its bytes; called in the order in which tensors were added
  /// @return this
  /// @throws IllegalArgumentException if the name is taken
  public SafetensorsFolderWriter add(
      String name, SafetensorsType type, Shape shape, SafetensorsWriter.Content content) {
    if (fileOf.containsKey(name)) {
      throw new IllegalArgumentException("the name '%s' is taken".formatted(name));
    }
    long size = type.byteSize(shape);
    if (bytesOfLast > 0 && size > maxFileBytes - bytesOfLast) {
      files.add(new SafetensorsWriter());
      bytesOfLast = 0;
    }
    files.getLast().add(name, type, shape, content);
    fileOf.put(name, files.size() - 1);
    bytesOfLast += size;
    dataBytes += size;
    return this;
  }

  /// {@return the bytes of the tensors that were added}
  public long dataBytes() {
    return dataBytes;
  }

  /// Writes the files, the index last: where it is, they are.
  ///
  /// @param folder that has no such files
  /// @return the files, in the order in which they were written
  /// @throws IOException if writing fails; files that are complete stay
  /// @throws IllegalArgumentException if a header would be longer than the format allows
  public List<Path> write(Path folder) throws IOException {
    List<Path> written = new ArrayList<>();
    for (int i = 0; i < files.size(); i++) {
      Path file = folder.resolve(fileName(i));
      files.get(i).write(file);
      written.add(file);
    }
    if (files.size() > 1) {
      Path index = folder.resolve(SafetensorsFolder.INDEX);
      ByteBuffer bytes = ByteBuffer.wrap(index().getBytes(UTF_8));
      WholeFile.write(
          index,
          channel -> {
            while (bytes.hasRemaining()) {
              channel.write(bytes);
            }
          });
      written.add(index);
    }
    return written;
  }

  private String fileName(int index) {
    return files.size() == 1
        ? SafetensorsFolder.SINGLE
        : "model-%05d-of-%05d.safetensors".formatted(index + 1, files.size());
  }

  private String index() {
    StringBuilder json =
        new StringBuilder(
                "{\n  \"metadata\": {\n    \"total_size\": %d\n  },\n".formatted(dataBytes))
            .append("  \"weight_map\": {");
    String separator = "\n    ";
    for (Map.Entry<String, Integer> tensor : fileOf.entrySet()) {
      json.append(separator);
      SafetensorsWriter.quote(json, tensor.getKey());
      SafetensorsWriter.quote(json.append(": "), fileName(tensor.getValue()));
      separator = ",\n    ";
    }
    return json.append("\n  }\n}\n").toString();
  }
}
