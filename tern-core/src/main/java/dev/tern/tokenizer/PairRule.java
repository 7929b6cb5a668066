package dev.tern.tokenizer;

/// Which two neighbours merge, and how early.
sealed interface PairRule permits MergeTable, TextRanks {
  /// No merge.
  long NONE = -1;

  /// Looks a pair up.
  ///
  /// @param left the id of the left symbol, -1 if it is not a token
  /// @param right the id of the right symbol, -1 if it is not a token
  /// @param text holds both
  /// @param from where the left symbol begins
  /// @param to where the right symbol ends
  /// @return the rank of the merge, lower is earlier, in the upper half and the id of the token it
  ///   makes in the lower; or [#NONE]
  long find(int left, int right, byte[] text, int from, int to);

  /// Puts a rank and an id, neither negative, together.
  static long merge(int rank, int id) {
    return ((long) rank << 32) | id;
  }
}
