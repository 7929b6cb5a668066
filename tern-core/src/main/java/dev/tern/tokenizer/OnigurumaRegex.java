package dev.tern.tokenizer;

import dev.tern.ModelFormatException;
import dev.tern.UnsupportedModelException;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/// Translates the regular expressions of `tokenizer.json`, which are written for Oniguruma in its
/// Ruby syntax, to `java.util.regex`.
///
/// Only what is known to mean the same on both sides is let through; the rest is refused by name,
/// because an expression that is understood almost right gives almost the right tokens. Oniguruma's
/// classes `\s`, `\d` and `\w` are those of Unicode.
///
/// Source: Oniguruma's `doc/RE`; which characters belong to `\w` was counted with Hugging Face
/// tokenizers 0.23.2.
final class OnigurumaRegex {
  private static final int MAX_LENGTH = 16_384;
  private static final int MAX_DEPTH = 64;

  private static final String SPACE = "\\p{IsWhite_Space}";

  /// The last six are not letters, marks or decimal digits, but Oniguruma's table has them.
  private static final String WORD_CONTENT =
      "\\p{IsAlphabetic}\\p{M}\\p{Nd}\\p{Pc}\u00B2\u00B3\u00B9\u00BC\u00BD\u00BE";

  private static final String WORD = "[" + WORD_CONTENT + "]";
  private static final String WORD_BOUNDARY =
      "(?:(?<=%1$s)(?!%1$s)|(?<!%1$s)(?=%1$s))".formatted(WORD);

  private static final Pattern FOUR_DIGITS = Pattern.compile("[0-9A-Fa-f]{4}");
  private static final Pattern BRACED_OR_TWO_DIGITS =
      Pattern.compile("\\{[0-9A-Fa-f]{1,6}\\}|[0-9A-Fa-f]{2}");

  private static final Set<String> CATEGORIES =
      Set.of(
          "L", "Lu", "Ll", "Lt", "Lm", "Lo", "M", "Mn", "Mc", "Me", "N", "Nd", "Nl", "No", "P",
          "Pc", "Pd", "Ps", "Pe", "Pi", "Pf", "Po", "S", "Sm", "Sc", "Sk", "So", "Z", "Zs", "Zl",
          "Zp", "C", "Cc", "Cf", "Co", "Cn");

  private final String source;
  private final String expression;
  private final StringBuilder java = new StringBuilder();
  private int position;
  private int depth;

  private OnigurumaRegex(String source, String expression) {
    this.source = source;
    this.expression = expression;
  }

  /// Compiles an expression.
  ///
  /// @param source where it comes from, for messages
  /// @throws ModelFormatException if it is not a regular expression
  /// @throws UnsupportedModelException if it uses something that is not translated
  static Pattern compile(String source, String expression) {
    if (expression.length() > MAX_LENGTH) {
      throw new UnsupportedModelException(
          "%s: a regular expression of %d characters; Tern reads those of up to %d"
              .formatted(source, expression.length(), MAX_LENGTH));
    }
    String translated = new OnigurumaRegex(source, expression).translate();
    try {
      return Pattern.compile(translated);
    } catch (PatternSyntaxException invalid) {
      throw new ModelFormatException(
          "%s: the regular expression '%s' is not valid: %s"
              .formatted(source, expression, invalid.getDescription()),
          invalid);
    }
  }

  private String translate() {
    while (position < expression.length()) {
      char c = expression.charAt(position);
      switch (c) {
        case '\\' -> java.append(escape(false));
        case '[' -> characterClass();
        case '(' -> group();
        case ')' -> {
          depth--;
          copy(1);
        }
        case '*', '+', '?', '{' -> quantifier();
        case '.' -> replace(1, "[^\\n]");
        case '$' -> replace(1, "(?![^\\n])");
        case '^' -> throw unsupported("the anchor ^", position);
        default -> copy(1);
      }
    }
    return java.toString();
  }

  private void copy(int length) {
    java.append(expression, position, position + length);
    position += length;
  }

  private void replace(int length, String translated) {
    java.append(translated);
    position += length;
  }

  private void group() {
    if (++depth > MAX_DEPTH) {
      throw unsupported("groups nested more than " + MAX_DEPTH + " deep", position);
    }
    if (expression.startsWith("(?i:", position)) {
      // Unicode's case folding, so that the long s counts as an s.
      replace("(?i:".length(), "(?iu:");
    } else if (expression.startsWith("(?<=", position) || expression.startsWith("(?<!", position)) {
      copy("(?<=".length());
    } else if (expression.startsWith("(?", position)) {
      if (position + 2 >= expression.length()
          || ":=!>".indexOf(expression.charAt(position + 2)) < 0) {
        throw unsupported("a group of this kind", position);
      }
      copy("(?:".length());
    } else {
      replace(1, "(?:");
    }
  }

  private void quantifier() {
    int start = position;
    boolean counted = expression.charAt(position) == '{';
    if (counted) {
      int end = expression.indexOf('}', position);
      if (end < 0 || !expression.substring(position + 1, end).matches("\\d{1,9}(,\\d{0,9})?")) {
        throw unsupported("a brace that is not a quantifier like {1,3}", position);
      }
      copy(end + 1 - position);
    } else {
      copy(1);
    }
    if (position < expression.length() && "+?".indexOf(expression.charAt(position)) >= 0) {
      if (counted) {
        throw unsupported("a quantifier in braces with a suffix", start);
      }
      copy(1);
    }
    if (position < expression.length() && "*+?{".indexOf(expression.charAt(position)) >= 0) {
      throw unsupported("a quantifier of a quantifier", start);
    }
  }

  private void characterClass() {
    int start = position;
    copy(1);
    boolean negated = position < expression.length() && expression.charAt(position) == '^';
    if (negated) {
      copy(1);
    }
    int content = position;
    while (position < expression.length() && expression.charAt(position) != ']') {
      if (expression.charAt(position) == '\\') {
        java.append(escape(true));
      } else if (expression.charAt(position) == '[') {
        nestedClass(negated);
      } else if (expression.startsWith("&&", position)) {
        refuseIn(negated, "an intersection in a negated class");
        copy(2);
      } else {
        copy(1);
      }
    }
    if (position >= expression.length() || position == content) {
      throw unsupported("a character class that is empty or does not end", start);
    }
    copy(1);
  }

  private void nestedClass(boolean negated) {
    refuseIn(negated, "a class in a negated class");
    if (expression.startsWith("[:", position)) {
      throw unsupported("a POSIX class", position);
    }
    if (++depth > MAX_DEPTH) {
      throw unsupported("classes nested more than " + MAX_DEPTH + " deep", position);
    }
    characterClass();
    depth--;
  }

  private void refuseIn(boolean negated, String what) {
    if (negated) {
      throw unsupported(what, position);
    }
  }

  /// Reads the escape that begins here.
  private String escape(boolean inClass) {
    int start = position;
    if (position + 1 >= expression.length()) {
      throw unsupported("a backslash at the end", start);
    }
    char c = expression.charAt(position + 1);
    position += 2;
    return switch (c) {
      case 's' -> SPACE;
      case 'S' -> "\\P{IsWhite_Space}";
      case 'd' -> "\\p{Nd}";
      case 'D' -> "\\P{Nd}";
      case 'w' -> inClass ? WORD_CONTENT : WORD;
      case 'W' -> {
        refuseIn(inClass, "\\W in a class");
        yield "[^" + WORD_CONTENT + "]";
      }
      case 'h' -> inClass ? "0-9A-Fa-f" : "[0-9A-Fa-f]";
      case 'b' -> {
        refuseIn(inClass, "\\b in a class");
        yield WORD_BOUNDARY;
      }
      case 'p', 'P' -> property(c, start);
      case 'x', 'u' -> codePoint(c, start);
      case 'n', 'r', 't', 'f', 'e', 'a' -> "\\" + c;
      case 'v' -> "\\x0B";
      default -> {
        if (Character.isLetterOrDigit(c)) {
          throw unsupported("the escape \\" + c, start);
        }
        yield c < 128 ? "\\" + c : Character.toString(c);
      }
    };
  }

  private String property(char kind, int start) {
    int end = expression.indexOf('}', position);
    if (position >= expression.length() || expression.charAt(position) != '{' || end < 0) {
      throw unsupported("a property without braces", start);
    }
    String name = expression.substring(position + 1, end);
    boolean negated = (kind == 'P') != name.startsWith("^");
    name = name.startsWith("^") ? name.substring(1) : name;
    position = end + 1;
    String translated = CATEGORIES.contains(name) ? name : isScript(name) ? "Is" + name : null;
    if (translated == null) {
      throw unsupported("the property " + name, start);
    }
    return (negated ? "\\P{" : "\\p{") + translated + "}";
  }

  private static boolean isScript(String name) {
    try {
      return name.length() > 2 && Character.UnicodeScript.forName(name) != null;
    } catch (IllegalArgumentException unknown) {
      return false;
    }
  }

  private String codePoint(char kind, int start) {
    Matcher digits = (kind == 'u' ? FOUR_DIGITS : BRACED_OR_TWO_DIGITS).matcher(expression);
    if (!digits.region(position, expression.length()).lookingAt()) {
      throw unsupported("the escape \\" + kind + " without a character's number", start);
    }
    position = digits.end();
    return "\\x{" + digits.group().replaceAll("[{}]", "") + "}";
  }

  private UnsupportedModelException unsupported(String what, int at) {
    return new UnsupportedModelException(
        "%s: the regular expression '%s' has %s at character %d, which Tern does not translate; choose a pre-tokenizer by its name instead"
            .formatted(source, expression, what, at));
  }
}
