package dev.tern.train.optimize;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import ai.djl.training.GradientCollector;
import dev.tern.train.config.OptimizerSettings;
import dev.tern.train.data.TokenBatch;
import dev.tern.train.network.CausalLanguageModel;
import dev.tern.train.network.Objective;
import dev.tern.train.network.Parameter;
import dev.tern.train.quantize.Factor;
import java.util.List;

/// Changes a model, step by step, so that its objective gets smaller.
///
/// Not safe for use by several threads.
public final class Learner {
  private final Engine engine;
  private final NDManager manager;
  private final CausalLanguageModel model;
  private final Objective objective;
  private final TwoStageSchedule schedule;
  private final AdamW optimizer;
  private final double clipNorm;

  /// Begins to learn.
  ///
  /// @param engine that computes
  /// @param manager what the model and the moments of its gradients belong to
  /// @param model that learns
  /// @param objective what is to be small
  /// @param settings of the optimizer
  /// @param steps of the whole run
  public Learner(
      Engine engine,
      NDManager manager,
      CausalLanguageModel model,
      Objective objective,
      OptimizerSettings settings,
      long steps) {
    this.engine = engine;
    this.manager = manager;
    this.model = model;
    this.objective = objective;
    this.schedule = new TwoStageSchedule(settings, steps);
    this.optimizer = new AdamW(settings, model.parameters(), manager);
    this.clipNorm = settings.clipNorm();
  }

  /// What a step found.
  ///
  /// @param loss mean cross-entropy of the predictions before the change, in nats
  /// @param gradientNorm before clipping
  /// @param learningRate of the change
  /// @param predictions how many
  public record Outcome(double loss, double gradientNorm, double learningRate, long predictions) {
    /// {@return whether the step could be done; where not, nothing was changed}
    public boolean isFinite() {
      return Double.isFinite(loss) && Double.isFinite(gradientNorm);
    }
  }

  /// {@return what the optimizer remembers}
  public AdamW optimizer() {
    return optimizer;
  }

  /// Learns from some batches together.
  ///
  /// @param step from 0
  /// @param lambda how much of the quantizers' rounding is done, 0 to 1
  /// @param batches whose gradients are added up
  /// @return what was found; weights are unchanged where it is not finite
  public Outcome step(long step, double lambda, List<TokenBatch> batches) {
    long predictions = batches.stream().mapToLong(TokenBatch::predictions).sum();
    double crossEntropy = 0;
    for (TokenBatch batch : batches) {
      crossEntropy += accumulate(batch, lambda, Math.max(1, predictions));
    }
    double learningRate = schedule.learningRate(step);
    double norm = change(step, learningRate);
    return new Outcome(crossEntropy / Math.max(1, predictions), norm, learningRate, predictions);
  }

  /// Adds the gradients of one batch to those of the parameters.
  private double accumulate(TokenBatch batch, double lambda, long predictions) {
    try (NDManager scope = manager.newSubManager()) {
      attach(scope);
      objective.constants().forEach(constant -> constant.value().tempAttach(scope));
      try (GradientCollector collector = engine.newGradientCollector()) {
        Objective.Losses losses = objective.of(model, batch, lambda);
        collector.backward(Factor.times(losses.objective(), 1.0 / predictions));
        return losses.crossEntropy().getFloat();
      }
    }
  }

  /// What operations give belongs to the manager of their first operand.
  private void attach(NDManager scope) {
    for (Parameter parameter : model.parameters()) {
      parameter.value().tempAttach(scope);
    }
  }

  private double change(long step, double learningRate) {
    try (NDManager scope = manager.newSubManager()) {
      attach(scope);
      for (AdamW.Moments moments : optimizer.moments().values()) {
        moments.first().tempAttach(scope);
        moments.second().tempAttach(scope);
      }
      double norm = gradientNorm();
      double factor = clipNorm > 0 && norm > clipNorm ? clipNorm / norm : 1;
      for (Parameter parameter : model.parameters()) {
        NDArray gradient = parameter.value().getGradient();
        if (Double.isFinite(norm)) {
          optimizer.update(
              parameter,
              factor == 1 ? gradient : gradient.mul(factor),
              step,
              learningRate,
              schedule.weightDecay(step));
        }
        JniUtils.zeroGrad((PtNDArray) parameter.value());
      }
      return norm;
    }
  }

  private double gradientNorm() {
    double squares = 0;
    for (Parameter parameter : model.parameters()) {
      squares += parameter.value().getGradient().square().sum().getFloat();
    }
    return Math.sqrt(squares);
  }
}
