package dev.tern.safetensors;

import dev.tern.tensor.Shape;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Objects;

/// A tensor of a safetensors file.
///
/// Immutable and safe for use by many threads; valid until its file is closed.
///
/// @param source what to call its file in messages
/// @param name unique within the model, for example `model.norm.weight`
/// @param type of its elements
/// @param shape outermost dimension first; rank 0 for a scalar
/// @param data exactly the bytes that type and shape take, read-only, at any alignment
public record SafetensorsTensor(
    String source, String name, SafetensorsType type, Shape shape, MemorySegment data) {
  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfDouble DOUBLE =
      ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  /// Reads one row of real numbers as 32-bit floats; 64-bit ones are rounded to the nearest.
  ///
  /// @param row from 0 to `shape().rows() - 1`
  /// @param values receives `shape().cols()` values from index 0
  /// @throws IllegalStateException if the elements are not floats, see [SafetensorsType#isFloat]
  /// @throws IndexOutOfBoundsException if the row does not exist or `values` is too short
  public void readRow(long row, float[] values) {
    Objects.checkIndex(row, shape.rows());
    int cols = Math.toIntExact(shape.cols());
    Objects.checkFromIndexSize(0, cols, values.length);
    long at = row * cols * type.bits() / Byte.SIZE;
    switch (type) {
      case F32 -> MemorySegment.copy(data, FLOAT, at, values, 0, cols);
      case BF16 -> {
        short[] upperHalves = shorts(at, cols);
        for (int col = 0; col < cols; col++) {
          values[col] = Float.intBitsToFloat(upperHalves[col] << 16);
        }
      }
      case F16 -> {
        short[] halves = shorts(at, cols);
        for (int col = 0; col < cols; col++) {
          values[col] = Float.float16ToFloat(halves[col]);
        }
      }
      case F64 -> {
        for (int col = 0; col < cols; col++) {
          values[col] = (float) data.get(DOUBLE, at + (long) col * Double.BYTES);
        }
      }
      case F8_E4M3 -> {
        for (int col = 0; col < cols; col++) {
          values[col] = Float8.e4m3(data.get(ValueLayout.JAVA_BYTE, at + col));
        }
      }
      case F8_E5M2 -> {
        for (int col = 0; col < cols; col++) {
          values[col] = Float8.e5m2(data.get(ValueLayout.JAVA_BYTE, at + col));
        }
      }
      default ->
          throw new IllegalStateException(
              "%s: the tensor %s holds %s, not floats".formatted(source, name, type));
    }
  }

  private short[] shorts(long at, int count) {
    short[] values = new short[count];
    MemorySegment.copy(data, SHORT, at, values, 0, count);
    return values;
  }

  /// {@return type and shape, for people to look at: `BF16 [2560, 6912]`}
  public String description() {
    return type + " " + shape;
  }
}
