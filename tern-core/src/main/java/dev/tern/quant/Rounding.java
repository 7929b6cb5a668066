package dev.tern.quant;

/// The two ways in which ggml rounds to an integer.
final class Rounding {
  /// 1.5 * 2^23: a float plus this has no fraction left, and its low mantissa bits hold the
  /// integer.
  private static final float MAGIC = 12_582_912f;

  private Rounding() {}

  /// Rounds half away from zero, as C's `roundf` does; saturates, and takes NaN to 0.
  static int halfAway(float value) {
    // In 32 bits 0.49999997 + 0.5 would be 1; in double no such sum is rounded across an integer.
    return (int) (value + Math.copySign(0.5, value));
  }

  /// Rounds half to even, as ggml's `nearest_int` does.
  ///
  /// Done with the same bits, because the searches of the K encodings rely on what it makes of
  /// infinities and NaN: the results differ from those of [Math#rint].
  static int nearest(float value) {
    return (Float.floatToRawIntBits(value + MAGIC) & 0x7f_ffff) - 0x40_0000;
  }
}
