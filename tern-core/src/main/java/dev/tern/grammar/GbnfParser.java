package dev.tern.grammar;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/// Reads llama.cpp's GBNF, by recursive descent.
///
/// Source: llama.cpp, `grammars/README.md` and `src/llama-grammar.cpp`.
final class GbnfParser {
  private static final int MAX_NESTING = 100;
  private static final int MAX_MARKS = 3;
  private static final String ROOT = "root";
  private static final String LINE_HINT =
      "; a rule ends with its line, except behind '|' and inside parentheses";

  private final int[] text;
  private final RuleSet rules = new RuleSet();
  private final Map<String, Integer> numbers = new HashMap<>();

  /// By rule, where it was first mentioned.
  private final List<Integer> mentions = new ArrayList<>();

  private int position;
  private int nesting;

  GbnfParser(String text) {
    this.text = text.codePoints().toArray();
  }

  RuleSet read() {
    skipSpace(true);
    while (peek() >= 0) {
      readRule();
    }
    for (int rule = 0; rule < rules.size(); rule++) {
      if (!rules.isDefined(rule)) {
        throw wrong(mentions.get(rule), "the rule '%s' is not defined".formatted(rules.name(rule)));
      }
    }
    if (!numbers.containsKey(ROOT)) {
      throw wrong(position, "there is no rule 'root', with which a text begins");
    }
    return rules;
  }

  int root() {
    return Objects.requireNonNull(numbers.get(ROOT));
  }

  private void readRule() {
    int start = position;
    int rule = rule(readName(), start);
    if (rules.isDefined(rule)) {
      throw wrong(start, "the rule '%s' is defined twice".formatted(rules.name(rule)));
    }
    skipSpace(false);
    for (char c : new char[] {':', ':', '='}) {
      if (!take(c)) {
        throw unexpected("'::='");
      }
    }
    skipSpace(true);
    rules.define(rule, readChoice(false));
    if (peek() >= 0 && !isLineBreak(peek())) {
      throw unexpected("'|' or the end of the line");
    }
    skipSpace(true);
  }

  private int rule(String name, int at) {
    return numbers.computeIfAbsent(
        name,
        _ -> {
          mentions.add(at);
          return rules.declare(name);
        });
  }

  private String readName() {
    int start = position;
    while (isNamePart(peek())) {
      position++;
    }
    if (position == start) {
      throw unexpected("the name of a rule, of letters, digits and '-'");
    }
    return new String(text, start, position - start);
  }

  private static boolean isNamePart(int c) {
    return c == '-' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  }

  private Expression readChoice(boolean nested) {
    if (++nesting > MAX_NESTING) {
      throw wrong(position, "parentheses are nested more than %d deep".formatted(MAX_NESTING));
    }
    List<Expression> options = new ArrayList<>();
    options.add(readSequence(nested));
    while (take('|')) {
      skipSpace(true);
      options.add(readSequence(nested));
    }
    nesting--;
    return options.size() == 1 ? options.getFirst() : new Expression.Choice(options);
  }

  private Expression readSequence(boolean nested) {
    List<Expression> parts = new ArrayList<>();
    int marks = 0;
    while (true) {
      int c = peek();
      boolean repeats = c == '*' || c == '+' || c == '?' || c == '{';
      marks = repeats ? marks + 1 : 0;
      if (c == '"') {
        parts.add(readLiteral());
      } else if (c == '[') {
        parts.add(readClass());
      } else if (c == '.') {
        position++;
        parts.add(new Expression.Characters(CodePoints.ALL));
      } else if (c == '(') {
        parts.add(readGroup());
      } else if (isNamePart(c)) {
        int start = position;
        parts.add(new Expression.Reference(rule(readName(), start)));
      } else if (repeats) {
        if (parts.isEmpty() || marks > MAX_MARKS) {
          throw wrong(
              position,
              parts.isEmpty()
                  ? "there is nothing before '%c' to repeat".formatted(c)
                  : "too many repetitions of one thing");
        }
        parts.add(readRepeat(parts.removeLast(), nested));
      } else {
        return parts.size() == 1 ? parts.getFirst() : new Expression.Sequence(parts);
      }
      skipSpace(nested);
    }
  }

  private Expression readGroup() {
    int start = position++;
    skipSpace(true);
    Expression body = readChoice(true);
    if (!take(')')) {
      throw peek() < 0
          ? wrong(start, "the parenthesis that begins here does not end")
          : unexpected("')'");
    }
    return body;
  }

  private Expression readLiteral() {
    int start = position++;
    StringBuilder literal = new StringBuilder();
    while (!take('"')) {
      if (peek() < 0 || isLineBreak(peek())) {
        throw wrong(start, "the text in quotes that begins here does not end");
      }
      literal.appendCodePoint(readCharacter());
    }
    return Expression.literal(literal.toString());
  }

  private Expression readClass() {
    int start = position++;
    boolean negated = take('^');
    List<CodePoints.Range> ranges = new ArrayList<>();
    while (!take(']')) {
      int at = position;
      if (peek() < 0 || isLineBreak(peek())) {
        throw wrong(start, "the class of characters that begins here does not end");
      }
      int first = readCharacter();
      int last = first;
      if (peek() == '-' && position + 1 < text.length && text[position + 1] != ']') {
        position++;
        last = readCharacter();
      }
      if (last < first) {
        throw wrong(at, "the range of characters is the wrong way round");
      }
      ranges.add(new CodePoints.Range(first, last));
    }
    if (ranges.isEmpty()) {
      throw wrong(start, "the class of characters is empty");
    }
    CodePoints set = CodePoints.of(ranges);
    return new Expression.Characters(negated ? set.not() : set);
  }

  private int readCharacter() {
    int at = position;
    int c = peek();
    position++;
    if (c != '\\') {
      if (Character.getType(c) == Character.SURROGATE) {
        throw wrong(at, "half a surrogate pair is no character");
      }
      return c;
    }
    int escape = peek();
    position++;
    return switch (escape) {
      case 'n' -> '\n';
      case 't' -> '\t';
      case 'r' -> '\r';
      case '"', '\\', '[', ']', '-', '^' -> escape;
      case 'x' -> readHexadecimal(at, 2);
      case 'u' -> readHexadecimal(at, 4);
      case 'U' -> readHexadecimal(at, 8);
      default ->
          throw wrong(
              at,
              "there is no such escape; there are \\n \\t \\r \\\" \\\\ \\[ \\] \\- \\^ \\xXX \\uXXXX \\UXXXXXXXX");
    };
  }

  private int readHexadecimal(int at, int digits) {
    long value = 0;
    for (int i = 0; i < digits; i++) {
      int digit = peek() < 0 || peek() > 'f' ? -1 : Character.digit(peek(), 16);
      if (digit < 0) {
        throw unexpected("%d hexadecimal digits".formatted(digits));
      }
      value = 16 * value + digit;
      position++;
    }
    if (value > Character.MAX_CODE_POINT
        || (value >= Character.MIN_SURROGATE && value <= Character.MAX_SURROGATE)) {
      throw wrong(at, "there is no character U+%04X".formatted(value));
    }
    return (int) value;
  }

  private Expression readRepeat(Expression body, boolean nested) {
    int at = position;
    int mark = peek();
    position++;
    if (mark != '{') {
      return new Expression.Repeat(
          body, mark == '+' ? 1 : 0, mark == '?' ? 1 : Expression.UNLIMITED);
    }
    skipSpace(nested);
    int least = readCount();
    int most = least;
    skipSpace(nested);
    if (take(',')) {
      skipSpace(nested);
      most = peek() == '}' ? Expression.UNLIMITED : readCount();
      skipSpace(nested);
    }
    if (!take('}')) {
      throw unexpected("'}'");
    }
    if (most != Expression.UNLIMITED && most < least) {
      throw wrong(at, "from %d to %d times is the wrong way round".formatted(least, most));
    }
    return new Expression.Repeat(body, least, most);
  }

  private int readCount() {
    int at = position;
    long count = 0;
    while (peek() >= '0' && peek() <= '9') {
      count = 10 * count + peek() - '0';
      position++;
      if (count > Integer.MAX_VALUE) {
        throw wrong(at, "more than %d repetitions".formatted(Integer.MAX_VALUE));
      }
    }
    if (position == at) {
      throw unexpected("a number of repetitions");
    }
    return (int) count;
  }

  /// Skips blanks and comments.
  private void skipSpace(boolean lineBreaks) {
    while (true) {
      int c = peek();
      if (c == '#') {
        while (peek() >= 0 && !isLineBreak(peek())) {
          position++;
        }
      } else if (c == ' ' || c == '\t' || (lineBreaks && isLineBreak(c))) {
        position++;
      } else {
        return;
      }
    }
  }

  private static boolean isLineBreak(int c) {
    return c == '\n' || c == '\r';
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

  private GrammarException unexpected(String expected) {
    int c = peek();
    if (c < 0) {
      return wrong(position, "expected %s, but the grammar ends".formatted(expected));
    }
    if (c == '<' || c == '!') {
      return wrong(
          position, "expected %s; tokens by name (<...>) are not supported".formatted(expected));
    }
    String found =
        Character.isISOControl(c) ? "U+%04X".formatted(c) : "'" + Character.toString(c) + "'";
    return wrong(
        position,
        "expected %s, found %s"
            .formatted(expected, isLineBreak(c) || c == '|' ? found + LINE_HINT : found));
  }

  private GrammarException wrong(int at, String what) {
    int line = 1;
    int column = 1;
    for (int i = 0; i < at; i++) {
      column++;
      if (text[i] == '\n') {
        line++;
        column = 1;
      }
    }
    return new GrammarException(
        "the grammar: line %d, column %d: %s".formatted(line, column, what));
  }
}
