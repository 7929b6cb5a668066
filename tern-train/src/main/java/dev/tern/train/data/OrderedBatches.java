package dev.tern.train.data;

import java.util.Arrays;

/// Batches for measuring: the documents in their order, every token once; every pass is the same.
/// The last batch is filled up with inputs that predict nothing.
final class OrderedBatches implements Batches {
  private final PackedDocuments packed;
  private final int sequences;
  private final int length;

  OrderedBatches(PackedDocuments packed, int sequences, int length) {
    this.packed = packed;
    this.sequences = sequences;
    this.length = length;
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
    Arrays.fill(targets, TokenBatch.IGNORED);
    long first = index % batchesPerEpoch() * tokens;
    for (int row = 0; row < sequences && first + (long) row * length < packed.tokens(); row++) {
      int at = row * length;
      int there = packed.read(first + at, length, inputs, targets, numbers, at);
      Arrays.fill(numbers, at + there, at + length, numbers[at + there - 1]);
    }
    return new TokenBatch(sequences, length, inputs, targets, numbers);
  }

  @Override
  public long batchesPerEpoch() {
    long tokens = (long) sequences * length;
    return (packed.tokens() + tokens - 1) / tokens;
  }

  @Override
  public long tokensPerEpoch() {
    return packed.tokens();
  }
}
