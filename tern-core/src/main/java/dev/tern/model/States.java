package dev.tern.model;

/// Which tokens' states a forward pass keeps, from which logits can be computed.
public enum States {
  /// None: the tokens only fill the KV cache.
  NONE,
  /// That of the last token.
  LAST,
  /// Those of all tokens.
  ALL
}
