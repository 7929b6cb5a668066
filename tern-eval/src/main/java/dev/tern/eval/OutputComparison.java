package dev.tern.eval;

import java.util.List;

/// How the outputs of two models differ on the same texts. Immutable.
///
/// A Kullback-Leibler divergence is in nats: 0 where both expect the same, and not symmetric.
///
/// @param positions places of the texts whose predictions were compared
/// @param firstFromSecond divergence of the second model from the first, `sum p1 ln(p1 / p2)`: what
///   is lost by using the second in the place of the first
/// @param secondFromFirst the other way round, `sum p2 ln(p2 / p1)`
/// @param sameLikeliest places where both find the same token likeliest
/// @param largestLogitDifference of any token at any place
/// @param rmsLogitDifference the root of the mean square over all tokens and places
/// @param greedy what both write behind each text that is short enough
public record OutputComparison(
    long positions,
    Divergence firstFromSecond,
    Divergence secondFromFirst,
    long sameLikeliest,
    double largestLogitDifference,
    double rmsLogitDifference,
    List<GreedyComparison> greedy) {
  /// A divergence over all places.
  ///
  /// @param mean its mean
  /// @param largest its largest value
  public record Divergence(double mean, double largest) {}

  /// Copies the list.
  public OutputComparison {
    greedy = List.copyOf(greedy);
  }

  /// {@return the share of places where both find the same token likeliest, from 0 to 1}
  public double agreement() {
    return (double) sameLikeliest / positions;
  }
}
