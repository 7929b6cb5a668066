package dev.tern.train.quantize;

import ai.djl.ndarray.NDArray;

/// The activations of BitNet b1.58: whole numbers from -127 to 127 times a scale for each token, so
/// that its largest magnitude becomes 127.
///
/// `s = 127 / max(max |x|, 1e-5)`, `codes = round(x * s)`, ties to even; the arithmetic is that of
/// [dev.tern.quant.Absmax], bit for bit. No code can leave the range, so nothing is clipped.
///
/// Source: arXiv 2402.17764, section 2; "The Era of 1-bit LLMs: Training Tips, Code and FAQ",
/// section 3.
public record Int8Activations() implements ActivationQuantizer {
  private static final float MIN_ABSMAX = 1e-5f;
  private static final float LARGEST_CODE = 127;

  @Override
  public Quantized quantize(NDArray activations, double lambda) {
    NDArray constant = activations.stopGradient();
    NDArray absmax = constant.abs().max(new int[] {-1}, true).maximum(MIN_ABSMAX);
    NDArray quantScale = absmax.getManager().create(LARGEST_CODE).div(absmax);
    NDArray soft = activations.mul(quantScale);
    NDArray hard = soft.stopGradient().round();
    return new Quantized(
        StraightThrough.estimate(soft, hard, lambda),
        quantScale.getManager().create(1f).div(quantScale));
  }
}
