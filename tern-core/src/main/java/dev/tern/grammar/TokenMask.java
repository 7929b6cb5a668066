package dev.tern.grammar;

import java.util.Arrays;
import java.util.BitSet;
import java.util.function.IntPredicate;

/// The tokens that may come next. Immutable.
public final class TokenMask {
  private final BitSet tokens;
  private final int count;
  private final boolean mayEnd;

  /// Takes a set that nobody changes any more.
  TokenMask(BitSet tokens, boolean mayEnd) {
    this.tokens = tokens;
    this.count = tokens.cardinality();
    this.mayEnd = mayEnd;
  }

  /// {@return how many tokens may come next, those that end a text included}
  public int count() {
    return count;
  }

  /// {@return whether a token may come next}
  ///
  /// @param token its id
  public boolean allows(int token) {
    return tokens.get(token);
  }

  /// {@return whether the text may end here}
  public boolean mayEnd() {
    return mayEnd;
  }

  /// {@return the ids of the tokens that may come next, in rising order}
  public int[] tokens() {
    return tokens.stream().toArray();
  }

  /// The same tokens but some.
  TokenMask without(IntPredicate some) {
    BitSet others = (BitSet) tokens.clone();
    tokens.stream().filter(some).forEach(others::clear);
    return new TokenMask(others, mayEnd);
  }

  /// Rules out all other tokens.
  ///
  /// @param logits one for each token; negative infinity replaces those of tokens that may not come
  public void restrict(float[] logits) {
    int from = 0;
    for (int next = tokens.nextSetBit(0); next >= 0 && next < logits.length; ) {
      Arrays.fill(logits, from, next, Float.NEGATIVE_INFINITY);
      from = Math.min(tokens.nextClearBit(next), logits.length);
      next = tokens.nextSetBit(from);
    }
    Arrays.fill(logits, from, logits.length, Float.NEGATIVE_INFINITY);
  }
}
