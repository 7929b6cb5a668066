package dev.tern.safetensors;

import dev.tern.ModelFormatException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;

/// A safetensors file, validated as a whole when it is opened: whatever this hands out lies inside
/// the file.
///
/// The file is mapped read-only, so tensors cost no memory until they are read. Safe for use by
/// many threads. Tensors are valid until [#close()].
public final class SafetensorsFile implements AutoCloseable {
  private final String source;
  private final Arena arena;
  private final long byteSize;
  private final SafetensorsReader.Content content;

  private SafetensorsFile(
      String source, Arena arena, long byteSize, SafetensorsReader.Content content) {
    this.source = source;
    this.arena = arena;
    this.byteSize = byteSize;
    this.content = content;
  }

  /// Maps and validates a file.
  ///
  /// @param path a safetensors file
  /// @return the file, to be closed by the caller
  /// @throws IOException if it cannot be opened or mapped
  /// @throws ModelFormatException if its bytes are damaged, truncated or contradictory
  /// @throws dev.tern.UnsupportedModelException if a tensor has elements of an unknown type
  public static SafetensorsFile open(Path path) throws IOException {
    Arena arena = Arena.ofShared();
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      MemorySegment bytes = channel.map(MapMode.READ_ONLY, 0, channel.size(), arena);
      String source = path.toString();
      return new SafetensorsFile(
          source, arena, bytes.byteSize(), new SafetensorsReader(source, bytes).read());
    } catch (Throwable failure) {
      arena.close();
      throw failure;
    }
  }

  /// {@return what to call the file in messages: its path}
  public String source() {
    return source;
  }

  /// {@return the size of the file in bytes}
  public long byteSize() {
    return byteSize;
  }

  /// {@return the texts of `__metadata__`; none if the file has none}
  public Map<String, String> metadata() {
    return content.metadata();
  }

  /// {@return the tensors in the order of their data, by name}
  public Map<String, SafetensorsTensor> tensors() {
    return content.tensors();
  }

  @Override
  public String toString() {
    return source;
  }

  /// Unmaps the file. Using its tensors afterwards throws `IllegalStateException`.
  @Override
  public void close() {
    arena.close();
  }
}
