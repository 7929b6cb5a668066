package dev.tern.eval;

import dev.tern.Prediction;
import dev.tern.eval.OutputComparison.Divergence;
import java.util.List;

/// Sums of differences between predictions, in the order in which they are added.
final class OutputDifferences {
  private long positions;
  private long logits;
  private long sameLikeliest;
  private double firstSum;
  private double firstLargest;
  private double secondSum;
  private double secondLargest;
  private double largestLogit;
  private double squares;

  /// Adds a place.
  ///
  /// @param one what the first model expects there
  /// @param other what the second model expects there, over the same vocabulary
  void add(Prediction one, Prediction other) {
    double first = 0;
    double second = 0;
    for (int token = 0; token < one.vocabularySize(); token++) {
      double logOne = one.logProbability(token);
      double logOther = other.logProbability(token);
      first += expectation(logOne, logOther);
      second += expectation(logOther, logOne);
      double difference = difference(one.logit(token), other.logit(token));
      largestLogit = Math.max(largestLogit, difference);
      squares += difference * difference;
    }
    positions++;
    logits += one.vocabularySize();
    sameLikeliest += one.likeliest() == other.likeliest() ? 1 : 0;
    // A divergence is never negative; its sum may be, by rounding.
    first = Math.max(0, first);
    second = Math.max(0, second);
    firstSum += first;
    firstLargest = Math.max(firstLargest, first);
    secondSum += second;
    secondLargest = Math.max(secondLargest, second);
  }

  /// {@return `p ln(p / q)`, which is 0 where p is}
  private static double expectation(double logP, double logQ) {
    double p = StrictMath.exp(logP);
    return p == 0 ? 0 : p * (logP - logQ);
  }

  private static double difference(float one, float other) {
    return one == other ? 0 : Math.abs((double) one - other);
  }

  long positions() {
    return positions;
  }

  OutputComparison result(List<GreedyComparison> greedy) {
    return new OutputComparison(
        positions,
        new Divergence(firstSum / positions, firstLargest),
        new Divergence(secondSum / positions, secondLargest),
        sameLikeliest,
        largestLogit,
        Math.sqrt(squares / logits),
        greedy);
  }
}
