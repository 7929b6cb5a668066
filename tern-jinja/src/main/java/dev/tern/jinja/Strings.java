package dev.tern.jinja;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.IntPredicate;

/// What Python's strings do where Java's do something else.
final class Strings {
  private Strings() {}

  /// {@return whether `str.isspace` holds of a character; all such characters are in the BMP}
  static boolean isSpace(int c) {
    return (c >= 0x09 && c <= 0x0D)
        || (c >= 0x1C && c <= 0x20)
        || c == 0x85
        || c == 0xA0
        || c == 0x1680
        || (c >= 0x2000 && c <= 0x200A)
        || c == 0x2028
        || c == 0x2029
        || c == 0x202F
        || c == 0x205F
        || c == 0x3000;
  }

  static String strip(String text) {
    return stripStart(stripEnd(text));
  }

  static String stripStart(String text) {
    return stripStart(text, Strings::isSpace);
  }

  static String stripEnd(String text) {
    return stripEnd(text, Strings::isSpace);
  }

  static String stripStart(String text, IntPredicate goes) {
    int from = 0;
    while (from < text.length() && goes.test(text.codePointAt(from))) {
      from += Character.charCount(text.codePointAt(from));
    }
    return text.substring(from);
  }

  static String stripEnd(String text, IntPredicate goes) {
    int to = text.length();
    while (to > 0 && goes.test(text.codePointBefore(to))) {
      to -= Character.charCount(text.codePointBefore(to));
    }
    return text.substring(0, to);
  }

  static int length(String text) {
    return text.codePointCount(0, text.length());
  }

  /// {@return `text.split()`: the words between whitespace}
  ///
  /// @param limit the most splits, or a negative number
  static List<String> words(String text, long limit) {
    List<String> words = new ArrayList<>();
    int at = skip(text, 0, true);
    while (at < text.length()) {
      if (words.size() == limit) {
        words.add(text.substring(at));
        return words;
      }
      int end = skip(text, at, false);
      words.add(text.substring(at, end));
      at = skip(text, end, true);
    }
    return words;
  }

  private static int skip(String text, int from, boolean space) {
    int at = from;
    while (at < text.length() && isSpace(text.charAt(at)) == space) {
      at++;
    }
    return at;
  }

  /// {@return `text.split(separator)`}
  ///
  /// @param limit the most splits, or a negative number
  static List<String> split(String text, String separator, long limit) {
    List<String> parts = new ArrayList<>();
    int from = 0;
    int at = text.indexOf(separator);
    while (at >= 0 && parts.size() != limit) {
      parts.add(text.substring(from, at));
      from = at + separator.length();
      at = text.indexOf(separator, from);
    }
    parts.add(text.substring(from));
    return parts;
  }

  /// {@return `text.splitlines()`}
  static List<String> lines(String text) {
    List<String> lines = new ArrayList<>();
    int from = 0;
    for (int at = 0; at < text.length(); at++) {
      if (isLineEnd(text.charAt(at))) {
        lines.add(text.substring(from, at));
        boolean pair = text.startsWith("\r\n", at);
        at = pair ? at + 1 : at;
        from = at + 1;
      }
    }
    if (from < text.length()) {
      lines.add(text.substring(from));
    }
    return lines;
  }

  private static boolean isLineEnd(char c) {
    return (c >= 0x0A && c <= 0x0D)
        || (c >= 0x1C && c <= 0x1E)
        || c == 0x85
        || c == 0x2028
        || c == 0x2029;
  }

  /// {@return how often a text, which is not empty, occurs in another without overlap}
  static int count(String text, String sought) {
    int count = 0;
    for (int at = text.indexOf(sought); at >= 0; at = text.indexOf(sought, at + sought.length())) {
      count++;
    }
    return count;
  }

  static String lower(String text) {
    return text.toLowerCase(Locale.ROOT);
  }

  static String upper(String text) {
    return text.toUpperCase(Locale.ROOT);
  }

  static String capitalize(String text) {
    if (text.isEmpty()) {
      return text;
    }
    int first = Character.charCount(text.codePointAt(0));
    // Lowered as a whole, because a final sigma depends on what stands before it.
    String lower = lower(text);
    return titleCase(text.codePointAt(0))
        + lower.substring(lower(text.substring(0, first)).length());
  }

  /// {@return `text.title()`: letters after letters small, other letters large}
  static String title(String text) {
    StringBuilder title = new StringBuilder(text.length());
    boolean afterLetter = false;
    int at = 0;
    while (at < text.length()) {
      int c = text.codePointAt(at);
      if (c == 'Σ' && afterLetter) {
        throw TemplateException.unsupported("title() of a text with a Greek sigma");
      }
      title.append(afterLetter ? lower(Character.toString(c)) : titleCase(c));
      afterLetter = isCased(c);
      at += Character.charCount(c);
    }
    return title.toString();
  }

  private static boolean isCased(int c) {
    return Character.isUpperCase(c) || Character.isLowerCase(c) || Character.isTitleCase(c);
  }

  private static String titleCase(int c) {
    String simple = Character.toString(Character.toTitleCase(c));
    String upper = upper(Character.toString(c));
    if (length(upper) == 1) {
      return simple;
    }
    // Characters such as ß become two or three, of which only the first is large.
    if (c == 0x149 || (c >= 0x1F80 && c <= 0x1FFC)) {
      throw TemplateException.unsupported("the title case of '%c'".formatted(c));
    }
    int first = upper.codePointAt(0);
    return Character.toString(first) + lower(upper.substring(Character.charCount(first)));
  }
}
