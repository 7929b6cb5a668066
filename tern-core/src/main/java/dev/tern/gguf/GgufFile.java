package dev.tern.gguf;

import dev.tern.ModelFormatException;
import dev.tern.UnsupportedModelException;
import dev.tern.tensor.Tensor;
import dev.tern.tensor.TensorType;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// A GGUF file, validated as a whole when it is opened: whatever this hands out lies inside the
/// file.
///
/// The file is mapped read-only, so tensors cost no memory until they are read, and files over 2
/// GiB are no different; one that was made in memory is read where it lies. Safe for use by many
/// threads. Tensors and arrays are valid until [#close()].
public final class GgufFile implements AutoCloseable {
  private final String source;
  private final Arena arena;
  private final MemorySegment bytes;
  private final int version;
  private final long alignment;
  private final GgufMetadata metadata;
  private final Map<String, GgufTensor> tensors;

  GgufFile(
      String source,
      Arena arena,
      MemorySegment bytes,
      int version,
      long alignment,
      GgufMetadata metadata,
      List<GgufTensor> tensors) {
    this.source = source;
    this.arena = arena;
    this.bytes = bytes;
    this.version = version;
    this.alignment = alignment;
    this.metadata = metadata;
    Map<String, GgufTensor> byName = new LinkedHashMap<>();
    tensors.forEach(tensor -> byName.put(tensor.name(), tensor));
    this.tensors = Collections.unmodifiableMap(byName);
  }

  /// Maps and validates a file.
  ///
  /// @param path a GGUF file, version 2 or 3, little-endian
  /// @return the file, to be closed by the caller
  /// @throws IOException if it cannot be opened or mapped
  /// @throws ModelFormatException if its bytes are damaged, truncated or contradictory
  /// @throws UnsupportedModelException if it is of another version or byte order
  public static GgufFile open(Path path) throws IOException {
    Arena arena = Arena.ofShared();
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      MemorySegment bytes = channel.map(MapMode.READ_ONLY, 0, channel.size(), arena);
      return new GgufReader(path.toString(), arena, bytes).read();
    } catch (Throwable failure) {
      arena.close();
      throw failure;
    }
  }

  /// Validates a file that is in memory, as [GgufWriter#write(MemorySegment)] makes it.
  ///
  /// @param source what to call it in messages
  /// @param bytes the whole file; stays the caller's, who must not change or free it while the file
  ///   is used, and whom [#close()] does not spare from freeing it
  /// @return the file, to be closed by the caller
  /// @throws ModelFormatException if its bytes are damaged, truncated or contradictory
  /// @throws UnsupportedModelException if it is of another version or byte order
  public static GgufFile of(String source, MemorySegment bytes) {
    Arena nothing = Arena.ofShared();
    try {
      return new GgufReader(source, nothing, bytes.asReadOnly()).read();
    } catch (Throwable failure) {
      nothing.close();
      throw failure;
    }
  }

  /// {@return what to call the file in messages: its path}
  public String source() {
    return source;
  }

  /// {@return the container version, 2 or 3}
  public int version() {
    return version;
  }

  /// {@return the multiple that tensor data starts at, in bytes}
  public long alignment() {
    return alignment;
  }

  /// {@return the size of the file in bytes}
  public long byteSize() {
    return bytes.byteSize();
  }

  /// {@return the key-value pairs}
  public GgufMetadata metadata() {
    return metadata;
  }

  /// {@return the tensor directory in file order, by name}
  public Map<String, GgufTensor> tensors() {
    return tensors;
  }

  /// {@return the tensor, if the file has it}
  ///
  /// @param name a tensor's name
  /// @throws UnsupportedModelException if its encoding is not implemented
  public Optional<Tensor> findTensor(String name) {
    return Optional.ofNullable(tensors.get(name)).map(this::tensor);
  }

  /// {@return the tensor}
  ///
  /// @param name a tensor's name
  /// @throws ModelFormatException if the file does not have it
  /// @throws UnsupportedModelException if its encoding is not implemented
  public Tensor requireTensor(String name) {
    return findTensor(name)
        .orElseThrow(
            () -> new ModelFormatException("%s: the tensor %s is missing".formatted(source, name)));
  }

  private Tensor tensor(GgufTensor entry) {
    return switch (entry.type()) {
      case TensorType.Resolution.Known known ->
          new Tensor(
              entry.name(),
              known.type(),
              entry.shape(),
              bytes.asSlice(entry.byteOffset(), known.type().byteSize(entry.shape())));
      case TensorType.Resolution.Foreign foreign ->
          throw new UnsupportedModelException(
              "%s: the tensor %s is encoded as %s (type %d), which Tern does not read: %s"
                  .formatted(source, entry.name(), foreign.name(), foreign.id(), foreign.advice()));
    };
  }

  @Override
  public String toString() {
    return source;
  }

  /// Unmaps the file. Tensors and arrays taken from it must not be used afterwards; where it was
  /// mapped, doing so throws `IllegalStateException`.
  @Override
  public void close() {
    arena.close();
  }
}
