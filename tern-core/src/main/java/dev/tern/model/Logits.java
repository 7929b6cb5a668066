package dev.tern.model;

/// Which tokens of a forward pass get logits; the head is the most expensive single layer.
public enum Logits {
  /// None: the pass only fills the KV cache.
  NONE,
  /// None yet: the last token's state is kept in row 0, from which [Transformer#logits] and
  /// [Transformer#largestLogits] compute them.
  LAST_LATER,
  /// None yet: every token's state is kept in its row.
  ALL_LATER,
  /// The last token's, in row 0.
  LAST,
  /// Every token's, in the rows of the tokens.
  ALL
}
