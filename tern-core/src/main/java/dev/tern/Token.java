package dev.tern;

import java.util.Optional;

/// One generated token as it streams.
///
/// @param id its number in the vocabulary
/// @param text the text that may be shown now: whole characters only, held back while they could
///   begin a stop text; empty for many tokens
/// @param logProbabilities how likely the model found it, where
///   [GenerationOptions#logProbabilities] asks for that
public record Token(int id, String text, Optional<TokenLogProbabilities> logProbabilities) {
  /// A token whose probability nobody asked for.
  ///
  /// @param id its number in the vocabulary
  /// @param text the text that may be shown now
  public Token(int id, String text) {
    this(id, text, Optional.empty());
  }
}
