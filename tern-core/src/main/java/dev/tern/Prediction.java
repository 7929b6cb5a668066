package dev.tern;

import dev.tern.generate.LogSoftmax;
import java.util.Objects;

/// What a model expects at one place of a text: a logit for every token of its vocabulary, and the
/// probabilities that follow from them.
///
/// Probabilities are computed in double precision, in a fixed order and with functions that give
/// the same result on every machine. Immutable.
public final class Prediction {
  private final int position;
  private final float[] logits;
  private final LogSoftmax probabilities;

  /// Keeps logits.
  ///
  /// @param position where in the text
  /// @param logits one for each token, at least one; not to be changed by the caller
  Prediction(int position, float[] logits) {
    this.position = position;
    this.logits = logits;
    this.probabilities = new LogSoftmax(logits);
  }

  /// {@return the index of the token that is expected: the model has read all those before it}
  public int position() {
    return position;
  }

  /// {@return the number of tokens}
  public int vocabularySize() {
    return logits.length;
  }

  /// {@return a token's logit, as sampling sees it before anything is done to it}
  ///
  /// @param token its id
  /// @throws IndexOutOfBoundsException if there is no such token
  public float logit(int token) {
    return logits[Objects.checkIndex(token, logits.length)];
  }

  /// {@return the natural logarithm of a token's probability, at most 0; NaN if the model computes
  /// values that are no numbers}
  ///
  /// @param token its id
  /// @throws IndexOutOfBoundsException if there is no such token
  public double logProbability(int token) {
    return probabilities.of(Objects.checkIndex(token, logits.length));
  }

  /// {@return the likeliest token, which greedy decoding takes; the lowest id among equals}
  public int likeliest() {
    return probabilities.likeliest();
  }

  @Override
  public String toString() {
    return "Prediction[position=%d, likeliest=%d]".formatted(position, likeliest());
  }
}
