package dev.tern.train.run;

/// One change of the weights.
///
/// @param step steps done, from 1
/// @param steps of the whole run
/// @param tokens that were learnt from so far
/// @param epoch passes over the data so far, with a fraction
/// @param loss mean cross-entropy of the step's predictions, before the change, in nats
/// @param learningRate of the change
/// @param gradientNorm before clipping
/// @param tokensPerSecond of this step
public record StepReport(
    long step,
    long steps,
    long tokens,
    double epoch,
    double loss,
    double learningRate,
    double gradientNorm,
    double tokensPerSecond) {}
