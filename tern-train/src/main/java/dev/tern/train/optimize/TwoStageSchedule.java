package dev.tern.train.optimize;

import dev.tern.train.config.OptimizerSettings;

/// Learning rate and weight decay in two stages.
///
/// In the first stage the learning rate grows from 0 to its peak, then falls linearly as if to
/// reach 0 at the end of the run. Where the second begins, it is set to a lower peak and falls to 0
/// from there; weight decay, which would keep signs from settling, ends. The source speaks of a
/// drop and gives the two peaks, but not how far the first stage has fallen by then: with its ratio
/// of 3 to 2 and the border in the middle, the second peak is above what the first stage has come
/// to.
///
/// Source: "The Era of 1-bit LLMs: Training Tips, Code and FAQ", section 2.
public final class TwoStageSchedule {
  private final OptimizerSettings settings;
  private final long steps;
  private final long secondStage;

  /// Lays a schedule out.
  ///
  /// @param settings peaks and borders
  /// @param steps of the whole run, at least 1
  public TwoStageSchedule(OptimizerSettings settings, long steps) {
    this.settings = settings;
    this.steps = steps;
    this.secondStage = Math.round(settings.secondStageAt() * steps);
  }

  /// {@return the learning rate of a step}
  ///
  /// @param step from 0
  public double learningRate(long step) {
    if (step >= secondStage) {
      double left = (double) (steps - step) / Math.max(1, steps - secondStage);
      return settings.secondLearningRate() * Math.max(0, left);
    }
    double warmUp = settings.warmUpSteps();
    if (step < warmUp) {
      return settings.peakLearningRate() * (step + 1) / warmUp;
    }
    return settings.peakLearningRate() * (steps - step) / Math.max(1, steps - warmUp);
  }

  /// {@return the weight decay of a step}
  ///
  /// @param step from 0
  public double weightDecay(long step) {
    return step >= secondStage ? 0 : settings.weightDecay();
  }
}
