package dev.tern.safetensors;

/// Numbers of 8 bits, widened.
///
/// Source: OCP 8-bit floating point specification; PyTorch, `float8_e4m3fn` and `float8_e5m2`.
final class Float8 {
  private static final int E4M3_BIAS = 7;
  private static final int E4M3_SUBNORMAL = -9;

  private Float8() {}

  /// {@return the value of an E5M2: the upper half of an IEEE half-precision number}
  static float e5m2(byte bits) {
    return Float.float16ToFloat((short) (bits << 8));
  }

  /// {@return the value of an E4M3: without infinities, and NaN where all bits but the sign are
  /// set}
  static float e4m3(byte bits) {
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
}
