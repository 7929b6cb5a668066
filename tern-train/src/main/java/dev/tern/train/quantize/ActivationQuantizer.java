package dev.tern.train.quantize;

import ai.djl.ndarray.NDArray;
import dev.tern.train.config.ActivationMethod;
import java.util.Optional;

/// What the inputs of a linear layer are rounded to.
///
/// Stateless and safe for use by several threads.
public sealed interface ActivationQuantizer permits Int8Activations {
  /// Rounds activations.
  ///
  /// @param activations `[tokens, width]`
  /// @param lambda how much of the rounding is done, 0 to 1
  /// @return codes `[tokens, width]` and a scale for each token `[tokens, 1]`; the gradient of
  ///   `codes * scale` passes to the activations unchanged
  Quantized quantize(NDArray activations, double lambda);

  /// {@return the quantizer of a method; none for full precision}
  ///
  /// @param method as the settings name it
  static Optional<ActivationQuantizer> of(ActivationMethod method) {
    return switch (method) {
      case INT8 -> Optional.of(new Int8Activations());
      case FULL -> Optional.empty();
    };
  }
}
