package dev.tern.quant;

/// 32 values as `dequantScale * code - offset`, with codes 0..15 and an offset that is not
/// negative.
///
/// Found by trying 21 ranges of codes: each rounds the values to codes, solves for the scale and
/// offset of least squared error under weights that favour large values, and stays if its error is
/// the least so far.
///
/// The order of operations and the fused sums of products (one rounding for `a * b + c`) are those
/// of ggml compiled by clang for a processor that can fuse, as bitnet.cpp is. A ggml that fuses
/// nothing, as llama.cpp's binaries for x86-64, or elsewhere, as by gcc, now and then picks another
/// candidate of nearly the same error. Source: ggml, `make_qkx2_quants`.
final class OffsetFit {
  static final int ELEMENTS = 32;
  static final int MAX_CODE = 15;

  private static final int RANGES = 21;
  private static final float FIRST_RANGE = -1f;
  private static final float RANGE_STEP = 0.1f;

  private final float[] x = new float[ELEMENTS];
  private final float[] weight = new float[ELEMENTS];
  private final float max;
  private final float sumW;
  private final float sumX;

  private float min;
  private float dequantScale;
  private byte[] codes = new byte[ELEMENTS];
  private float error;

  private OffsetFit(float[] values, int from) {
    System.arraycopy(values, from, x, 0, ELEMENTS);
    float sumSquares = 0;
    for (float value : x) {
      sumSquares = Math.fma(value, value, sumSquares);
    }
    float rootMeanSquare = (float) Math.sqrt(sumSquares / ELEMENTS);
    float least = 0;
    float most = Float.NEGATIVE_INFINITY;
    float weights = 0;
    float weighted = 0;
    for (int i = 0; i < ELEMENTS; i++) {
      weight[i] = rootMeanSquare + Math.abs(x[i]);
      weights += weight[i];
      weighted = Math.fma(weight[i], x[i], weighted);
      least = Math.min(least, x[i]);
      most = Math.max(most, x[i]);
    }
    min = least;
    max = most;
    sumW = weights;
    sumX = weighted;
  }

  /// Fits the values that start there.
  static OffsetFit of(float[] values, int from) {
    OffsetFit fit = new OffsetFit(values, from);
    if (fit.max != fit.min) {
      fit.search();
    }
    return fit;
  }

  /// {@return what multiplies a code}
  float dequantScale() {
    return dequantScale;
  }

  /// {@return what to subtract from the product}
  float offset() {
    return -min;
  }

  int code(int i) {
    return codes[i];
  }

  private void search() {
    float quantScale = MAX_CODE / (max - min);
    codes = round(quantScale);
    dequantScale = 1 / quantScale;
    error = error(codes, dequantScale, min);
    for (int range = 0; range < RANGES; range++) {
      float top = Math.fma(RANGE_STEP, range, FIRST_RANGE) + MAX_CODE;
      // min is that of the best fit so far, no longer that of the values.
      tryCodes(round(top / (max - min)));
    }
  }

  private byte[] round(float quantScale) {
    byte[] rounded = new byte[ELEMENTS];
    for (int i = 0; i < ELEMENTS; i++) {
      int code = Rounding.nearest(quantScale * (x[i] - min));
      rounded[i] = (byte) Math.clamp(code, 0, MAX_CODE);
    }
    return rounded;
  }

  /// Solves the two normal equations of the weighted least squares for these codes.
  private void tryCodes(byte[] candidate) {
    float sumL = 0;
    float sumLL = 0;
    float sumXL = 0;
    for (int i = 0; i < ELEMENTS; i++) {
      float weighted = weight[i] * candidate[i];
      sumL = Math.fma(weight[i], candidate[i], sumL);
      sumLL = Math.fma(weighted, candidate[i], sumLL);
      sumXL = Math.fma(weighted, x[i], sumXL);
    }
    float determinant = Math.fma(sumW, sumLL, -(sumL * sumL));
    if (!(determinant > 0)) {
      return;
    }
    float candidateScale = Math.fma(sumW, sumXL, -(sumX * sumL)) / determinant;
    float candidateMin = Math.fma(sumLL, sumX, -(sumL * sumXL)) / determinant;
    if (candidateMin > 0) {
      candidateMin = 0;
      candidateScale = sumXL / sumLL;
    }
    float candidateError = error(candidate, candidateScale, candidateMin);
    if (candidateError < error) {
      codes = candidate;
      dequantScale = candidateScale;
      min = candidateMin;
      error = candidateError;
    }
  }

  private float error(byte[] candidate, float candidateScale, float candidateMin) {
    float sum = 0;
    for (int i = 0; i < ELEMENTS; i++) {
      float difference = Math.fma(candidateScale, candidate[i], candidateMin) - x[i];
      sum = Math.fma(weight[i], difference * difference, sum);
    }
    return sum;
  }
}
