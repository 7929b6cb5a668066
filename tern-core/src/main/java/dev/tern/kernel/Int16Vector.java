package dev.tern.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// A vector of floats in 16 bits with one scale, and what bounds its error. Mutable; not safe for
/// use by several threads while it is set.
///
/// Codes are so small that their product with int8 rows fits 32 bits.
public final class Int16Vector {
  private static final int LARGEST_CODE = 6_000;
  private static final int LARGEST_ROW_CODE = 127;

  private final MemorySegment codes;
  private final float[] values;
  private final int largestCode;
  private float scale;
  private float length;
  private float error;

  /// Makes room for a vector.
  ///
  /// @param arena owns the memory
  /// @param cols its elements
  /// @param stride the same with padding, which stays zero
  Int16Vector(Arena arena, int cols, int stride) {
    this.codes = arena.allocate((long) stride * Short.BYTES, FloatMatrix.ALIGNMENT);
    this.values = new float[cols];
    this.largestCode = Math.min(LARGEST_CODE, Integer.MAX_VALUE / LARGEST_ROW_CODE / cols);
  }

  /// Takes a vector.
  ///
  /// @param x row 0
  /// @return whether it is one of finite numbers, not all zero, which alone can be bounded
  boolean set(FloatMatrix x) {
    x.copyRow(0, values);
    float absmax = 0f;
    for (float value : values) {
      absmax = Math.max(absmax, Math.abs(value));
    }
    if (!(absmax > Float.MIN_NORMAL && absmax < Float.MAX_VALUE / largestCode)) {
      return false;
    }
    scale = absmax / largestCode;
    double squares = 0;
    double errors = 0;
    for (int col = 0; col < values.length; col++) {
      int code = Math.clamp(Math.round(values[col] / scale), -largestCode, largestCode);
      codes.setAtIndex(ValueLayout.JAVA_SHORT, col, (short) code);
      double missing = values[col] - (double) scale * code;
      squares += (double) values[col] * values[col];
      errors += missing * missing;
    }
    length = (float) (Math.sqrt(squares) * (1 + 1e-6));
    error = (float) (Math.sqrt(errors) * (1 + 1e-6));
    return length < Float.POSITIVE_INFINITY;
  }

  /// {@return the number of elements}
  public int cols() {
    return values.length;
  }

  /// {@return the codes as words, with zeros behind them}
  public MemorySegment codes() {
    return codes;
  }

  /// {@return what a code is multiplied by}
  float scale() {
    return scale;
  }

  /// {@return a bound of the vector's length}
  float length() {
    return length;
  }

  /// {@return a bound of the length of what the codes leave out}
  float error() {
    return error;
  }
}
