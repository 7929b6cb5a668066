package dev.tern;

/// How the states of a text's tokens become one vector.
public enum Pooling {
  /// The mean of all tokens' states.
  MEAN,
  /// The state of the first token (`cls`). In the models that Tern runs tokens see only those
  /// before them, so that nothing but the first token decides it.
  CLS,
  /// The state of the last token, which has seen the whole text.
  LAST
}
