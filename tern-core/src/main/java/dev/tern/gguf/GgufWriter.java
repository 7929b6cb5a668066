package dev.tern.gguf;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.tern.file.WholeFile;
import dev.tern.tensor.Shape;
import dev.tern.tensor.Tensor;
import dev.tern.tensor.TensorType;
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
import java.util.Optional;
import java.util.Set;

/// Collects metadata and tensors and writes them as a GGUF file, version 3, little-endian.
///
/// Tensor data is produced while it is written, one tensor in memory at a time. The file appears
/// under its name only when it is complete: it is written beside it and moved. The same bytes can
/// be made in memory, for [GgufFile#of]. Not safe for use by several threads.
public final class GgufWriter {
  private static final int VERSION = 3;
  private static final String ALIGNMENT_KEY = "general.alignment";
  private static final int DEFAULT_ALIGNMENT = 32;
  private static final int MAX_TENSOR_NAME_BYTES = 63;
  private static final int CHUNK_BYTES = 1 << 26;

  private final Map<String, GgufValue> metadata = new LinkedHashMap<>();
  private final List<Pending> tensors = new ArrayList<>();
  private final Set<String> names = new HashSet<>();

  /// Starts a file without metadata or tensors.
  public GgufWriter() {}

  /// A tensor's data, produced when its turn comes.
  @FunctionalInterface
  public interface Content {
    /// Fills the data of one tensor.
    ///
    /// @param bytes native memory of exactly the tensor's size, zeroed, to be filled by any thread
    /// @throws IOException if the source of the data cannot be read
    void fill(MemorySegment bytes) throws IOException;

    /// {@return the data where it is already, so that writing a file need not copy it}
    default Optional<MemorySegment> existing() {
      return Optional.empty();
    }

    /// {@return data that exists}
    ///
    /// @param data of exactly the tensor's size
    static Content of(MemorySegment data) {
      return new Content() {
        @Override
        public void fill(MemorySegment bytes) {
          bytes.copyFrom(data);
        }

        @Override
        public Optional<MemorySegment> existing() {
          return Optional.of(data);
        }
      };
    }
  }

  private record Pending(String name, TensorType type, Shape shape, Content content) {
    long byteSize() {
      return type.byteSize(shape);
    }
  }

  /// Sets a metadata value; pairs are written in the order in which their keys were first set.
  ///
  /// @param key for example `general.name`
  /// @param value its value
  /// @return this
  public GgufWriter put(String key, GgufValue value) {
    metadata.put(key, value);
    return this;
  }

  /// Adds a tensor whose data already exists.
  ///
  /// @param tensor written as it is
  /// @return this
  public GgufWriter add(Tensor tensor) {
    return add(tensor.name(), tensor.type(), tensor.shape(), Content.of(tensor.data()));
  }

  /// Adds a tensor whose data is made while the file is written.
  ///
  /// @param name at most 63 bytes, unique
  /// @param type its encoding
  /// @param shape of one to four dimensions, outermost first
  /// @param content fills its bytes
  /// @return this
  /// @throws IllegalArgumentException if the name is taken or too long, or the shape does not suit
  ///   the encoding
  public GgufWriter add(String name, TensorType type, Shape shape, Content content) {
    if (name.getBytes(UTF_8).length > MAX_TENSOR_NAME_BYTES) {
      throw new IllegalArgumentException(
          "the tensor name '%s' is longer than %d bytes".formatted(name, MAX_TENSOR_NAME_BYTES));
    }
    if (!names.add(name)) {
      throw new IllegalArgumentException("two tensors are named '%s'".formatted(name));
    }
    if (shape.rank() < 1 || shape.rank() > 4 || !type.canHold(shape)) {
      throw new IllegalArgumentException(
          "tensor %s: %s cannot hold the shape %s".formatted(name, type, shape));
    }
    tensors.add(new Pending(name, type, shape, content));
    return this;
  }

  /// Writes the file.
  ///
  /// @param path the file to create or replace; it is left as it was if anything fails
  /// @throws IOException if writing fails
  /// @throws IllegalArgumentException if `general.alignment` is set to what cannot be one
  public void write(Path path) throws IOException {
    WholeFile.write(path, this::writeTo);
  }

  /// {@return the size of the file in bytes}
  ///
  /// @throws IllegalArgumentException if `general.alignment` is set to what cannot be one
  public long byteSize() {
    long alignment = alignment();
    long size = align(header(alignment).length(), alignment);
    for (Pending tensor : tensors) {
      size += align(tensor.byteSize(), alignment);
    }
    return size;
  }

  /// Writes what would be the file into memory; tensor data is made where it stays.
  ///
  /// @param bytes zeroed memory of [#byteSize()] bytes
  /// @throws IOException if the source of a tensor's data cannot be read
  /// @throws IllegalArgumentException if the memory has another size, or `general.alignment` is set
  ///   to what cannot be one
  public void write(MemorySegment bytes) throws IOException {
    if (bytes.byteSize() != byteSize()) {
      throw new IllegalArgumentException(
          "the file takes %d bytes, not %d".formatted(byteSize(), bytes.byteSize()));
    }
    long alignment = alignment();
    Encoder header = header(alignment);
    header.copyTo(bytes);
    long position = align(header.length(), alignment);
    for (Pending tensor : tensors) {
      tensor.content.fill(bytes.asSlice(position, tensor.byteSize()));
      position += align(tensor.byteSize(), alignment);
    }
  }

  private void writeTo(FileChannel channel) throws IOException {
    long alignment = alignment();
    long position = header(alignment).writeTo(channel);
    for (Pending tensor : tensors) {
      position = pad(channel, position, alignment);
      position = writeContent(channel, position, tensor);
    }
    pad(channel, position, alignment);
  }

  /// Everything before the tensor data and the padding in front of it.
  private Encoder header(long alignment) {
    Encoder header = new Encoder();
    header
        .bytes("GGUF".getBytes(UTF_8))
        .uint32(VERSION)
        .uint64(tensors.size())
        .uint64(metadata.size());
    metadata.forEach((key, value) -> header.string(key).uint32(value.type().id()).value(value));
    long offset = 0;
    for (Pending tensor : tensors) {
      header.string(tensor.name).uint32(tensor.shape.rank());
      for (int i = tensor.shape.rank() - 1; i >= 0; i--) {
        header.uint64(tensor.shape.dimension(i));
      }
      header.uint32(tensor.type.id()).uint64(offset);
      offset += align(tensor.byteSize(), alignment);
    }
    return header;
  }

  private long alignment() {
    return switch (metadata.get(ALIGNMENT_KEY)) {
      case null -> DEFAULT_ALIGNMENT;
      case GgufValue.Int number
          when Long.bitCount(number.value()) == 1
              && number.value() > 0
              && number.value() <= Integer.MAX_VALUE ->
          number.value();
      case GgufValue other ->
          throw new IllegalArgumentException(
              "%s must be a power of two below 2^31, not %s".formatted(ALIGNMENT_KEY, other));
    };
  }

  private static long align(long position, long alignment) {
    return Math.ceilDiv(position, alignment) * alignment;
  }

  private static long pad(FileChannel channel, long position, long alignment) throws IOException {
    long aligned = align(position, alignment);
    writeFully(channel, position, ByteBuffer.allocate(Math.toIntExact(aligned - position)));
    return aligned;
  }

  private static long writeContent(FileChannel channel, long position, Pending tensor)
      throws IOException {
    Optional<MemorySegment> existing = tensor.content.existing();
    if (existing.isPresent()) {
      return writeChunks(channel, position, existing.get());
    }
    try (Arena arena = Arena.ofShared()) {
      MemorySegment bytes = arena.allocate(tensor.byteSize(), 64);
      tensor.content.fill(bytes);
      return writeChunks(channel, position, bytes);
    }
  }

  private static long writeChunks(FileChannel channel, long position, MemorySegment bytes)
      throws IOException {
    long size = bytes.byteSize();
    for (long done = 0; done < size; done += CHUNK_BYTES) {
      long length = Math.min(CHUNK_BYTES, size - done);
      writeFully(channel, position + done, bytes.asSlice(done, length).asByteBuffer());
    }
    return position + size;
  }

  private static void writeFully(FileChannel channel, long position, ByteBuffer buffer)
      throws IOException {
    while (buffer.hasRemaining()) {
      position += channel.write(buffer, position);
    }
  }

  /// A growing little-endian buffer for everything before the tensor data.
  private static final class Encoder {
    private ByteBuffer buffer = ByteBuffer.allocate(1 << 16).order(ByteOrder.LITTLE_ENDIAN);

    Encoder bytes(byte[] value) {
      reserve(value.length).put(value);
      return this;
    }

    Encoder uint32(int value) {
      reserve(Integer.BYTES).putInt(value);
      return this;
    }

    Encoder uint64(long value) {
      reserve(Long.BYTES).putLong(value);
      return this;
    }

    Encoder string(String value) {
      byte[] utf8 = value.getBytes(UTF_8);
      return uint64(utf8.length).bytes(utf8);
    }

    void value(GgufValue value) {
      switch (value) {
        case GgufValue.Int number -> integer(number);
        case GgufValue.Real number when number.type() == GgufValueType.FLOAT32 ->
            reserve(Float.BYTES).putFloat((float) number.value());
        case GgufValue.Real number -> reserve(Double.BYTES).putDouble(number.value());
        case GgufValue.Bool bool -> reserve(1).put((byte) (bool.value() ? 1 : 0));
        case GgufValue.Text text -> string(text.value());
        case GgufArray array -> {
          uint32(array.elementType().id()).uint64(array.size());
          reserve(Math.toIntExact(array.encoded().byteSize())).put(array.encoded().asByteBuffer());
        }
      }
    }

    private void integer(GgufValue.Int number) {
      long value = number.value();
      switch (number.type()) {
        case UINT8, INT8 -> reserve(Byte.BYTES).put((byte) value);
        case UINT16, INT16 -> reserve(Short.BYTES).putShort((short) value);
        case UINT32, INT32 -> reserve(Integer.BYTES).putInt((int) value);
        case UINT64, INT64 -> reserve(Long.BYTES).putLong(value);
        case FLOAT32, BOOL, STRING, ARRAY, FLOAT64 ->
            throw new IllegalStateException(number.type() + " is not an integer type");
      }
    }

    private ByteBuffer reserve(int bytes) {
      if (buffer.remaining() < bytes) {
        int needed = Math.addExact(buffer.position(), bytes);
        ByteBuffer larger =
            ByteBuffer.allocate(
                    Math.max(needed, (int) Math.min(2L * buffer.capacity(), Integer.MAX_VALUE - 8)))
                .order(ByteOrder.LITTLE_ENDIAN);
        buffer = larger.put(buffer.flip());
      }
      return buffer;
    }

    int length() {
      return buffer.position();
    }

    void copyTo(MemorySegment bytes) {
      MemorySegment.copy(
          MemorySegment.ofBuffer(buffer.duplicate().flip()), 0, bytes, 0, buffer.position());
    }

    long writeTo(FileChannel channel) throws IOException {
      int length = buffer.position();
      writeFully(channel, 0, buffer.flip());
      return length;
    }
  }
}
