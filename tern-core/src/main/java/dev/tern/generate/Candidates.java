package dev.tern.generate;

import java.util.Arrays;

/// Tokens that may still be chosen, likeliest first; of equal logits the lower id comes first.
///
/// Reused for every token of a generation; not safe for use by several threads.
final class Candidates {
  private long[] sorted = new long[0];
  private double[] weights = new double[0];
  private int count;

  /// Takes the likeliest tokens.
  ///
  /// @param logits one for each token; negative infinity is never taken
  /// @param topK how many; 0 for all
  void select(float[] logits, int topK) {
    int limit = topK == 0 ? logits.length : Math.min(topK, logits.length);
    boolean few = limit < logits.length / 8;
    int room = few ? limit : logits.length;
    if (sorted.length < room) {
      sorted = new long[room];
      weights = new double[room];
    }
    count = few ? selectFew(logits, limit) : sortAll(logits, limit);
  }

  /// Keeps the best so far in order; nearly every token fails the first comparison.
  private int selectFew(float[] logits, int limit) {
    int kept = 0;
    for (int id = 0; id < logits.length; id++) {
      if (logits[id] == Float.NEGATIVE_INFINITY) {
        continue;
      }
      long key = key(logits[id], id);
      if (kept == limit && key >= sorted[kept - 1]) {
        continue;
      }
      int at = kept < limit ? kept++ : kept - 1;
      while (at > 0 && sorted[at - 1] > key) {
        sorted[at] = sorted[at - 1];
        at--;
      }
      sorted[at] = key;
    }
    return kept;
  }

  private int sortAll(float[] logits, int limit) {
    int kept = 0;
    for (int id = 0; id < logits.length; id++) {
      if (logits[id] != Float.NEGATIVE_INFINITY) {
        sorted[kept++] = key(logits[id], id);
      }
    }
    Arrays.sort(sorted, 0, kept);
    return Math.min(kept, limit);
  }

  /// Orders by falling logit, then rising id, when compared as signed numbers.
  private static long key(float logit, int id) {
    int bits = Float.floatToIntBits(logit + 0f);
    int ascending = bits ^ ((bits >> 31) & Integer.MAX_VALUE);
    return ((long) ~ascending << Integer.SIZE) | id;
  }

  /// {@return how many there are}
  int count() {
    return count;
  }

  /// {@return a token id}
  ///
  /// @param index 0 is the likeliest
  int id(int index) {
    return (int) sorted[index];
  }

  private float logit(int index) {
    int ascending = ~(int) (sorted[index] >> Integer.SIZE);
    return Float.intBitsToFloat(ascending ^ ((ascending >> 31) & Integer.MAX_VALUE));
  }

  /// Keeps the likeliest tokens that together have a probability of at least `topP`, and one at
  /// least.
  void keepTopP(float topP) {
    double remaining = topP * weigh(1f);
    for (int i = 0; i < count; i++) {
      remaining -= weights[i];
      if (remaining <= 0) {
        count = i + 1;
        return;
      }
    }
  }

  /// Keeps tokens at least `minP` times as likely as the likeliest.
  void keepMinP(float minP) {
    weigh(1f);
    int kept = 1;
    while (kept < count && weights[kept] >= minP * weights[0]) {
      kept++;
    }
    count = Math.min(kept, count);
  }

  /// {@return the token that a random number points at}
  ///
  /// @param temperature above 0
  /// @param random from 0 inclusive to 1 exclusive
  int pick(float temperature, double random) {
    double remaining = random * weigh(temperature);
    for (int i = 0; i < count; i++) {
      remaining -= weights[i];
      if (remaining < 0) {
        return id(i);
      }
    }
    return id(count - 1);
  }

  /// Fills the weights with probabilities relative to the likeliest token's; returns their sum.
  ///
  /// StrictMath, because the same seed must give the same text on every machine.
  private double weigh(float temperature) {
    double total = 0;
    for (int i = 0; i < count; i++) {
      // Penalties and biases can make infinities, whose difference is NaN.
      weights[i] =
          logit(i) == logit(0) ? 1 : StrictMath.exp(((double) logit(i) - logit(0)) / temperature);
      total += weights[i];
    }
    return total;
  }
}
