package dev.tern.tokenizer;

import java.util.regex.Pattern;

/// One step of pre-tokenization: it cuts every piece that the step before it left.
sealed interface PreTokenizerStep {
  /// What becomes of the matches of a pattern; the stretches between them always are pieces.
  enum Behavior {
    /// A match is a piece of its own.
    ISOLATED,
    /// A match is thrown away.
    REMOVED,
    /// A match joins the piece before it, unless that is a match.
    MERGED_WITH_PREVIOUS,
    /// A match joins the piece after it, unless that is a match.
    MERGED_WITH_NEXT,
    /// Matches that touch are one piece.
    CONTIGUOUS
  }

  /// Cuts at the matches of a pattern.
  ///
  /// @param inverted whether the stretches between the matches count as the matches
  record Split(Pattern pattern, Behavior behavior, boolean inverted) implements PreTokenizerStep {
    Split(Pattern pattern) {
      this(pattern, Behavior.ISOLATED, false);
    }
  }

  /// Puts a space in front of every piece that has none.
  record SpacePrefix() implements PreTokenizerStep {}

  /// Spells a piece in [ByteAlphabet], so that the steps after it see bytes.
  record Bytes() implements PreTokenizerStep {}

  /// Puts a mark in place of spaces.
  ///
  /// @param mark in place of a space
  /// @param prefix where a mark is put in front of a text that has none
  /// @param cuts whether every mark begins a piece
  record Metaspace(char mark, Prefix prefix, boolean cuts) implements PreTokenizerStep {
    /// Where a mark is put in front.
    enum Prefix {
      /// Nowhere.
      NEVER,
      /// At the beginning of the whole text.
      FIRST,
      /// Also after every special token.
      ALWAYS
    }
  }
}
