package dev.tern.train.quantize;

import ai.djl.ndarray.NDArray;

/// The straight-through estimator: forward, a rounded value; backward, as if it had not been
/// rounded.
///
/// `y = hard + (soft - detach(soft))`, whose bracket is exactly 0, so that y is exactly `hard`, and
/// whose derivative is that of `soft`. (The usual `soft + detach(hard - soft)` is off by a rounding
/// error where the two have different signs.) With a warm-up, `hard` is first moved toward `soft`:
/// `soft + lambda * (hard - soft)`.
///
/// Source: Bengio et al., arXiv 1308.3432; BitNet, arXiv 2310.11453, section 2.2.
final class StraightThrough {
  private StraightThrough() {}

  /// {@return rounded values through which gradients pass unchanged}
  ///
  /// @param soft before rounding
  /// @param hard after rounding, made of `soft` without gradients
  /// @param lambda how much of the rounding is done, 0 to 1
  static NDArray estimate(NDArray soft, NDArray hard, double lambda) {
    NDArray constant = soft.stopGradient();
    NDArray target = lambda == 1 ? hard : constant.add(hard.sub(constant).mul(lambda));
    return target.add(soft.sub(constant));
  }
}
