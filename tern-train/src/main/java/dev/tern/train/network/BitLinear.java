package dev.tern.train.network;

import ai.djl.ndarray.NDArray;
import dev.tern.train.quantize.ActivationQuantizer;
import dev.tern.train.quantize.Quantized;
import dev.tern.train.quantize.WeightQuantizer;
import java.util.Optional;

/// BitLinear: a linear layer whose weights and inputs are rounded in the forward pass.
///
/// `y = (Qx(x) Qw(W)^T) * scale_x * scale_w`. The product is one of whole numbers, exact as an
/// integer engine's; the scales come after it. Gradients are those of `y = x W^T` with the rounded
/// values in the place of x and W (straight-through estimator).
///
/// Source: arXiv 2310.11453, section 2.1, equation 11; arXiv 2402.17764, section 2.
///
/// @param weightQuantizer rounds weights
/// @param activationQuantizer rounds inputs
/// @param lambda how much of the rounding is done, 0 to 1
record BitLinear(
    WeightQuantizer weightQuantizer, ActivationQuantizer activationQuantizer, double lambda)
    implements LinearMethod {
  @Override
  public Input prepare(NDArray input) {
    Quantized quantized = activationQuantizer.quantize(input, lambda);
    return new Input(quantized.codes(), Optional.of(quantized.scale()));
  }

  @Override
  public NDArray apply(Input input, NDArray weights) {
    Quantized quantized = weightQuantizer.quantize(weights, lambda);
    NDArray product = input.values().matMul(quantized.codes().transpose());
    return product.mul(input.scale().orElseThrow().mul(quantized.scale()));
  }
}
