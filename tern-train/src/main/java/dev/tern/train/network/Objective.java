package dev.tern.train.network;

import ai.djl.ndarray.NDArray;
import dev.tern.train.data.TokenBatch;
import java.util.List;

/// What a model is to make small.
public sealed interface Objective permits CrossEntropy, Distillation {
  /// Computes it for a batch, as sums over predictions.
  ///
  /// @param model that learns
  /// @param batch of tokens
  /// @param lambda how much of the quantizers' rounding is done, 0 to 1
  /// @return what is to be small, and the cross-entropy in it
  Losses of(CausalLanguageModel model, TokenBatch batch, double lambda);

  /// {@return parameters besides those of the model, which do not change; what is computed with
  /// them belongs to the manager that they belong to at the time}
  List<Parameter> constants();

  /// Sums over the predictions of a batch, each of one number.
  ///
  /// @param objective what gradients are taken of
  /// @param crossEntropy in nats
  record Losses(NDArray objective, NDArray crossEntropy) {}
}
