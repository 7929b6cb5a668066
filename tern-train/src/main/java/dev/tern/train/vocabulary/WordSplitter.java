package dev.tern.train.vocabulary;

import java.util.function.Consumer;

/// Cuts text in which U+2581 stands for spaces into the stretches that a SentencePiece token may
/// lie in: a word with the spaces before it, a single digit, other characters; line ends and other
/// control characters are in none.
///
/// Source: SentencePiece's trainer with `split_by_whitespace`, `split_by_number` and
/// `split_digits`, as Llama 2 was trained.
final class WordSplitter {
  static final char SPACE_MARK = '\u2581';

  private enum Kind {
    SPACE,
    LETTERS,
    DIGIT,
    OTHER,
    CONTROL
  }

  private WordSplitter() {}

  private static Kind kind(int codePoint) {
    if (codePoint == SPACE_MARK) {
      return Kind.SPACE;
    }
    if (Character.isISOControl(codePoint)) {
      return Kind.CONTROL;
    }
    return switch (Character.getType(codePoint)) {
      case Character.DECIMAL_DIGIT_NUMBER, Character.LETTER_NUMBER, Character.OTHER_NUMBER ->
          Kind.DIGIT;
      case Character.NON_SPACING_MARK, Character.COMBINING_SPACING_MARK, Character.ENCLOSING_MARK ->
          Kind.LETTERS;
      default -> Character.isLetter(codePoint) ? Kind.LETTERS : Kind.OTHER;
    };
  }

  /// Cuts a text.
  ///
  /// @param text marked
  /// @param word takes each stretch
  static void split(String text, Consumer<String> word) {
    int start = 0;
    Kind before = Kind.CONTROL;
    for (int at = 0; at < text.length(); ) {
      int codePoint = text.codePointAt(at);
      Kind kind = kind(codePoint);
      boolean joins = before == Kind.SPACE || (kind == before && kind != Kind.DIGIT);
      if (!joins || kind == Kind.CONTROL) {
        emit(text, start, at, word);
        start = at;
      }
      at += Character.charCount(codePoint);
      if (kind == Kind.CONTROL) {
        start = at;
      }
      before = kind;
    }
    emit(text, start, text.length(), word);
  }

  private static void emit(String text, int from, int to, Consumer<String> word) {
    if (from < to) {
      word.accept(text.substring(from, to));
    }
  }
}
