package dev.tern.generate;

import java.util.Arrays;
import java.util.Objects;

/// A growing list of token ids without boxes. Not safe for use by several threads.
public final class TokenHistory {
  private int[] ids = new int[256];
  private int size;

  /// Starts empty.
  public TokenHistory() {}

  /// {@return the number of tokens}
  public int size() {
    return size;
  }

  /// {@return a token}
  ///
  /// @param index from 0
  public int get(int index) {
    return ids[Objects.checkIndex(index, size)];
  }

  /// {@return some neighbouring tokens}
  ///
  /// @param from the first one's index
  /// @param count how many
  int[] copy(int from, int count) {
    Objects.checkFromIndexSize(from, count, size);
    return Arrays.copyOfRange(ids, from, from + count);
  }

  /// Appends a token.
  ///
  /// @param id its id
  public void add(int id) {
    if (size == ids.length) {
      ids = Arrays.copyOf(ids, 2 * size);
    }
    ids[size++] = id;
  }

  /// Forgets all tokens from a length on.
  ///
  /// @param length from 0 to the size
  public void truncate(int length) {
    size = Objects.checkIndex(length, size + 1);
  }

  /// {@return how many tokens at the beginning are the same}
  ///
  /// @param other tokens to compare with
  public int commonPrefix(int[] other) {
    int mismatch = Arrays.mismatch(ids, 0, size, other, 0, other.length);
    return mismatch < 0 ? size : mismatch;
  }

  /// {@return whether both texts have at least some tokens, and the same ones}
  ///
  /// @param other another text
  /// @param count how many
  boolean beginsLike(TokenHistory other, int count) {
    return count <= size
        && count <= other.size
        && Arrays.equals(ids, 0, count, other.ids, 0, count);
  }
}
