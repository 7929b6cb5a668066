package dev.tern.quant;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/// IEEE half precision, the form in which blocks store their scales: little-endian, subnormals
/// included, rounded to nearest even.
final class Half {
  private static final VarHandle SHORT =
      MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);

  private Half() {}

  static float get(byte[] bytes, int at) {
    return Float.float16ToFloat((short) SHORT.get(bytes, at));
  }

  /// Rounds and stores a value.
  ///
  /// @throws ArithmeticException if it is too large, or not a number because a sum that led to it
  ///   was too large
  static void put(byte[] bytes, int at, float value) {
    SHORT.set(bytes, at, bits(value));
  }

  /// {@return the bits of the nearest half-precision number}
  ///
  /// @throws ArithmeticException if there is no finite one
  static short bits(float value) {
    short bits = Float.floatToFloat16(value);
    if (!Float.isFinite(Float.float16ToFloat(bits))) {
      throw new ArithmeticException("half precision ends at 65504, before " + value);
    }
    return bits;
  }
}
