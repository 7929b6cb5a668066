package dev.tern.train.network;

import ai.djl.ndarray.NDArray;
import dev.tern.train.config.ModelSettings;
import dev.tern.train.quantize.ActivationQuantizer;
import dev.tern.train.quantize.WeightQuantizer;
import java.util.Optional;

/// How linear layers compute.
sealed interface LinearMethod permits BitLinear, FullLinear {
  /// Prepares the input of linear layers, once for all that share it.
  ///
  /// @param input `[tokens, in]`
  /// @return what [#apply] takes
  Input prepare(NDArray input);

  /// Computes a layer.
  ///
  /// @param input prepared
  /// @param weights `[out, in]`
  /// @return `[tokens, out]`
  NDArray apply(Input input, NDArray weights);

  /// A prepared input.
  ///
  /// @param values `[tokens, in]`
  /// @param scale multiplies a token's values, `[tokens, 1]`; none for 1
  record Input(NDArray values, Optional<NDArray> scale) {}

  /// {@return the method of a model}
  ///
  /// @param settings of the model
  /// @param lambda how much of the rounding is done, 0 to 1
  static LinearMethod of(ModelSettings settings, double lambda) {
    Optional<WeightQuantizer> weights = WeightQuantizer.of(settings.weights());
    Optional<ActivationQuantizer> activations = ActivationQuantizer.of(settings.activations());
    if (weights.isPresent() && activations.isPresent()) {
      return new BitLinear(weights.get(), activations.get(), lambda);
    }
    return new FullLinear();
  }
}
