package dev.tern.train.config;

import java.util.List;

/// How long a run is, and what it does beside learning.
///
/// @param steps changes of the weights
/// @param sequences of a batch that is computed at once
/// @param accumulation batches whose gradients are added up for one change
/// @param seed of all that is random: first weights, order of the data, samples
/// @param threads that compute; 0 for one for each core
/// @param device `cpu` or `gpu`
/// @param logEvery steps between lines of the log
/// @param evaluateEvery steps between measurements with validation text
/// @param evaluationBatches the most batches of a measurement; 0 for all
/// @param checkpointEvery steps between checkpoints
/// @param sampleEvery steps between samples; 0 for none
/// @param samplePrompts what samples begin with
public record RunSettings(
    int steps,
    int sequences,
    int accumulation,
    long seed,
    int threads,
    String device,
    int logEvery,
    int evaluateEvery,
    int evaluationBatches,
    int checkpointEvery,
    int sampleEvery,
    List<String> samplePrompts) {
  /// Checks the settings.
  ///
  /// @throws ConfigException if one is out of range
  public RunSettings {
    Check.atLeast("run.steps", steps, 1);
    Check.atLeast("run.sequences", sequences, 1);
    Check.atLeast("run.accumulation", accumulation, 1);
    Check.atLeast("run.threads", threads, 0);
    Check.atLeast("run.log_every", logEvery, 1);
    Check.atLeast("run.evaluate_every", evaluateEvery, 1);
    Check.atLeast("run.evaluation_batches", evaluationBatches, 0);
    Check.atLeast("run.checkpoint_every", checkpointEvery, 1);
    Check.atLeast("run.sample_every", sampleEvery, 0);
    samplePrompts = List.copyOf(samplePrompts);
    if (!device.equals("cpu") && !device.equals("gpu")) {
      throw new ConfigException("run.device: %s is neither cpu nor gpu".formatted(device));
    }
  }
}
