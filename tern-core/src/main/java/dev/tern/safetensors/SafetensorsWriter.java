package dev.tern.safetensors;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.tern.file.WholeFile;
import dev.tern.tensor.Shape;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Collects tensors and writes them as a safetensors file.
///
/// Tensor data is produced while it is written, one tensor in memory at a time. The file appears
/// under its name only when it is complete: it is written beside it and moved. Not safe for use by
/// several threads.
public final class SafetensorsWriter {
  private static final int ALIGNMENT = 8;
  private static final int CHUNK_BYTES = 1 << 26;

  private final Map<String, String> metadata = new LinkedHashMap<>();
  private final List<Pending> tensors = new ArrayList<>();
  private final Set<String> names = new HashSet<>();

  /// Starts a file without tensors, and with the mark that PyTorch's tools look for.
  public SafetensorsWriter() {
    metadata.put("format", "pt");
  }

  /// A tensor's data, produced when its turn comes.
  @FunctionalInterface
  public interface Content {
    /// Fills the data of one tensor.
    ///
    /// @param bytes native memory of exactly the tensor's size, zeroed
    /// @throws IOException if the source of the data cannot be read
    void fill(MemorySegment bytes) throws IOException;
  }

  private record Pending(String name, SafetensorsType type, Shape shape, Content content) {
    long byteSize() {
      return type.byteSize(shape);
    }
  }

  /// Adds a tensor. The file has its tensors in the order in which they were added.
  ///
  /// @param name unique, and not `__metadata__`
  /// @param type of its elements
  /// @param shape outermost dimension first
  /// @param content fills its bytes
  /// @return this
  /// @throws IllegalArgumentException if the name is taken
  public SafetensorsWriter add(String name, SafetensorsType type, Shape shape, Content content) {
    if (name.equals(SafetensorsReader.METADATA) || !names.add(name)) {
      throw new IllegalArgumentException("the name '%s' is taken".formatted(name));
    }
    tensors.add(new Pending(name, type, shape, content));
    return this;
  }

  /// {@return the bytes of the tensors that were added}
  public long dataBytes() {
    return tensors.stream().mapToLong(Pending::byteSize).sum();
  }

  /// Writes the file.
  ///
  /// @param path the file to create or replace; it is left as it was if anything fails
  /// @throws IOException if writing fails
  /// @throws IllegalArgumentException if the header would be longer than the format allows
  public void write(Path path) throws IOException {
    byte[] header = header();
    WholeFile.write(path, channel -> writeTo(channel, header));
  }

  private void writeTo(FileChannel channel, byte[] header) throws IOException {
    ByteBuffer length = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    long position = writeFully(channel, 0, length.putLong(header.length).flip());
    position = writeFully(channel, position, ByteBuffer.wrap(header));
    for (Pending tensor : tensors) {
      long size = tensor.byteSize();
      try (Arena arena = Arena.ofShared()) {
        MemorySegment bytes = arena.allocate(size, 64);
        tensor.content.fill(bytes);
        for (long done = 0; done < size; done += CHUNK_BYTES) {
          long count = Math.min(CHUNK_BYTES, size - done);
          position = writeFully(channel, position, bytes.asSlice(done, count).asByteBuffer());
        }
      }
    }
  }

  private static long writeFully(FileChannel channel, long position, ByteBuffer buffer)
      throws IOException {
    while (buffer.hasRemaining()) {
      position += channel.write(buffer, position);
    }
    return position;
  }

  /// The JSON header, with blanks at its end so that the data begins at a multiple of 8.
  private byte[] header() {
    StringBuilder json = new StringBuilder("{\"__metadata__\":{");
    String separator = "";
    for (Map.Entry<String, String> entry : metadata.entrySet()) {
      json.append(separator);
      quote(json, entry.getKey());
      quote(json.append(':'), entry.getValue());
      separator = ",";
    }
    json.append('}');
    long offset = 0;
    for (Pending tensor : tensors) {
      quote(json.append(','), tensor.name);
      long end = offset + tensor.byteSize();
      json.append(":{\"dtype\":\"")
          .append(tensor.type)
          .append("\",\"shape\":")
          .append(tensor.shape)
          .append(",\"data_offsets\":[")
          .append(offset)
          .append(',')
          .append(end)
          .append("]}");
      offset = end;
    }
    json.append('}');
    byte[] utf8 = json.toString().getBytes(UTF_8);
    int padding = -utf8.length & (ALIGNMENT - 1);
    if (utf8.length + padding > SafetensorsReader.MAX_HEADER_BYTES) {
      throw new IllegalArgumentException(
          "%d tensors make a header longer than %d bytes; split them over several files"
              .formatted(tensors.size(), SafetensorsReader.MAX_HEADER_BYTES));
    }
    return (json + " ".repeat(padding)).getBytes(UTF_8);
  }

  static void quote(StringBuilder json, String text) {
    json.append('"');
    for (int i = 0; i < text.length(); i++) {
      char letter = text.charAt(i);
      if (letter == '"' || letter == '\\') {
        json.append('\\').append(letter);
      } else if (letter < 0x20) {
        json.append("\\u%04x".formatted((int) letter));
      } else {
        json.append(letter);
      }
    }
    json.append('"');
  }
}
