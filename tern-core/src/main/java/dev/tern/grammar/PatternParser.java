package dev.tern.grammar;

import java.util.ArrayList;
import java.util.List;

/// Reads the part of ECMAScript's regular expressions that says nothing but which texts match:
/// literals, classes, groups, alternatives, repetitions, and anchors at the ends. The expression it
/// makes matches them as JSON strings are written.
final class PatternParser {
  private static final int MAX_NESTING = 50;
  private static final CodePoints DIGITS = CodePoints.of('0', '9');
  private static final CodePoints WORD =
      DIGITS.or(CodePoints.of('a', 'z')).or(CodePoints.of('A', 'Z')).or(CodePoints.of("_"));
  private static final CodePoints SPACE =
      CodePoints.of("\t\n\u000B\f\r \u00A0\u1680\u2028\u2029\u202F\u205F\u3000\uFEFF")
          .or(CodePoints.of(0x2000, 0x200A));
  private static final CodePoints NOT_LINE_END = CodePoints.of("\n\r\u2028\u2029").not();
  private static final String SYNTAX = "^$\\.*+?()[]{}|/-";

  private final String place;
  private final int[] text;
  private int position;
  private int nesting;

  private PatternParser(String place, String pattern) {
    this.place = place;
    this.text = pattern.codePoints().toArray();
  }

  /// The characters of JSON strings in which a pattern is found.
  ///
  /// @param place of the pattern, for messages
  static Expression parse(String place, String pattern) {
    PatternParser parser = new PatternParser(place, pattern);
    Expression found = parser.readAlternatives();
    if (parser.position < parser.text.length) {
      throw parser.refused("'%c' is not supported here".formatted(parser.peek()));
    }
    return found;
  }

  private Expression readAlternatives() {
    List<Expression> options = new ArrayList<>();
    do {
      options.add(readAnchored());
    } while (take('|'));
    return new Expression.Choice(options);
  }

  private Expression readAnchored() {
    boolean fromStart = take('^');
    Expression body = readSequence();
    boolean toEnd = take('$');
    Expression anything = Expression.many(JsonText.CHARACTER);
    return Expression.sequence(
        fromStart ? Expression.EMPTY : anything, body, toEnd ? Expression.EMPTY : anything);
  }

  private Expression readGroup() {
    position++;
    if (take('?') && !take(':')) {
      throw refused("groups that begin with '(?' other than '(?:' are not supported");
    }
    if (++nesting > MAX_NESTING) {
      throw refused("groups are nested more than %d deep".formatted(MAX_NESTING));
    }
    List<Expression> options = new ArrayList<>();
    do {
      options.add(readSequence());
    } while (take('|'));
    if (!take(')')) {
      throw refused(
          peek() < 0
              ? "a group does not end"
              : "'%c' inside a group is not supported".formatted(peek()));
    }
    nesting--;
    return new Expression.Choice(options);
  }

  private Expression readSequence() {
    List<Expression> parts = new ArrayList<>();
    while (true) {
      int c = peek();
      if (c < 0 || c == '|' || c == ')' || c == '$' || c == '^') {
        return new Expression.Sequence(parts);
      }
      parts.add(readRepeat(readAtom()));
    }
  }

  private Expression readAtom() {
    int c = peek();
    return switch (c) {
      case '(' -> readGroup();
      case '[' -> JsonText.character(readClass());
      case '.' -> {
        position++;
        yield JsonText.character(NOT_LINE_END);
      }
      case '\\' -> JsonText.character(readEscape());
      case '*', '+', '?', '{', '}', ']' ->
          throw refused("'%c' stands where it means nothing; escape it".formatted(c));
      default -> {
        position++;
        yield JsonText.character(CodePoints.of(c, c));
      }
    };
  }

  private CodePoints readClass() {
    position++;
    boolean negated = take('^');
    CodePoints set = CodePoints.of(List.of());
    if (peek() == ']') {
      throw refused("an empty class of characters is not supported");
    }
    while (!take(']')) {
      CodePoints first = readClassPart();
      boolean range = peek() == '-' && position + 1 < text.length && text[position + 1] != ']';
      if (range) {
        position++;
        first = range(first, readClassPart());
      }
      set = set.or(first);
    }
    return negated ? set.not() : set;
  }

  private CodePoints range(CodePoints first, CodePoints last) {
    int from = single(first);
    int to = single(last);
    if (to < from) {
      throw refused("a range of characters is the wrong way round");
    }
    return CodePoints.of(from, to);
  }

  private int single(CodePoints set) {
    if (set.ranges().size() == 1
        && set.ranges().getFirst().first() == set.ranges().getFirst().last()) {
      return set.ranges().getFirst().first();
    }
    throw refused("a range of characters needs one character at each end");
  }

  private CodePoints readClassPart() {
    int c = peek();
    if (c < 0) {
      throw refused("a class of characters does not end");
    }
    if (c == '\\') {
      return readEscape();
    }
    position++;
    return CodePoints.of(c, c);
  }

  private CodePoints readEscape() {
    position++;
    int c = peek();
    position++;
    return switch (c) {
      case 'd' -> DIGITS;
      case 'D' -> DIGITS.not();
      case 'w' -> WORD;
      case 'W' -> WORD.not();
      case 's' -> SPACE;
      case 'S' -> SPACE.not();
      case 'n' -> CodePoints.of("\n");
      case 'r' -> CodePoints.of("\r");
      case 't' -> CodePoints.of("\t");
      case 'f' -> CodePoints.of("\f");
      case 'v' -> CodePoints.of("\u000B");
      case 'x' -> readHexadecimal(2);
      case 'u' -> readHexadecimal(4);
      default -> {
        if (c < 0 || SYNTAX.indexOf(c) < 0) {
          throw refused(
              c < 0
                  ? "it ends in '\\'"
                  : "the escape '\\%s' is not supported".formatted(Character.toString(c)));
        }
        yield CodePoints.of(c, c);
      }
    };
  }

  private CodePoints readHexadecimal(int digits) {
    int value = 0;
    for (int i = 0; i < digits; i++) {
      int digit = peek() < 0 || peek() > 'f' ? -1 : Character.digit(peek(), 16);
      if (digit < 0) {
        throw refused("%d hexadecimal digits are missing".formatted(digits));
      }
      value = 16 * value + digit;
      position++;
    }
    if (Character.getType(value) == Character.SURROGATE) {
      throw refused("surrogates are not supported; write the character itself");
    }
    return CodePoints.of(value, value);
  }

  private Expression readRepeat(Expression atom) {
    int before = position;
    Expression repeated =
        switch (peek()) {
          case '*' -> marked(atom, 0, Expression.UNLIMITED);
          case '+' -> marked(atom, 1, Expression.UNLIMITED);
          case '?' -> marked(atom, 0, 1);
          case '{' -> readCounts(atom);
          default -> atom;
        };
    // Whether a repetition takes as much or as little as it can makes no difference to what
    // matches.
    if (position > before) {
      take('?');
    }
    return repeated;
  }

  private Expression marked(Expression atom, int least, int most) {
    position++;
    return new Expression.Repeat(atom, least, most);
  }

  private Expression readCounts(Expression atom) {
    position++;
    int least = readCount();
    int most = least;
    if (take(',')) {
      most = peek() == '}' ? Expression.UNLIMITED : readCount();
    }
    if (!take('}') || (most != Expression.UNLIMITED && most < least)) {
      throw refused("a repetition in braces is not of the form {n}, {n,} or {n,m}");
    }
    return new Expression.Repeat(atom, least, most);
  }

  private int readCount() {
    int start = position;
    long count = 0;
    while (peek() >= '0' && peek() <= '9' && count <= Integer.MAX_VALUE) {
      count = 10 * count + peek() - '0';
      position++;
    }
    if (position == start || count > Integer.MAX_VALUE) {
      throw refused("a repetition in braces is not of the form {n}, {n,} or {n,m}");
    }
    return (int) count;
  }

  private int peek() {
    return position < text.length ? text[position] : -1;
  }

  private boolean take(int expected) {
    if (peek() == expected) {
      position++;
      return true;
    }
    return false;
  }

  private GrammarException refused(String why) {
    return new GrammarException(
        "the JSON schema: %s: the regular expression cannot be enforced: at character %d: %s"
            .formatted(place, Math.min(position, text.length) + 1, why));
  }
}
