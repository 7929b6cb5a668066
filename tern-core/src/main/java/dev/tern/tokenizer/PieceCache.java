package dev.tern.tokenizer;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Remembers the tokens of pieces, because a text repeats its words: a table of fixed size in which
/// a later piece takes an earlier one's place.
///
/// Safe for use by many threads without locks: an entry never changes once it is made, so that a
/// thread finds either a whole entry or none.
final class PieceCache {
  private static final int SLOTS = 1 << 14;

  /// Longer pieces are rare, and would make the bound on memory a large one.
  private static final int MAX_BYTES = 64;

  private static final class Entry {
    private final int hash;
    private final byte[] piece;
    private final int[] ids;

    Entry(int hash, byte[] piece, int[] ids) {
      this.hash = hash;
      this.piece = piece;
      this.ids = ids;
    }
  }

  private final @Nullable Entry[] entries = new Entry[SLOTS];

  /// Whether a piece is of a size that is remembered.
  static boolean admits(int length) {
    return length <= MAX_BYTES;
  }

  /// The tokens of a piece, not to be changed, or null if they are not remembered.
  int @Nullable [] find(byte[] text, int from, int to, int hash) {
    Entry entry = entries[hash & (SLOTS - 1)];
    return entry != null
            && entry.hash == hash
            && Arrays.equals(entry.piece, 0, entry.piece.length, text, from, to)
        ? entry.ids
        : null;
  }

  void remember(byte[] text, int from, int to, int hash, int[] ids) {
    entries[hash & (SLOTS - 1)] = new Entry(hash, Arrays.copyOfRange(text, from, to), ids);
  }
}
