package dev.tern.train.config;

/// How weights are changed: AdamW with two stages of learning rate and weight decay.
///
/// In each stage the learning rate falls linearly: in the first, after a warm-up, from its peak
/// toward 0 at the end of the run; in the second from a lower peak to 0, which need not be below
/// what the first has come to. Source: "The Era of 1-bit LLMs: Training Tips, Code and FAQ",
/// section 2.
///
/// @param peakLearningRate of the first stage
/// @param secondLearningRate at the beginning of the second stage
/// @param warmUpSteps over which the learning rate grows from 0
/// @param secondStageAt share of the steps after which the second stage begins, 0 to 1; 1 for one
///   stage only
/// @param weightDecay of the first stage; the second has none
/// @param beta1 decay of the mean of gradients
/// @param beta2 decay of the mean of their squares
/// @param epsilon added to the root of that mean
/// @param clipNorm the most that the norm of all gradients together may be; 0 for any
public record OptimizerSettings(
    double peakLearningRate,
    double secondLearningRate,
    int warmUpSteps,
    double secondStageAt,
    double weightDecay,
    double beta1,
    double beta2,
    double epsilon,
    double clipNorm) {
  /// Checks the settings.
  ///
  /// @throws ConfigException if one is out of range
  public OptimizerSettings {
    Check.positive("optimizer.peak_learning_rate", peakLearningRate);
    Check.positive("optimizer.second_learning_rate", secondLearningRate);
    Check.atLeast("optimizer.warm_up_steps", warmUpSteps, 0);
    Check.within("optimizer.second_stage_at", secondStageAt, 0, 1);
    Check.within("optimizer.weight_decay", weightDecay, 0, 1);
    Check.within("optimizer.beta1", beta1, 0, 0.9999);
    Check.within("optimizer.beta2", beta2, 0, 0.99999);
    Check.positive("optimizer.epsilon", epsilon);
    Check.within("optimizer.clip_norm", clipNorm, 0, 1e6);
  }
}
