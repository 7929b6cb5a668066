package dev.tern.jinja;

/// Reads the escapes of string literals as Python does: a backslash before anything else stays.
final class StringEscapes {
  private StringEscapes() {}

  static String decode(String literal) {
    if (literal.indexOf('\\') < 0) {
      return literal;
    }
    StringBuilder text = new StringBuilder(literal.length());
    int at = 0;
    while (at < literal.length()) {
      char c = literal.charAt(at++);
      if (c == '\\') {
        at = decodeEscape(literal, at, text);
      } else {
        text.append(c);
      }
    }
    return text.toString();
  }

  /// {@return where the text after an escape begins}
  ///
  /// @param at the character after the backslash; a literal does not end with a backslash
  private static int decodeEscape(String literal, int at, StringBuilder text) {
    char c = literal.charAt(at);
    int next = at + 1;
    switch (c) {
      case '\n' -> {}
      case '\\', '\'', '"' -> text.append(c);
      case 'a' -> text.append('\u0007');
      case 'b' -> text.append('\b');
      case 'f' -> text.append('\f');
      case 'n' -> text.append('\n');
      case 'r' -> text.append('\r');
      case 't' -> text.append('\t');
      case 'v' -> text.append('\u000B');
      case 'x' -> next = decodeHex(literal, next, 2, text);
      case 'u' -> next = decodeHex(literal, next, 4, text);
      case 'U' -> next = decodeHex(literal, next, 8, text);
      case '0', '1', '2', '3', '4', '5', '6', '7' -> next = decodeOctal(literal, at, text);
      default -> {
        // Jinja2 reads a backslash before another alphabet's letter in a way nobody expects.
        if (c == 'N' || c > '\u007F') {
          throw TemplateException.unsupported("the escape \\" + c);
        }
        text.append('\\').append(c);
      }
    }
    return next;
  }

  private static int decodeHex(String literal, int from, int digits, StringBuilder text) {
    long value = 0;
    for (int at = from; at < from + digits; at++) {
      int digit = at < literal.length() ? Character.digit(literal.charAt(at), 16) : -1;
      if (digit < 0 || literal.charAt(at) > 'f') {
        throw new TemplateException(
            "an escape in a string needs %d hexadecimal digits".formatted(digits));
      }
      value = value * 16 + digit;
    }
    if (value > Character.MAX_CODE_POINT || (value >= 0xD800 && value <= 0xDFFF)) {
      throw new TemplateException("an escape in a string is no character");
    }
    text.appendCodePoint((int) value);
    return from + digits;
  }

  private static int decodeOctal(String literal, int from, StringBuilder text) {
    int value = 0;
    int at = from;
    while (at < from + 3 && at < literal.length() && "01234567".indexOf(literal.charAt(at)) >= 0) {
      value = value * 8 + literal.charAt(at++) - '0';
    }
    text.append((char) value);
    return at;
  }
}
