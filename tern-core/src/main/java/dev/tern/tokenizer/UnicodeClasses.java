package dev.tern.tokenizer;

/// Classes of characters as the Unicode standard defines them, where the JDK's own differ.
final class UnicodeClasses {
  private static final int ZERO_WIDTH_NON_JOINER = 0x200C;
  private static final int ZERO_WIDTH_JOINER = 0x200D;

  private UnicodeClasses() {}

  /// Whether a character has the property White_Space. `Character.isWhitespace` leaves out the
  /// non-breaking spaces and lets in the information separators.
  static boolean isWhiteSpace(int codePoint) {
    return (codePoint >= '\t' && codePoint <= '\r')
        || codePoint == 0x85
        || Character.isSpaceChar(codePoint);
  }

  /// Whether a character belongs to a word in the sense of Unicode's regular expressions.
  static boolean isWord(int codePoint) {
    return switch (Character.getType(codePoint)) {
      case Character.NON_SPACING_MARK,
          Character.COMBINING_SPACING_MARK,
          Character.ENCLOSING_MARK,
          Character.DECIMAL_DIGIT_NUMBER,
          Character.CONNECTOR_PUNCTUATION ->
          true;
      default ->
          Character.isAlphabetic(codePoint)
              || codePoint == ZERO_WIDTH_NON_JOINER
              || codePoint == ZERO_WIDTH_JOINER;
    };
  }

  /// A text in which U+FFFD stands for every half of a surrogate pair that lacks its other half.
  static String wellFormed(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (Character.isSurrogate(text.charAt(i))) {
        if (isPair(text, i)) {
          i++;
        } else {
          return repaired(text, i);
        }
      }
    }
    return text;
  }

  private static String repaired(String text, int firstHalf) {
    StringBuilder result = new StringBuilder(text);
    for (int i = firstHalf; i < text.length(); i++) {
      if (Character.isSurrogate(text.charAt(i))) {
        if (isPair(text, i)) {
          i++;
        } else {
          result.setCharAt(i, '\uFFFD');
        }
      }
    }
    return result.toString();
  }

  private static boolean isPair(String text, int at) {
    return Character.isHighSurrogate(text.charAt(at))
        && at + 1 < text.length()
        && Character.isLowSurrogate(text.charAt(at + 1));
  }
}
