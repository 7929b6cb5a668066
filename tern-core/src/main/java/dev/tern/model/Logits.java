package dev.tern.model;

/// Which tokens of a forward pass get logits; the head is the most expensive single layer.
public enum Logits {
  /// None: the pass only fills the KV cache.
  NONE(States.NONE, false),
  /// None yet: the last token's state is kept in row 0, from which [Transformer#logits] and
  /// [Transformer#largestLogits] compute them.
  LAST_LATER(States.LAST, false),
  /// None yet: every token's state is kept in its row.
  ALL_LATER(States.ALL, false),
  /// The last token's, in row 0.
  LAST(States.LAST, true),
  /// Every token's, in the rows of the tokens.
  ALL(States.ALL, true);

  private final States states;
  private final boolean now;

  Logits(States states, boolean now) {
    this.states = states;
    this.now = now;
  }

  /// {@return the tokens whose states the pass keeps}
  States states() {
    return states;
  }

  /// {@return whether the head is computed with the pass}
  boolean now() {
    return now;
  }
}
