package dev.tern.train.quantize;

import ai.djl.ndarray.NDArray;
import dev.tern.train.config.WeightMethod;
import java.util.Optional;

/// What the weights of a linear layer are rounded to.
///
/// Stateless and safe for use by several threads.
public sealed interface WeightQuantizer permits TernaryWeights, BinaryWeights {
  /// Rounds weights.
  ///
  /// @param weights `[out, in]`, shadow weights in full precision
  /// @param lambda how much of the rounding is done, 0 to 1
  /// @return codes `[out, in]` and the one scale `[1]`; the gradient of `codes * scale` passes to
  ///   the weights unchanged
  Quantized quantize(NDArray weights, double lambda);

  /// {@return the quantizer of a method; none for full precision}
  ///
  /// @param method as the settings name it
  static Optional<WeightQuantizer> of(WeightMethod method) {
    return switch (method) {
      case TERNARY -> Optional.of(new TernaryWeights());
      case BINARY -> Optional.of(new BinaryWeights());
      case FULL -> Optional.empty();
    };
  }

  /// {@return the mean magnitude of weights, summed in double precision and rounded once}
  ///
  /// @param weights any shape
  static float meanMagnitude(NDArray weights) {
    try (NDArray wide = weights.toType(ai.djl.ndarray.types.DataType.FLOAT64, true);
        NDArray mean = wide.abs().mean()) {
      return (float) mean.getDouble();
    }
  }
}
