package dev.tern.kernel.x86;

import dev.tern.kernel.Exponential;
import java.util.LinkedHashMap;
import java.util.Map;

/// A routine on floats: constants by value, and the exponential function.
abstract class FloatRoutine extends Routine {
  private static final int LANES = 8;
  private static final int COEFFICIENTS = 8;
  private static final int SIGN = 1 << 31;
  private static final int EXPONENT_BIAS = 127;
  private static final int FRACTION_BITS = 23;

  /// Comparisons of `vcmpps`.
  private static final int LESS = 1;

  static final int ORDERED = 7;
  private static final int GREATER = 14;

  private final Map<Integer, Label> pool = new LinkedHashMap<>();

  /// {@return 8 times a float, in memory}
  final Mem all(float value) {
    return all(Float.floatToRawIntBits(value));
  }

  /// {@return 8 times a word, in memory}
  final Mem all(int bits) {
    return Mem.at(pool.computeIfAbsent(bits, _ -> newLabel()));
  }

  @Override
  void constants() {
    pool.forEach((bits, label) -> {
      bind(label);
      for (int lane = 0; lane < LANES; lane++) {
        emit32(bits);
      }
    });
  }

  final void negate(Ymm to, Ymm from) {
    vxorps(to, from, all(SIGN));
  }

  /// `x = e^x` in the operations of [Exponential#exp], in their order; uses ymm8 to ymm12.
  ///
  /// @param x one of ymm0 to ymm7
  final void exp(Ymm x) {
    Ymm rounded = Ymm.YMM8;
    Ymm n = Ymm.YMM9;
    Ymm r = Ymm.YMM10;
    Ymm p = Ymm.YMM11;
    Ymm half = Ymm.YMM12;
    Ymm mask = Ymm.YMM9;

    vmovups(rounded, all(Exponential.INVERSE_LN2));
    vfmadd213ps(rounded, x, all(Exponential.ROUNDER));
    vsubps(n, rounded, all(Exponential.ROUNDER));
    vmovups(r, all(-Exponential.LN2_HIGH));
    vfmadd213ps(r, n, x);
    vfmadd231ps(r, n, all(-Exponential.LN2_LOW));
    vmovups(p, all(Exponential.coefficient(0)));
    for (int i = 1; i < COEFFICIENTS; i++) {
      vfmadd213ps(p, r, all(Exponential.coefficient(i)));
    }
    // 2^n in two halves: n reaches 128, one more than an exponent can hold.
    vpsubd(rounded, rounded, all(Exponential.ROUNDER));
    vpsrad(half, rounded, 1);
    vpsubd(rounded, rounded, half);
    timesPowerOfTwo(p, half);
    timesPowerOfTwo(p, rounded);
    vcmpps(mask, x, all(Exponential.LEAST), LESS);
    vblendvps(p, p, all(0f), mask);
    vcmpps(mask, x, all(Exponential.MOST), GREATER);
    vblendvps(x, p, all(Float.POSITIVE_INFINITY), mask);
  }

  private void timesPowerOfTwo(Ymm p, Ymm exponent) {
    vpaddd(exponent, exponent, all(EXPONENT_BIAS));
    vpslld(exponent, exponent, FRACTION_BITS);
    vmulps(p, p, exponent);
  }
}
