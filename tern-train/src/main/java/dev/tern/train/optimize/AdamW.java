package dev.tern.train.optimize;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.tern.train.config.OptimizerSettings;
import dev.tern.train.network.Parameter;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// AdamW: Adam whose weight decay is apart from the gradient.
///
/// `m = b1 m + (1 - b1) g`, `v = b2 v + (1 - b2) g^2`, `w = w - lr (m' / (sqrt(v') + epsilon) +
/// decay w)`, where m' and v' are m and v without their bias toward 0. Matrices decay; norms do
/// not.
///
/// Source: Loshchilov and Hutter, arXiv 1711.05101. Its own, because a run that is to be resumed
/// bit for bit must be able to save m and v. Not safe for use by several threads.
public final class AdamW {
  private final OptimizerSettings settings;
  private final Map<String, Moments> moments = new LinkedHashMap<>();

  /// What is remembered of a parameter's gradients.
  ///
  /// @param first their mean
  /// @param second the mean of their squares
  public record Moments(NDArray first, NDArray second) {}

  /// Begins with moments of 0.
  ///
  /// @param settings decays and epsilon
  /// @param parameters that will be changed
  /// @param manager what the moments belong to
  public AdamW(OptimizerSettings settings, List<Parameter> parameters, NDManager manager) {
    this.settings = settings;
    for (Parameter parameter : parameters) {
      moments.put(
          parameter.name(),
          new Moments(
              manager.zeros(parameter.value().getShape()),
              manager.zeros(parameter.value().getShape())));
    }
  }

  /// {@return what is remembered, by the names of parameters}
  public Map<String, Moments> moments() {
    return Collections.unmodifiableMap(moments);
  }

  /// Changes a parameter.
  ///
  /// @param parameter whose gradient is known
  /// @param gradient of the loss
  /// @param step from 0
  /// @param learningRate of this step
  /// @param weightDecay of this step
  public void update(
      Parameter parameter, NDArray gradient, long step, double learningRate, double weightDecay) {
    Moments past = moments.get(parameter.name());
    if (past == null) {
      throw new IllegalArgumentException("unknown parameter " + parameter.name());
    }
    double beta1 = settings.beta1();
    double beta2 = settings.beta2();
    past.first().muli(beta1).addi(gradient.mul(1 - beta1));
    past.second().muli(beta2).addi(gradient.square().mul(1 - beta2));
    double firstBias = 1 - Math.pow(beta1, (double) step + 1);
    double secondBias = 1 - Math.pow(beta2, (double) step + 1);
    NDArray spread = past.second().div(secondBias).sqrt().add(settings.epsilon());
    NDArray change = past.first().div(spread).mul(learningRate / firstBias);
    NDArray weights = parameter.value();
    if (weightDecay > 0 && parameter.role() != Parameter.Role.NORM) {
      weights.muli(1 - learningRate * weightDecay);
    }
    weights.subi(change);
  }
}
