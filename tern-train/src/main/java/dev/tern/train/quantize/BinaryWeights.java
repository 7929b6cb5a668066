package dev.tern.train.quantize;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;

/// The weights of the original BitNet: -1 and +1 times the mean magnitude of the tensor, with the
/// border between them at the mean.
///
/// `alpha = mean(W)`, `codes = +1 where W > alpha, else -1`, `scale = max(mean |W|, 1e-5)`. The
/// scale is rounded to 16 bits, because that is what an encoding of one bit a weight (Q1_0) can
/// hold: so what is served is what was trained. It has to stay within their range.
///
/// What is around it is that of BitNet b1.58, not of the first BitNet: there each BitLinear begins
/// with a LayerNorm of its own, here an RMSNorm stands before each block and, in blocks of the
/// style `bitnet`, a SubLN before the output and down projections; there inputs are rounded for a
/// whole tensor, here for each token, to -127 to 127.
///
/// Source: arXiv 2310.11453, section 2.1, equations 1 to 3 and 12.
public record BinaryWeights() implements WeightQuantizer {
  private static final float MIN_MEAN = 1e-5f;
  private static final float LARGEST_HALF = 65_504;

  @Override
  public Quantized quantize(NDArray weights, double lambda) {
    NDArray constant = weights.stopGradient();
    float mean = Math.clamp(WeightQuantizer.meanMagnitude(constant), MIN_MEAN, LARGEST_HALF);
    float scale = Float.float16ToFloat(Float.floatToFloat16(mean));
    NDArray soft = Factor.times(weights, 1 / scale);
    // Twice 0 or 1, less 1.
    NDArray hard = constant.gt(mean(constant)).toType(DataType.FLOAT32, false).mul(2).sub(1);
    return new Quantized(
        StraightThrough.estimate(soft, hard, lambda),
        weights.getManager().create(new float[] {scale}));
  }

  private static float mean(NDArray weights) {
    try (NDArray wide = weights.toType(DataType.FLOAT64, true);
        NDArray mean = wide.mean()) {
      return (float) mean.getDouble();
    }
  }
}
