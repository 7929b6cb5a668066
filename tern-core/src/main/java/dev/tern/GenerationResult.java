package dev.tern;

import java.util.List;

/// A finished generation.
///
/// @param text what was generated, without the stop text that ended it
/// @param tokens what was sampled, the token that ended the turn included
/// @param stopReason why it ended
/// @param usage what it cost
/// @param seed what makes the same text again
public record GenerationResult(
    String text, List<Integer> tokens, StopReason stopReason, Usage usage, long seed) {
  /// Copies the tokens.
  public GenerationResult {
    tokens = List.copyOf(tokens);
  }
}
