package dev.tern.kernel;

/// The exponential function every kernel uses: a fixed sequence of float operations, so that scalar
/// and vector code agree bit for bit on every machine.
///
/// `exp(x) = 2^n * exp(r)` with `n = rint(x / ln 2)` and a polynomial for `exp(r)`, `|r| <= ln 2 /
/// 2` (Cody and Waite's reduction, the polynomial a Taylor series to the seventh power, whose
/// remainder is below 6e-9). At most 2 ulp from the true value over the normal range; 0 below
/// [#LEAST], infinity above [#MOST].
public final class Exponential {
  /// Below this the result is 0: the last float whose exponential is a normal number.
  public static final float LEAST = -87.33654f;

  /// Above this the result is infinite.
  public static final float MOST = 88.72283f;

  /// 1 / ln 2.
  public static final float INVERSE_LN2 = 1.442695f;

  /// The leading bits of ln 2: products with |n| <= 128 are exact.
  public static final float LN2_HIGH = 0x1.63p-1f;

  /// ln 2 - [#LN2_HIGH].
  public static final float LN2_LOW = -2.1219444e-4f;

  /// Adding and subtracting this rounds to the nearest integer, ties to even, and leaves that
  /// integer in the low bits.
  public static final float ROUNDER = 12_582_912f;

  private static final float[] TAYLOR = {
    1f / 5040, 1f / 720, 1f / 120, 1f / 24, 1f / 6, 0.5f, 1f, 1f
  };

  private Exponential() {}

  /// {@return a coefficient of the polynomial, the highest power first}
  ///
  /// @param index 0 to 7
  public static float coefficient(int index) {
    return TAYLOR[index];
  }

  /// {@return e to the power of x}
  ///
  /// @param x any number; NaN gives NaN
  public static float exp(float x) {
    if (x < LEAST) {
      return 0f;
    }
    if (x > MOST) {
      return Float.POSITIVE_INFINITY;
    }
    float rounded = Math.fma(x, INVERSE_LN2, ROUNDER);
    float n = rounded - ROUNDER;
    float r = Math.fma(n, -LN2_LOW, Math.fma(n, -LN2_HIGH, x));
    float p = TAYLOR[0];
    for (int i = 1; i < TAYLOR.length; i++) {
      p = Math.fma(p, r, TAYLOR[i]);
    }
    // n reaches 128, one more than an exponent can hold, so 2^n is applied in two halves.
    int whole = Float.floatToRawIntBits(rounded) - Float.floatToRawIntBits(ROUNDER);
    int half = whole >> 1;
    return p * powerOfTwo(half) * powerOfTwo(whole - half);
  }

  private static float powerOfTwo(int exponent) {
    return Float.intBitsToFloat((exponent + 127) << 23);
  }
}
