package dev.tern.gguf;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.tern.ModelFormatException;
import dev.tern.UnsupportedModelException;
import dev.tern.tensor.Shape;
import dev.tern.tensor.TensorType;
import dev.tern.tensor.TensorType.Resolution;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Reads a GGUF file from front to back and trusts nothing: every length is compared with the bytes
/// that are left before it is used, so that a hostile file costs no more memory than its own size
/// justifies.
final class GgufReader {
  private static final ValueLayout.OfLong U64 =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfInt U32 =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfShort U16 =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private static final int MAGIC = 0x46554747; // "GGUF" read as a little-endian int
  private static final int DEFAULT_ALIGNMENT = 32;
  private static final int MAX_DIMENSIONS = 4;
  private static final int MAX_KEY_BYTES = 65_535;
  private static final int MAX_TENSOR_NAME_BYTES = 63;

  /// The least bytes a key-value pair can take: key length, type, and a one-byte value.
  private static final int LEAST_PAIR_BYTES = Long.BYTES + Integer.BYTES + 1;

  /// The least bytes a directory entry can take: name length, dimension count, one dimension, type,
  /// offset.
  private static final int LEAST_ENTRY_BYTES =
      Long.BYTES + Integer.BYTES + Long.BYTES + Integer.BYTES + Long.BYTES;

  private final String source;
  private final Arena arena;
  private final MemorySegment bytes;
  private long position;

  GgufReader(String source, Arena arena, MemorySegment bytes) {
    this.source = source;
    this.arena = arena;
    this.bytes = bytes;
  }

  GgufFile read() {
    readMagic();
    int version = readVersion();
    long tensorCount = readCount("tensor count", LEAST_ENTRY_BYTES);
    long pairCount = readCount("metadata count", LEAST_PAIR_BYTES);
    GgufMetadata metadata = new GgufMetadata(source, readPairs(pairCount));
    long alignment = alignment(metadata);
    List<Entry> entries = readEntries(tensorCount);
    List<GgufTensor> tensors = entries.isEmpty() ? List.of() : place(entries, alignment);
    return new GgufFile(source, arena, bytes, version, alignment, metadata, tensors);
  }

  private void readMagic() {
    if (bytes.byteSize() < Integer.BYTES || bytes.get(U32, 0) != MAGIC) {
      throw new ModelFormatException(
          "%s: at byte 0: expected the magic bytes 'GGUF'; this is not a GGUF file"
              .formatted(source));
    }
    position = Integer.BYTES;
  }

  private int readVersion() {
    int version = readInt("version");
    if (version == 2 || version == 3) {
      return version;
    }
    if (version != 0 && (version & 0xFFFF) == 0) {
      throw new UnsupportedModelException(
          "%s: the file is big-endian; Tern reads little-endian GGUF files only".formatted(source));
    }
    throw new UnsupportedModelException(
        "%s: GGUF version %s; Tern reads versions 2 and 3"
            .formatted(source, Integer.toUnsignedString(version)));
  }

  private Map<String, GgufValue> readPairs(long count) {
    Map<String, GgufValue> pairs = new LinkedHashMap<>();
    for (long i = 0; i < count; i++) {
      long at = position;
      String key = readName("metadata key " + i, MAX_KEY_BYTES);
      GgufValue value = readValue(readType(key), key);
      if (pairs.putIfAbsent(key, value) != null) {
        throw corrupt(at, "metadata key '%s' occurs twice".formatted(key));
      }
    }
    return pairs;
  }

  private GgufValueType readType(String what) {
    long at = position;
    int id = readInt(what + " type");
    GgufValueType type = GgufValueType.byId(id);
    if (type == null) {
      throw corrupt(
          at,
          "%s has value type %s, which does not exist"
              .formatted(what, Integer.toUnsignedString(id)));
    }
    return type;
  }

  private GgufValue readValue(GgufValueType type, String key) {
    return switch (type) {
      case UINT8 -> integer(type, Byte.toUnsignedLong(readByte(key)));
      case INT8 -> integer(type, readByte(key));
      case UINT16 -> integer(type, Short.toUnsignedLong(readShort(key)));
      case INT16 -> integer(type, readShort(key));
      case UINT32 -> integer(type, Integer.toUnsignedLong(readInt(key)));
      case INT32 -> integer(type, readInt(key));
      case UINT64, INT64 -> integer(type, readLong(key));
      case FLOAT32 -> new GgufValue.Real(type, Float.intBitsToFloat(readInt(key)));
      case FLOAT64 -> new GgufValue.Real(type, Double.longBitsToDouble(readLong(key)));
      case BOOL -> new GgufValue.Bool(readBool(key));
      case STRING -> new GgufValue.Text(new String(readBytes(key), UTF_8));
      case ARRAY -> readArray(key);
    };
  }

  private static GgufValue integer(GgufValueType type, long value) {
    return new GgufValue.Int(type, value);
  }

  private boolean readBool(String what) {
    long at = position;
    byte value = readByte(what);
    if (value != 0 && value != 1) {
      throw corrupt(at, "%s is a truth value of %d instead of 0 or 1".formatted(what, value));
    }
    return value == 1;
  }

  private GgufArray readArray(String key) {
    long typeAt = position;
    GgufValueType elementType = readType(key + " element");
    if (elementType == GgufValueType.ARRAY) {
      throw corrupt(typeAt, key + " is an array of arrays, which the format does not allow");
    }
    long countAt = position;
    long count = readCount(key + " element count", elementType.leastBytes());
    if (count > Integer.MAX_VALUE) {
      throw corrupt(countAt, "%s has %d elements, more than any vocabulary".formatted(key, count));
    }
    long start = position;
    switch (elementType) {
      case STRING -> {
        for (long i = 0; i < count; i++) {
          skipString(key);
        }
      }
      case BOOL -> {
        for (long i = 0; i < count; i++) {
          readBool(key);
        }
      }
      default -> position += count * elementType.leastBytes();
    }
    return new GgufArray(elementType, (int) count, bytes.asSlice(start, position - start));
  }

  private void skipString(String what) {
    long at = position;
    long length = readLong(what);
    checkLength(at, what, length);
    if (length > Integer.MAX_VALUE - Long.BYTES) {
      throw corrupt(at, "%s has an element of %d bytes".formatted(what, length));
    }
    position += length;
  }

  private long alignment(GgufMetadata metadata) {
    long alignment = metadata.findLong("general.alignment").orElse(DEFAULT_ALIGNMENT);
    if (alignment < 1 || alignment > Integer.MAX_VALUE || Long.bitCount(alignment) != 1) {
      throw new ModelFormatException(
          "%s: general.alignment is %d, which is not a power of two".formatted(source, alignment));
    }
    return alignment;
  }

  /// A directory entry before the data section is known.
  private record Entry(long at, String name, Shape shape, int typeId, long dataOffset) {}

  private List<Entry> readEntries(long count) {
    List<Entry> entries = new ArrayList<>();
    Set<String> names = new HashSet<>();
    for (long i = 0; i < count; i++) {
      long at = position;
      String name = readName("name of tensor " + i, MAX_TENSOR_NAME_BYTES);
      if (!names.add(name)) {
        throw corrupt(at, "two tensors are named '%s'".formatted(name));
      }
      Shape shape = readShape(name);
      int typeId = readInt(name + " type");
      long dataOffset = readLong(name + " offset");
      entries.add(new Entry(at, name, shape, typeId, dataOffset));
    }
    return entries;
  }

  private Shape readShape(String name) {
    long at = position;
    int rank = readInt(name + " dimension count");
    if (rank < 1 || rank > MAX_DIMENSIONS) {
      throw corrupt(
          at,
          "tensor %s has %s dimensions instead of 1 to %d"
              .formatted(name, Integer.toUnsignedString(rank), MAX_DIMENSIONS));
    }
    long[] dimensions = new long[rank];
    for (int i = 0; i < rank; i++) {
      long dimension = readLong(name + " dimension");
      if (dimension < 0) {
        throw corrupt(
            at,
            "tensor %s has a dimension of %s".formatted(name, Long.toUnsignedString(dimension)));
      }
      dimensions[rank - 1 - i] = dimension;
    }
    try {
      return Shape.of(dimensions);
    } catch (ArithmeticException tooLarge) {
      throw corrupt(at, "tensor %s has more than 2^63 elements".formatted(name));
    }
  }

  /// Turns offsets within the data section into places in the file, and checks that every tensor
  /// lies inside the file and overlaps no other.
  private List<GgufTensor> place(List<Entry> entries, long alignment) {
    long dataStart = Math.ceilDiv(position, alignment) * alignment;
    long dataBytes = bytes.byteSize() - dataStart;
    List<Entry> inOrder = new ArrayList<>(entries);
    inOrder.sort(Comparator.comparingLong(Entry::dataOffset));
    Map<Entry, Long> slots = new LinkedHashMap<>();
    for (int i = 0; i < inOrder.size(); i++) {
      Entry entry = inOrder.get(i);
      if (entry.dataOffset < 0 || entry.dataOffset % alignment != 0) {
        throw corrupt(
            entry.at,
            "tensor %s has offset %s, which is not a multiple of %d"
                .formatted(entry.name, Long.toUnsignedString(entry.dataOffset), alignment));
      }
      if (entry.dataOffset > dataBytes) {
        throw corrupt(
            entry.at,
            "tensor %s starts %d bytes into a data section of %d; the file is truncated"
                .formatted(entry.name, entry.dataOffset, Math.max(0, dataBytes)));
      }
      long end = i + 1 < inOrder.size() ? inOrder.get(i + 1).dataOffset : dataBytes;
      slots.put(entry, Math.min(end, dataBytes) - entry.dataOffset);
    }
    boolean wideQ2 = usesWideQ2(slots, alignment);
    List<GgufTensor> tensors = new ArrayList<>(entries.size());
    for (Entry entry : entries) {
      Resolution type = resolve(entry, wideQ2);
      long slot = slots.getOrDefault(entry, 0L);
      checkSlot(entry, type, slot, alignment);
      tensors.add(
          new GgufTensor(entry.name, entry.shape, type, dataStart + entry.dataOffset, slot));
    }
    return tensors;
  }

  /// One type number means 64 or 128 elements to a scale. Writers pad each tensor to the alignment
  /// and no further, so the slots of a file fit exactly one of the two.
  private static boolean usesWideQ2(Map<Entry, Long> slots, long alignment) {
    boolean any = false;
    boolean narrowFits = true;
    boolean wideFits = true;
    for (Map.Entry<Entry, Long> slot : slots.entrySet()) {
      Entry entry = slot.getKey();
      if (entry.typeId == TensorType.Q2_0.id()) {
        any = true;
        narrowFits &= fills(TensorType.Q2_0, entry.shape, slot.getValue(), alignment);
        wideFits &= fills(TensorType.Q2_0_G128, entry.shape, slot.getValue(), alignment);
      }
    }
    return any && wideFits && !narrowFits;
  }

  private static boolean fills(TensorType type, Shape shape, long slot, long alignment) {
    if (!type.canHold(shape)) {
      return false;
    }
    long size = sizeOrMax(type, shape);
    return size <= slot && slot - size < alignment;
  }

  private static Resolution resolve(Entry entry, boolean wideQ2) {
    return wideQ2 && entry.typeId == TensorType.Q2_0.id()
        ? new Resolution.Known(TensorType.Q2_0_G128)
        : TensorType.resolve(entry.typeId);
  }

  private void checkSlot(Entry entry, Resolution resolution, long slot, long alignment) {
    if (!(resolution instanceof Resolution.Known(TensorType type))) {
      return;
    }
    if (!type.canHold(entry.shape)) {
      throw corrupt(
          entry.at,
          "tensor %s is %s of shape %s, but %s comes in blocks of %d"
              .formatted(entry.name, type, entry.shape, type, type.blockElements()));
    }
    long size = sizeOrMax(type, entry.shape);
    if (size > slot) {
      throw corrupt(
          entry.at,
          "tensor %s (%s of shape %s) takes %d bytes, but %d are there before the next tensor or the end of the file; the file is truncated or damaged"
              .formatted(entry.name, type, entry.shape, size, slot));
    }
    if (entry.typeId == TensorType.Q2_0.id() && slot - size >= alignment) {
      throw corrupt(
          entry.at,
          "tensor %s is Q2_0 with %d bytes in its slot, which fits neither 64 (%d bytes) nor 128 elements to a scale"
              .formatted(entry.name, slot, sizeOrMax(TensorType.Q2_0, entry.shape)));
    }
  }

  private static long sizeOrMax(TensorType type, Shape shape) {
    try {
      return type.byteSize(shape);
    } catch (ArithmeticException tooLarge) {
      return Long.MAX_VALUE;
    }
  }

  private long readCount(String what, int leastBytesEach) {
    long at = position;
    long count = readLong(what);
    long left = bytes.byteSize() - position;
    if (count < 0 || count > left / leastBytesEach) {
      throw corrupt(
          at,
          "the %s is %s, but the %d bytes that remain hold at most %d"
              .formatted(what, Long.toUnsignedString(count), left, left / leastBytesEach));
    }
    return count;
  }

  private String readName(String what, int maxBytes) {
    long at = position;
    byte[] utf8 = readBytes(what);
    if (utf8.length > maxBytes) {
      throw corrupt(at, "%s has %d bytes; %d are allowed".formatted(what, utf8.length, maxBytes));
    }
    try {
      return UTF_8.newDecoder().decode(ByteBuffer.wrap(utf8)).toString();
    } catch (CharacterCodingException notText) {
      throw corrupt(at, what + " is not UTF-8 text");
    }
  }

  private byte[] readBytes(String what) {
    long at = position;
    long length = readLong(what + " length");
    checkLength(at, what, length);
    if (length > Integer.MAX_VALUE - Long.BYTES) {
      throw corrupt(at, "%s has %d bytes".formatted(what, length));
    }
    byte[] value = bytes.asSlice(position, length).toArray(ValueLayout.JAVA_BYTE);
    position += length;
    return value;
  }

  private void checkLength(long at, String what, long length) {
    long left = bytes.byteSize() - position;
    if (length < 0 || length > left) {
      throw corrupt(
          at,
          "%s has length %s, but %d bytes remain"
              .formatted(what, Long.toUnsignedString(length), left));
    }
  }

  private byte readByte(String what) {
    return bytes.get(ValueLayout.JAVA_BYTE, take(Byte.BYTES, what));
  }

  private short readShort(String what) {
    return bytes.get(U16, take(Short.BYTES, what));
  }

  private int readInt(String what) {
    return bytes.get(U32, take(Integer.BYTES, what));
  }

  private long readLong(String what) {
    return bytes.get(U64, take(Long.BYTES, what));
  }

  private long take(int count, String what) {
    long at = position;
    if (bytes.byteSize() - at < count) {
      throw corrupt(
          at,
          "the file ends inside %s: %d bytes were expected, %d remain"
              .formatted(what, count, bytes.byteSize() - at));
    }
    position += count;
    return at;
  }

  private ModelFormatException corrupt(long at, String message) {
    return new ModelFormatException("%s: at byte %d: %s".formatted(source, at, message));
  }
}
