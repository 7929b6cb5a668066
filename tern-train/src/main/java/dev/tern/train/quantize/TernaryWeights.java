package dev.tern.train.quantize;

import ai.djl.ndarray.NDArray;

/// The weights of BitNet b1.58: -1, 0, +1 times the mean magnitude of the tensor.
///
/// `m = max(mean |W|, 1e-5)`, `codes = clip(round(W / m), -1, 1)`, ties to even; the arithmetic is
/// that of [dev.tern.quant.Absmean], bit for bit.
///
/// Source: arXiv 2402.17764, section 2, equations 1 to 3.
public record TernaryWeights() implements WeightQuantizer {
  private static final float MIN_MEAN = 1e-5f;

  @Override
  public Quantized quantize(NDArray weights, double lambda) {
    float quantScale =
        1 / Math.max(WeightQuantizer.meanMagnitude(weights.stopGradient()), MIN_MEAN);
    NDArray soft = Factor.times(weights, quantScale);
    NDArray hard = soft.stopGradient().round().clip(-1, 1);
    return new Quantized(
        StraightThrough.estimate(soft, hard, lambda),
        weights.getManager().create(new float[] {1 / quantScale}));
  }
}
