package dev.tern.train.data;

/// All batches of a run, in an order that depends on nothing but the data and a seed. A batch is
/// found by its number, so that a run that is resumed goes on where it stopped.
///
/// Implementations may be used by one thread at a time.
public interface Batches {
  /// {@return a batch; the same for the same number, always}
  ///
  /// @param index from 0; beyond one pass over the data another begins: of text to learn from in
  ///   another order, of text to measure with in the same
  /// @throws IllegalArgumentException if the number is negative
  /// @throws dev.tern.ModelFormatException if the file of tokens is damaged
  TokenBatch batch(long index);

  /// {@return how many batches make one pass over the data, rounded up}
  long batchesPerEpoch();

  /// {@return how many tokens one pass over the data has}
  long tokensPerEpoch();
}
