package dev.tern;

import java.util.List;

/// How likely the model found a generated token, and which tokens it found likeliest in its place.
///
/// These are natural logarithms of the model's own probabilities, at most 0: of the softmax of its
/// logits before grammar, logit bias, penalties, top-k, top-p, min-p and temperature, which only
/// decide what is chosen. So the chosen token need not be among the likeliest. They are what
/// [Prediction#logProbability] gives for the same place of the same text, bit for bit.
///
/// @param chosen the logarithm of the chosen token's probability
/// @param likeliest the likeliest tokens, the likeliest first, the lower id first among equals: as
///   many as were asked for, or all where the vocabulary has fewer; tokens that the model rules out
///   altogether are none
public record TokenLogProbabilities(double chosen, List<Alternative> likeliest) {
  /// Copies the list.
  public TokenLogProbabilities {
    likeliest = List.copyOf(likeliest);
  }

  /// A token that could stand in the place of the chosen one, or is it.
  ///
  /// @param id its number in the vocabulary
  /// @param logProbability the natural logarithm of its probability, at most 0
  public record Alternative(int id, double logProbability) {}
}
