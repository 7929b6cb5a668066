package dev.tern.train.data;

import java.util.Arrays;
import java.util.Objects;

/// Sequences of tokens that are trained on together, and the token that should follow each.
///
/// All arrays are `[sequences, length]`, row-major, and are not copied: nobody changes them.
public final class TokenBatch {
  /// The target of an input after which nothing is to be learnt.
  public static final int IGNORED = -1;

  private final int sequences;
  private final int length;
  private final int[] inputs;
  private final int[] targets;
  private final int[] documents;

  /// Puts a batch together.
  ///
  /// @param sequences number of sequences
  /// @param length tokens of a sequence
  /// @param inputs token ids
  /// @param targets the id that should follow each input, [#IGNORED] where no loss is taken
  /// @param documents the number of each input's document within its sequence, from 0 upwards; a
  ///   token sees those of its own document only. All 0 where tokens may see other documents
  /// @throws IllegalArgumentException if the sizes do not fit each other
  public TokenBatch(int sequences, int length, int[] inputs, int[] targets, int[] documents) {
    int tokens = Math.multiplyExact(sequences, length);
    if (inputs.length != tokens || targets.length != tokens || documents.length != tokens) {
      throw new IllegalArgumentException(
          "%d sequences of %d tokens, but %d inputs, %d targets and %d documents"
              .formatted(sequences, length, inputs.length, targets.length, documents.length));
    }
    this.sequences = sequences;
    this.length = length;
    this.inputs = inputs;
    this.targets = targets;
    this.documents = documents;
  }

  /// {@return the number of sequences}
  public int sequences() {
    return sequences;
  }

  /// {@return the tokens of a sequence}
  public int length() {
    return length;
  }

  /// {@return token ids}
  public int[] inputs() {
    return inputs;
  }

  /// {@return the id that should follow each input, or [#IGNORED]}
  public int[] targets() {
    return targets;
  }

  /// {@return the number of each input's document within its sequence}
  public int[] documents() {
    return documents;
  }

  /// {@return a batch of one of the sequences}
  ///
  /// @param index from 0
  public TokenBatch sequence(int index) {
    int from = Math.multiplyExact(Objects.checkIndex(index, sequences), length);
    int to = from + length;
    return new TokenBatch(
        1,
        length,
        Arrays.copyOfRange(inputs, from, to),
        Arrays.copyOfRange(targets, from, to),
        Arrays.copyOfRange(documents, from, to));
  }

  /// {@return how many inputs have a target}
  public int predictions() {
    int count = 0;
    for (int target : targets) {
      if (target != IGNORED) {
        count++;
      }
    }
    return count;
  }
}
