package dev.tern.embed;

import dev.tern.Pooling;
import java.util.Arrays;

/// The states of one text's tokens on their way to one vector.
///
/// Sums are in double precision and in the order of the tokens, so that it does not matter which of
/// them came in one pass. Not safe for use by several threads.
public final class Pooled {
  private final Pooling pooling;
  private final double[] sum;
  private int count;

  Pooled(Pooling pooling, int width) {
    this.pooling = pooling;
    this.sum = new double[width];
  }

  /// {@return how many of a text's tokens the vector depends on, from the first on}
  ///
  /// @param tokens how many it has
  static int needed(Pooling pooling, int tokens) {
    return pooling == Pooling.CLS ? 1 : tokens;
  }

  /// {@return whether the state of every token is part of the vector, not the last needed one's
  /// alone}
  boolean takesAll() {
    return pooling == Pooling.MEAN;
  }

  /// Adds the next token's state.
  void add(float[] state) {
    for (int i = 0; i < sum.length; i++) {
      sum[i] += state[i];
    }
    count++;
  }

  /// {@return the mean of the states that were added}
  float[] mean() {
    float[] mean = new float[sum.length];
    for (int i = 0; i < mean.length; i++) {
      mean[i] = (float) (sum[i] / count);
    }
    return mean;
  }

  /// Cuts a vector and gives it the length 1; the zero vector stays what it is.
  ///
  /// @param vector a state, or the mean of states
  /// @param dimensions how many numbers to keep, from 1 to all
  /// @param normalize whether to divide by the Euclidean length of what is kept
  /// @return a vector of that many numbers
  public static float[] finish(float[] vector, int dimensions, boolean normalize) {
    float[] kept = Arrays.copyOf(vector, dimensions);
    double squares = 0;
    for (float value : kept) {
      squares += (double) value * value;
    }
    if (normalize && squares != 0) {
      double length = Math.sqrt(squares);
      for (int i = 0; i < dimensions; i++) {
        kept[i] = (float) (kept[i] / length);
      }
    }
    return kept;
  }
}
