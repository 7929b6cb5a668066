package dev.tern.tokenizer;

import java.util.function.UnaryOperator;

/// Writes text as SentencePiece sees it: with U+2581 for spaces.
///
/// Source: SentencePiece, `src/normalizer.cc`, with the identity rule; llama.cpp, which does this
/// to every stretch between special tokens.
///
/// @param prefix whether a space is put in front of the text
/// @param collapse whether spaces at its ends are removed and runs of spaces become one
record SpaceMarks(boolean prefix, boolean collapse) implements UnaryOperator<String> {
  private static final char SPACE = ' ';

  @Override
  public String apply(String text) {
    String spaced = collapse ? collapsed(text) : text;
    if (spaced.isEmpty()) {
      return spaced;
    }
    String marked = spaced.replace(SPACE, Vocabulary.SPACE_MARK);
    return prefix ? Vocabulary.SPACE_MARK + marked : marked;
  }

  private static String collapsed(String text) {
    StringBuilder result = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      boolean repeats = result.isEmpty() || result.charAt(result.length() - 1) == SPACE;
      if (c != SPACE || !repeats) {
        result.append(c);
      }
    }
    int end = result.length();
    // At the end, and only there, SentencePiece takes marks that the text itself had for spaces.
    while (end > 0 && isSpaceOrMark(result.charAt(end - 1))) {
      end--;
    }
    return result.substring(0, end);
  }

  private static boolean isSpaceOrMark(char c) {
    return c == SPACE || c == Vocabulary.SPACE_MARK;
  }
}
