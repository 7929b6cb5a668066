package dev.tern.tokenizer;

import dev.tern.ModelFormatException;
import java.util.Arrays;

/// Finds the token that is spelled by some bytes: an open-addressing table over the vocabulary's
/// pool, without an object per token.
final class TokenIndex {
  private final Vocabulary vocabulary;

  /// The hash of a token in the upper half, its id plus 1 in the lower; 0 where there is none.
  private final long[] slots;

  private int longest;

  /// Indexes a vocabulary. Where a special token has the same bytes as an ordinary one, the
  /// ordinary one is found.
  ///
  /// @param source what to call its file in messages
  /// @throws ModelFormatException if two ordinary tokens are spelled alike
  TokenIndex(String source, Vocabulary vocabulary) {
    this.vocabulary = vocabulary;
    slots = new long[Integer.highestOneBit(Math.max(vocabulary.size(), 2) * 2 - 1) * 2];
    for (int id = 0; id < vocabulary.size(); id++) {
      if (vocabulary.type(id) == TokenType.NORMAL && !vocabulary.isVerbatim(id)) {
        int other = add(id);
        if (other >= 0) {
          throw new ModelFormatException(
              "%s: tokens %d and %d are both spelled '%s'"
                  .formatted(source, other, id, vocabulary.piece(id)));
        }
      }
    }
    for (int id = 0; id < vocabulary.size(); id++) {
      TokenType type = vocabulary.type(id);
      if (type != TokenType.NORMAL && type != TokenType.UNUSED) {
        add(id);
      }
    }
  }

  static int hash(byte[] bytes, int from, int to) {
    int hash = 0;
    for (int i = from; i < to; i++) {
      hash = 31 * hash + bytes[i];
    }
    // Spread over the low bits, which choose the slot.
    hash *= 0x9E3779B9;
    return hash ^ (hash >>> 15);
  }

  /// Adds a token, unless it is empty or another has the same bytes.
  ///
  /// @return the other one's id, or -1
  private int add(int id) {
    byte[] pool = vocabulary.pool();
    int from = vocabulary.start(id);
    int to = vocabulary.end(id);
    if (from == to) {
      return -1;
    }
    int hash = hash(pool, from, to);
    int slot = slot(pool, from, to, hash);
    if (slots[slot] != 0) {
      return (int) slots[slot] - 1;
    }
    slots[slot] = ((long) hash << 32) | (id + 1);
    longest = Math.max(longest, to - from);
    return -1;
  }

  /// The token that these bytes spell, or -1.
  int find(byte[] bytes, int from, int to) {
    return to - from > longest ? -1 : find(bytes, from, to, hash(bytes, from, to));
  }

  /// The token that these bytes spell, or -1.
  ///
  /// @param hash theirs
  int find(byte[] bytes, int from, int to, int hash) {
    return (int) slots[slot(bytes, from, to, hash)] - 1;
  }

  private int slot(byte[] bytes, int from, int to, int hash) {
    byte[] pool = vocabulary.pool();
    int slot = hash & (slots.length - 1);
    while (true) {
      long entry = slots[slot];
      int id = (int) entry - 1;
      if (entry == 0
          || ((int) (entry >>> 32) == hash
              && Arrays.equals(pool, vocabulary.start(id), vocabulary.end(id), bytes, from, to))) {
        return slot;
      }
      slot = (slot + 1) & (slots.length - 1);
    }
  }
}
