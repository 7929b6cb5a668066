package dev.tern.safetensors;

/// Numbers of 8 bits, widened, and numbers rounded to 8 bits.
///
/// Source: OCP 8-bit floating point specification; PyTorch, `float8_e4m3fn` and `float8_e5m2`.
public final class Float8 {
  /// The largest E4M3.
  public static final float MAX_E4M3 = 448;

  /// The largest E5M2.
  public static final float MAX_E5M2 = 57_344;

  private static final int E4M3_BIAS = 7;
  private static final int E4M3_MANTISSA_BITS = 3;
  private static final int E5M2_BIAS = 15;
  private static final int E5M2_MANTISSA_BITS = 2;
  private static final int E4M3_SUBNORMAL = -9;

  private Float8() {}

  /// {@return the value of an E5M2: the upper half of an IEEE half-precision number}
  public static float e5m2(byte bits) {
    return Float.float16ToFloat((short) (bits << 8));
  }

  /// {@return the value of an E4M3: without infinities, and NaN where all bits but the sign are
  /// set}
  public static float e4m3(byte bits) {
    int exponent = (bits >> 3) & 0xF;
    int mantissa = bits & 7;
    float magnitude;
    if (exponent == 0xF && mantissa == 7) {
      magnitude = Float.NaN;
    } else if (exponent == 0) {
      magnitude = Math.scalb((float) mantissa, E4M3_SUBNORMAL);
    } else {
      magnitude = Math.scalb(1 + mantissa / 8f, exponent - E4M3_BIAS);
    }
    return bits < 0 ? -magnitude : magnitude;
  }

  /// {@return the nearest E4M3, of two the even one}
  ///
  /// @param value finite
  /// @throws ArithmeticException if there is none that near: the value is not finite, or rounded
  ///   beyond [#MAX_E4M3]
  public static byte toE4m3(float value) {
    return round(value, E4M3_BIAS, E4M3_MANTISSA_BITS, MAX_E4M3);
  }

  /// {@return the nearest E5M2, of two the even one}
  ///
  /// @param value finite
  /// @throws ArithmeticException if there is none that near: the value is not finite, or rounded
  ///   beyond [#MAX_E5M2]
  public static byte toE5m2(float value) {
    return round(value, E5M2_BIAS, E5M2_MANTISSA_BITS, MAX_E5M2);
  }

  private static byte round(float value, int bias, int mantissaBits, float max) {
    float magnitude = Math.abs(value);
    int exponent = Math.max(Math.getExponent(magnitude), 1 - bias);
    int step = exponent - mantissaBits;
    // Both powers of two, so that nothing is rounded but by rint.
    float rounded = Math.scalb((float) Math.rint(Math.scalb((double) magnitude, -step)), step);
    if (!(rounded <= max)) {
      throw new ArithmeticException("8-bit floats end at %s, before %s".formatted(max, value));
    }
    int ofExponent = Math.max(Math.getExponent(rounded), 1 - bias);
    int mantissa = (int) Math.scalb(rounded, mantissaBits - ofExponent);
    int one = 1 << mantissaBits;
    int bits = mantissa < one ? mantissa : (ofExponent + bias - 1) * one + mantissa;
    return (byte) (value < 0 || 1 / value < 0 ? bits | 0x80 : bits);
  }
}
