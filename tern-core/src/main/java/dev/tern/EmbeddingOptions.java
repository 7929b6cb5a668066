package dev.tern;

import java.util.Optional;

/// How texts become vectors: immutable, with a default for everything.
///
/// @param pooling how the states of a text's tokens become one; empty for what the model says, see
///   [TernModel#pooling()]
/// @param dimensions how many numbers of the vector to keep, the first ones; 0 for all. Only models
///   that were trained for it (Matryoshka) make good shorter vectors
/// @param normalize whether to divide a vector, after it has been cut, by its Euclidean length
/// @param contextLength the most tokens of a text; 0 for what the model was trained for
/// @param batchSize how many tokens are computed at once, from 1 to 65536: those of one text or of
///   several. A [BatchEngine] of the same model waits no longer than these take
public record EmbeddingOptions(
    Optional<Pooling> pooling,
    int dimensions,
    boolean normalize,
    int contextLength,
    int batchSize) {
  private static final int LARGEST_BATCH = 65_536;
  private static final EmbeddingOptions DEFAULTS =
      new EmbeddingOptions(Optional.empty(), 0, true, 0, 128);

  /// Checks the numbers.
  ///
  /// @throws IllegalArgumentException if the dimensions or the context length are negative, or the
  ///   batch size is not from 1 to 65536
  public EmbeddingOptions {
    if (dimensions < 0) {
      throw new IllegalArgumentException("the dimensions must be at least 1, not " + dimensions);
    }
    if (contextLength < 0) {
      throw new IllegalArgumentException(
          "the context length must be at least 1, not " + contextLength);
    }
    if (batchSize < 1 || batchSize > LARGEST_BATCH) {
      throw new IllegalArgumentException(
          "the batch size must be from 1 to %d, not %d".formatted(LARGEST_BATCH, batchSize));
    }
  }

  /// {@return the defaults: the model's pooling and context, whole vectors of length 1, batches of
  /// 128}
  public static EmbeddingOptions defaults() {
    return DEFAULTS;
  }

  /// {@return these options with a pooling, whatever the model says}
  ///
  /// @param value how the states of a text's tokens become one
  public EmbeddingOptions withPooling(Pooling value) {
    return new EmbeddingOptions(
        Optional.of(value), dimensions, normalize, contextLength, batchSize);
  }

  /// {@return these options with other dimensions}
  ///
  /// @param value how many numbers to keep, or 0 for all
  public EmbeddingOptions withDimensions(int value) {
    return new EmbeddingOptions(pooling, value, normalize, contextLength, batchSize);
  }

  /// {@return these options with vectors of length 1, or of the length that they happen to have}
  ///
  /// @param value whether to normalize
  public EmbeddingOptions withNormalize(boolean value) {
    return new EmbeddingOptions(pooling, dimensions, value, contextLength, batchSize);
  }

  /// {@return these options with another context length}
  ///
  /// @param value at least 1, or 0 for what the model was trained for
  public EmbeddingOptions withContextLength(int value) {
    return new EmbeddingOptions(pooling, dimensions, normalize, value, batchSize);
  }

  /// {@return these options with another batch size}
  ///
  /// @param value from 1 to 65536
  public EmbeddingOptions withBatchSize(int value) {
    return new EmbeddingOptions(pooling, dimensions, normalize, contextLength, value);
  }
}
