package dev.tern.tokenizer;

import java.util.Random;

/// Random texts of everything a Java string can hold.
final class UnicodeTexts {
  private UnicodeTexts() {}

  /// A text with characters of all planes, combining marks, white space of all kinds, NUL, and
  /// halves of surrogate pairs.
  static String next(Random random) {
    StringBuilder text = new StringBuilder();
    for (int length = random.nextInt(60); length > 0; length--) {
      switch (random.nextInt(8)) {
        case 0 -> text.appendCodePoint(random.nextInt(Character.MAX_CODE_POINT + 1));
        case 1 -> text.append((char) random.nextInt(0x10000));
        case 2 -> text.append((char) (0x300 + random.nextInt(0x70)));
        case 3 ->
            text.append(" \t\n\r\u0000\u00a0\u2003\u3000\u2581\ufeff".charAt(random.nextInt(10)));
        case 4 -> text.append((char) (0xD800 + random.nextInt(0x800)));
        case 5 -> text.append(" ".repeat(random.nextInt(6)));
        default -> text.append((char) (' ' + random.nextInt(95)));
      }
    }
    return text.toString();
  }

  /// The text with U+FFFD for every half of a surrogate pair that stands alone.
  static String repaired(String text) {
    StringBuilder result = new StringBuilder();
    text.codePoints()
        .map(c -> c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE ? 0xFFFD : c)
        .forEach(result::appendCodePoint);
    return result.toString();
  }
}
