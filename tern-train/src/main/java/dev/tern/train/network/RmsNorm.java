package dev.tern.train.network;

import ai.djl.ndarray.NDArray;

/// RMSNorm: `y = x / sqrt(mean(x^2) + epsilon) * w`.
///
/// Source: Zhang and Sennrich, arXiv 1910.07467. In the place of SubLN, BitNet b1.58 2B4T has the
/// same norm (arXiv 2504.12285, section 2).
///
/// @param weight `[width]`
/// @param epsilon added to the mean square
record RmsNorm(NDArray weight, float epsilon) {
  NDArray apply(NDArray input) {
    NDArray meanSquare = input.square().mean(new int[] {-1}, true);
    return input.div(meanSquare.add(epsilon).sqrt()).mul(weight);
  }
}
