package dev.tern.quant;

/// 16 values as `dequantScale * (code - 32)`, with codes 0..63.
///
/// Found by trying 19 ranges of codes around the one that gives the largest value the code 0: each
/// rounds the values to codes, solves for the scale of least squared error under weights that are
/// the squares of the values, and stays if it explains more of them than the best so far.
///
/// The order of operations and the fused sums of products follow the compiler that [OffsetFit]
/// names. Source: ggml, `make_qx_quants` with weights of type 1.
final class SymmetricFit {
  static final int ELEMENTS = 16;
  static final int ZERO = 32;

  /// Scales and values smaller than this count as 0.
  static final float NEGLIGIBLE = 1e-15f;

  private static final int FARTHEST_RANGE = 9;
  private static final float RANGE_STEP = 0.1f;

  private final byte[] codes = new byte[ELEMENTS];
  private float sumXL;
  private float sumLL;

  private SymmetricFit() {}

  private SymmetricFit(float[] values, int from, float quantScale) {
    for (int i = 0; i < ELEMENTS; i++) {
      float x = values[from + i];
      codes[i] = (byte) nearestCode(quantScale * x);
      float multiple = codes[i] - ZERO;
      float weight = x * x;
      sumXL = Math.fma(weight * x, multiple, sumXL);
      sumLL = Math.fma(weight * multiple, multiple, sumLL);
    }
  }

  /// Fits the values that start there.
  ///
  /// @throws ArithmeticException if sums of their products overflow
  static SymmetricFit of(float[] values, int from) {
    float extreme = 0;
    for (int i = 0; i < ELEMENTS; i++) {
      if (Math.abs(values[from + i]) > Math.abs(extreme)) {
        extreme = values[from + i];
      }
    }
    if (Math.abs(extreme) < NEGLIGIBLE) {
      return new SymmetricFit();
    }
    SymmetricFit best = new SymmetricFit(values, from, -ZERO / extreme);
    for (int range = -FARTHEST_RANGE; range <= FARTHEST_RANGE; range++) {
      if (range != 0) {
        float quantScale = -Math.fma(RANGE_STEP, range, ZERO) / extreme;
        SymmetricFit candidate = new SymmetricFit(values, from, quantScale);
        best = candidate.explainsMoreThan(best) ? candidate : best;
      }
    }
    if (!Float.isFinite(best.dequantScale())) {
      throw new ArithmeticException("sums with the cube of " + extreme + " overflow");
    }
    return best;
  }

  /// {@return the stored code of a value divided by the scale}
  static int nearestCode(float multiple) {
    return ZERO + Math.clamp(Rounding.nearest(multiple), -ZERO, ZERO - 1);
  }

  /// {@return what multiplies a code less 32; may be negative}
  float dequantScale() {
    return sumLL == 0 ? 0 : sumXL / sumLL;
  }

  int code(int i) {
    return codes[i];
  }

  private boolean explainsMoreThan(SymmetricFit other) {
    float explained = other.dequantScale() * other.sumXL;
    return sumLL > 0 && sumXL * sumXL > explained * sumLL;
  }
}
