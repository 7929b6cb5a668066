package dev.tern.train.checkpoint;

/// How far a run has come. Batches, learning rate and warm-up depend on the step alone, and first
/// weights on the seed, so nothing else has to be remembered of what is random.
///
/// @param step steps that are done
/// @param tokens that were learnt from
/// @param seconds that learning took
public record Progress(long step, long tokens, double seconds) {
  /// The beginning.
  public static final Progress NONE = new Progress(0, 0, 0);
}
