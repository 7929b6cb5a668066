package dev.tern.quant;

import dev.tern.tensor.Shape;
import java.util.Arrays;

/// The ternarization of BitNet b1.58: weights as codes -1, 0, +1 times one scale, the mean
/// magnitude of the tensor.
///
/// `m = max(mean |w|, 1e-5)`, `code = clamp(rint(w * (1 / m)), -1, 1)`, with the mean summed in
/// double precision and all else in 32 bits; `rint` takes ties to even, so that a weight of exactly
/// m / 2 is 0. The scale back to values is 1 / (1 / m), which may differ from m in the last bit: it
/// is what the reference model multiplies with.
///
/// A tensor whose every weight is 0 or of one and the same magnitude s has been through this
/// before. Its scale is s, since the mean over its zeros would shrink it.
///
/// Source: BitNet b1.58 (arXiv 2402.17764), section 2; Hugging Face transformers,
/// integrations/bitnet.py.
///
/// @param quantScale multiplies a weight to give a code before rounding
/// @param dequantScale multiplies a code to give the weight it stands for
public record Absmean(float quantScale, float dequantScale) {
  private static final float MIN_MEAN = 1e-5f;

  /// Measures a tensor.
  ///
  /// @param source its weights, read once
  /// @param shape its shape
  /// @return its scales
  /// @throws IllegalArgumentException if a weight is not finite; the message names row and column
  public static Absmean of(RowSource source, Shape shape) {
    FiniteRows rows = new FiniteRows(source, shape);
    double sum = 0;
    float magnitude = 0;
    boolean ternary = true;
    for (long row = 0; row < shape.rows(); row++) {
      for (float weight : rows.read(row)) {
        float absolute = Math.abs(weight);
        sum += absolute;
        ternary &= absolute == 0 || magnitude == 0 || absolute == magnitude;
        magnitude = Math.max(magnitude, absolute);
      }
    }
    // Below the normal range the reciprocal would overflow.
    if (ternary && magnitude >= Float.MIN_NORMAL) {
      return new Absmean(1 / magnitude, magnitude);
    }
    float quantScale = 1 / Math.max((float) (sum / shape.elements()), MIN_MEAN);
    return new Absmean(quantScale, 1 / quantScale);
  }

  /// {@return the code of a weight: -1, 0 or +1}
  ///
  /// @param weight finite
  public byte code(float weight) {
    return (byte) Math.clamp(Math.rint(weight * quantScale), -1, 1);
  }

  /// {@return the codes of weights, ready for [LowBitCodec#encodeCodes]}
  ///
  /// @param source the weights that were measured
  public CodeSource codes(RowSource source) {
    return (row, codes, dequantScales) -> {
      float[] weights = new float[codes.length];
      source.read(row, weights);
      for (int col = 0; col < codes.length; col++) {
        codes[col] = code(weights[col]);
      }
      Arrays.fill(dequantScales, dequantScale);
    };
  }
}
