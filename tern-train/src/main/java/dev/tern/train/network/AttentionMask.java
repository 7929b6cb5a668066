package dev.tern.train.network;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;

/// What is added to attention scores: 0 where a token may look, a number that makes the probability
/// exactly 0 where it may not.
final class AttentionMask {
  private static final float NEVER = -1e9f;

  private AttentionMask() {}

  /// {@return the mask of sequences in which a token sees itself and earlier ones of its document}
  ///
  /// @param manager what the mask belongs to
  /// @param documents number of each token's document, `[sequences, length]`
  /// @param sequences how many
  /// @param length of each
  /// @return `[sequences, 1, 1, length, length]`
  static NDArray of(NDManager manager, int[] documents, int sequences, int length) {
    NDArray rows = manager.create(documents, new Shape(sequences, 1, 1, length, 1));
    NDArray cols = manager.create(documents, new Shape(sequences, 1, 1, 1, length));
    NDArray positions = manager.arange(length);
    NDArray later = positions.reshape(1, 1, 1, 1, length).gt(positions.reshape(1, 1, 1, length, 1));
    NDArray hidden = rows.neq(cols).logicalOr(later);
    return hidden.toType(DataType.FLOAT32, false).mul(NEVER);
  }
}
