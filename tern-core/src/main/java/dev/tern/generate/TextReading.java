package dev.tern.generate;

import dev.tern.kernel.FloatMatrix;
import dev.tern.model.Logits;
import java.util.Optional;

/// A given text on its way through a model: tokens go in a batch at a time, logits come out a block
/// at a time, so that a large vocabulary never asks for the logits of a whole batch at once.
///
/// Not safe for use by several threads.
public final class TextReading {
  /// 32 rows of the largest vocabularies: enough for the head to be as fast as it can be.
  private static final int BLOCK_BYTES = 1 << 24;

  private final TokenSequence sequence;
  private final int[] text;
  private final int from;
  private final int[] batch;
  private final int blockRows;

  /// The rows of the last batch whose logits have not been handed out.
  private int row;

  private int rows;

  TextReading(TokenSequence sequence, int[] text, int from) {
    this.sequence = sequence;
    this.text = text;
    this.from = from;
    this.batch = new int[sequence.batchSize()];
    this.blockRows = Math.max(1, BLOCK_BYTES / Float.BYTES / sequence.choices());
  }

  /// Goes on by a batch of tokens or a block of logits.
  ///
  /// @return the logits `[tokens, choices]` after the next tokens whose logits are wanted, valid
  ///   until the next call; empty where the batch had none
  /// @throws IllegalStateException if there is nothing left to read
  public Optional<FloatMatrix> next() {
    if (row == rows) {
      readBatch();
    }
    int count = Math.min(blockRows, rows - row);
    if (count == 0) {
      return Optional.empty();
    }
    FloatMatrix block = sequence.logits(row, count);
    row += count;
    return Optional.of(block);
  }

  private void readBatch() {
    int start = sequence.tokens().size();
    rows = Math.min(batch.length, text.length - start);
    if (rows == 0) {
      throw new IllegalStateException("the text has been read to its end");
    }
    System.arraycopy(text, start, batch, 0, rows);
    row = Math.clamp((long) from - start, 0, rows);
    sequence.append(batch, rows, row == rows ? Logits.NONE : Logits.ALL_LATER);
  }
}
