package dev.tern.train.data;

import org.jspecify.annotations.Nullable;

/// Batches for training: the documents of each pass in an order of its own, which depends on the
/// seed and the number of the pass, cut into sequences without a gap. The tokens behind a pass's
/// last whole sequence are left out. A batch may have the end of one pass and the beginning of the
/// next.
///
/// The order of one pass is kept, so going on is free, and going elsewhere costs one shuffle.
final class ShuffledBatches implements Batches {
  private final PackedDocuments.Corpus corpus;
  private final int[] documents;
  private final boolean isolated;
  private final long seed;
  private final int sequences;
  private final int length;
  private final long sequencesPerEpoch;
  private final long tokensPerEpoch;

  private long epoch;
  private @Nullable PackedDocuments packed;

  /// Makes batches.
  ///
  /// @param documents numbers of the documents of a pass; not copied and not changed
  /// @throws IllegalArgumentException if there is not one sequence in a pass
  ShuffledBatches(
      PackedDocuments.Corpus corpus,
      int[] documents,
      boolean isolated,
      long seed,
      int sequences,
      int length) {
    this.corpus = corpus;
    this.documents = documents;
    this.isolated = isolated;
    this.seed = seed;
    this.sequences = sequences;
    this.length = length;
    tokensPerEpoch = packed(0).tokens();
    // The last token of a pass has no successor.
    sequencesPerEpoch = (tokensPerEpoch - 1) / length;
    if (sequencesPerEpoch < 1) {
      throw new IllegalArgumentException(
          "the training text has %d tokens; a sequence of %d needs one more than that, so use shorter sequences or more text"
              .formatted(tokensPerEpoch, length));
    }
  }

  @Override
  public TokenBatch batch(long index) {
    if (index < 0) {
      throw new IllegalArgumentException("there is no batch %d; they begin at 0".formatted(index));
    }
    int tokens = Math.multiplyExact(sequences, length);
    int[] inputs = new int[tokens];
    int[] targets = new int[tokens];
    int[] numbers = new int[tokens];
    for (int row = 0; row < sequences; row++) {
      long sequence = Math.addExact(Math.multiplyExact(index, sequences), row);
      long place = sequence % sequencesPerEpoch * length;
      packed(sequence / sequencesPerEpoch)
          .read(place, length, inputs, targets, numbers, row * length);
    }
    return new TokenBatch(sequences, length, inputs, targets, numbers);
  }

  private PackedDocuments packed(long wanted) {
    PackedDocuments known = packed;
    if (known != null && epoch == wanted) {
      return known;
    }
    int[] order = documents.clone();
    new Mix(Mix.of(seed, wanted)).shuffle(order);
    PackedDocuments made = new PackedDocuments(corpus, order, isolated);
    packed = made;
    epoch = wanted;
    return made;
  }

  @Override
  public long batchesPerEpoch() {
    return (sequencesPerEpoch + sequences - 1) / sequences;
  }

  @Override
  public long tokensPerEpoch() {
    return tokensPerEpoch;
  }
}
