package dev.tern.grammar;

import dev.tern.tokenizer.Tokenizer;

/// Follows one text through a grammar and tells which tokens may come next. Not safe for use by
/// several threads.
public final class TokenConstraint {
  private final Tokenizer tokenizer;
  private final TokenMasks masks;
  private final boolean mayEnd;
  private boolean dropsFirstSpace;
  private State state;

  TokenConstraint(Tokenizer tokenizer, TokenMasks masks, boolean mayEnd, boolean dropsFirstSpace) {
    this.tokenizer = tokenizer;
    this.masks = masks;
    this.mayEnd = mayEnd;
    this.dropsFirstSpace = dropsFirstSpace;
    this.state = masks.start();
  }

  /// {@return the tokens that may come next, one at least unless the text is complete}
  ///
  /// @throws GrammarException if no token of the vocabulary goes on with the text, or the grammar
  ///   is too ambiguous here
  public TokenMask allowed() {
    TokenMask mask = find();
    if (mask.count() == 0 && !mask.mayEnd()) {
      throw new GrammarException(
          "no token of the model's vocabulary can go on with the text as the grammar demands");
    }
    return mask;
  }

  private TokenMask find() {
    TokenMask mask = dropsFirstSpace ? masks.maskWithoutFirstSpace(state) : masks.mask(state);
    return mayEnd || !mask.mayEnd() ? mask : mask.without(tokenizer::isEndOfGeneration);
  }

  /// Goes on by a token.
  ///
  /// @param token one that may come next
  /// @throws IllegalArgumentException if it may not
  public void accept(int token) {
    if (tokenizer.isEndOfGeneration(token)) {
      return;
    }
    byte[] text = tokenizer.bytes(token);
    int from = dropsFirstSpace && text.length > 0 && text[0] == ' ' ? 1 : 0;
    State next = masks.after(state, text, from);
    if (next.isDead() || text.length == 0) {
      throw new IllegalArgumentException(
          "the grammar does not allow the token %d here".formatted(token));
    }
    dropsFirstSpace = false;
    state = next;
  }

  /// {@return whether the text is complete: nothing can follow it any more}
  public boolean isComplete() {
    return state.accepts() && (!state.goesOn() || find().count() == 0);
  }
}
