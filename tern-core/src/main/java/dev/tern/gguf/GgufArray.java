package dev.tern.gguf;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.AbstractList;
import java.util.ArrayList;
import java.util.List;

/// A metadata array: a view of the file's bytes, decoded only when asked.
///
/// Vocabularies have hundreds of thousands of elements, so nothing is copied on reading. Valid as
/// long as the file that it came from is open.
public final class GgufArray implements GgufValue {
  private static final ValueLayout.OfLong U64 =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfInt U32 =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfShort U16 =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfFloat F32 =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfDouble F64 =
      ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final GgufValueType elementType;
  private final int size;
  private final MemorySegment encoded;

  /// Wraps elements whose encoding has been checked to fill `encoded` exactly.
  GgufArray(GgufValueType elementType, int size, MemorySegment encoded) {
    this.elementType = elementType;
    this.size = size;
    this.encoded = encoded;
  }

  /// {@return an array of STRING}
  ///
  /// @param values any texts
  public static GgufArray ofStrings(List<String> values) {
    List<byte[]> bytes = new ArrayList<>(values.size());
    int total = 0;
    for (String value : values) {
      byte[] utf8 = value.getBytes(UTF_8);
      total = Math.addExact(total, Long.BYTES + utf8.length);
      bytes.add(utf8);
    }
    byte[] encoded = new byte[total];
    ByteBuffer buffer = littleEndian(encoded);
    for (byte[] utf8 : bytes) {
      buffer.putLong(utf8.length).put(utf8);
    }
    return wrap(GgufValueType.STRING, values.size(), encoded);
  }

  /// {@return an array of INT32}
  ///
  /// @param values any numbers
  public static GgufArray ofInts(int... values) {
    byte[] encoded = new byte[Math.multiplyExact(values.length, Integer.BYTES)];
    ByteBuffer buffer = littleEndian(encoded);
    for (int value : values) {
      buffer.putInt(value);
    }
    return wrap(GgufValueType.INT32, values.length, encoded);
  }

  /// {@return an array of FLOAT32}
  ///
  /// @param values any numbers
  public static GgufArray ofFloats(float... values) {
    byte[] encoded = new byte[Math.multiplyExact(values.length, Float.BYTES)];
    ByteBuffer buffer = littleEndian(encoded);
    for (float value : values) {
      buffer.putFloat(value);
    }
    return wrap(GgufValueType.FLOAT32, values.length, encoded);
  }

  private static ByteBuffer littleEndian(byte[] bytes) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static GgufArray wrap(GgufValueType elementType, int size, byte[] encoded) {
    return new GgufArray(elementType, size, MemorySegment.ofArray(encoded));
  }

  @Override
  public GgufValueType type() {
    return GgufValueType.ARRAY;
  }

  /// {@return the type of every element}
  public GgufValueType elementType() {
    return elementType;
  }

  /// {@return the number of elements}
  public int size() {
    return size;
  }

  /// The elements as the file holds them.
  MemorySegment encoded() {
    return encoded;
  }

  /// {@return the bytes of every string element}
  ///
  /// @throws IllegalStateException if the elements are not strings
  public List<byte[]> stringBytes() {
    require(elementType == GgufValueType.STRING, "strings");
    List<byte[]> values = new ArrayList<>(size);
    long position = 0;
    for (int i = 0; i < size; i++) {
      int length = Math.toIntExact(encoded.get(U64, position));
      byte[] bytes = new byte[length];
      MemorySegment.copy(encoded, ValueLayout.JAVA_BYTE, position + Long.BYTES, bytes, 0, length);
      values.add(bytes);
      position += Long.BYTES + length;
    }
    return values;
  }

  /// {@return the string elements; bytes that are not UTF-8 become U+FFFD}
  ///
  /// @throws IllegalStateException if the elements are not strings
  public List<String> strings() {
    List<String> values = new ArrayList<>(size);
    for (byte[] bytes : stringBytes()) {
      values.add(new String(bytes, UTF_8));
    }
    return values;
  }

  /// {@return the integer elements, whatever their width}
  ///
  /// @throws IllegalStateException if the elements are not integers
  public long[] longs() {
    require(elementType.isInteger(), "integers");
    long[] values = new long[size];
    for (int i = 0; i < size; i++) {
      values[i] = integerAt(i);
    }
    return values;
  }

  /// {@return the integer elements, whatever their width}
  ///
  /// @throws IllegalStateException if the elements are not integers
  /// @throws ArithmeticException if one does not fit an `int`
  public int[] ints() {
    require(elementType.isInteger(), "integers");
    int[] values = new int[size];
    for (int i = 0; i < size; i++) {
      values[i] = Math.toIntExact(integerAt(i));
    }
    return values;
  }

  /// {@return the floating-point elements}
  ///
  /// @throws IllegalStateException if the elements are not floating-point numbers
  public float[] floats() {
    boolean single = elementType == GgufValueType.FLOAT32;
    require(single || elementType == GgufValueType.FLOAT64, "floating-point numbers");
    float[] values = new float[size];
    for (int i = 0; i < size; i++) {
      values[i] =
          single
              ? encoded.get(F32, (long) i * Float.BYTES)
              : (float) encoded.get(F64, (long) i * Double.BYTES);
    }
    return values;
  }

  /// {@return the elements as objects, each decoded when it is reached; strings are walked once on
  /// the first call}
  public List<?> elements() {
    return switch (elementType) {
      case STRING -> strings();
      case BOOL -> view(i -> encoded.get(ValueLayout.JAVA_BYTE, i) != 0);
      case FLOAT32 -> view(i -> encoded.get(F32, (long) i * Float.BYTES));
      case FLOAT64 -> view(i -> encoded.get(F64, (long) i * Double.BYTES));
      case UINT8, INT8, UINT16, INT16, UINT32, INT32, UINT64, INT64 -> view(this::integerAt);
      case ARRAY -> throw new IllegalStateException("arrays of arrays are refused on reading");
    };
  }

  private List<Object> view(java.util.function.IntFunction<Object> element) {
    return new AbstractList<>() {
      @Override
      public Object get(int index) {
        return element.apply(java.util.Objects.checkIndex(index, size));
      }

      @Override
      public int size() {
        return size;
      }
    };
  }

  private long integerAt(int index) {
    long i = index;
    return switch (elementType) {
      case UINT8 -> Byte.toUnsignedLong(encoded.get(ValueLayout.JAVA_BYTE, i));
      case INT8 -> encoded.get(ValueLayout.JAVA_BYTE, i);
      case UINT16 -> Short.toUnsignedLong(encoded.get(U16, i * Short.BYTES));
      case INT16 -> encoded.get(U16, i * Short.BYTES);
      case UINT32 -> Integer.toUnsignedLong(encoded.get(U32, i * Integer.BYTES));
      case INT32 -> encoded.get(U32, i * Integer.BYTES);
      case UINT64, INT64 -> encoded.get(U64, i * Long.BYTES);
      case FLOAT32, BOOL, STRING, ARRAY, FLOAT64 ->
          throw new IllegalStateException(elementType + " is not an integer type");
    };
  }

  private void require(boolean condition, String wanted) {
    if (!condition) {
      throw new IllegalStateException(
          "the array holds %s elements, not %s".formatted(elementType, wanted));
    }
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof GgufArray array
        && elementType == array.elementType
        && size == array.size
        && encoded.mismatch(array.encoded) < 0;
  }

  @Override
  public int hashCode() {
    return 31 * elementType.hashCode() + size;
  }

  @Override
  public String toString() {
    return "%s[%d]".formatted(elementType, size);
  }
}
