package dev.tern.jinja;

import dev.tern.jinja.Token.Kind;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/// Splits a template into words, with the whitespace rules of Jinja2 under `trim_blocks` and
/// `lstrip_blocks`: a newline after a statement or comment goes, and so do blanks between the
/// beginning of a line and a statement or comment; `-` takes all whitespace on its side, `+` keeps
/// it.
///
/// Source: lexer.py of Jinja2 3.1.6, whose regular expressions this follows one by one.
final class Lexer {
  private static final List<String> OPERATORS =
      List.of(
          "//", "**", "==", "!=", ">=", "<=", "+", "-", "/", "*", "%", "~", "[", "]", "(", ")", "{",
          "}", ">", "<", "=", ".", ":", "|", ",", ";");

  private final String source;
  private final List<Token> tokens = new ArrayList<>();
  private int position;
  private int line = 1;

  /// Whether the last word ended with a newline, which is where blanks may go.
  private boolean lineStarting = true;

  private Lexer(String template) {
    String text = template.replace("\r\n", "\n").replace('\r', '\n');
    source = text.endsWith("\n") ? text.substring(0, text.length() - 1) : text;
  }

  /// {@return the words of a template, [Kind#END] last}
  static List<Token> tokenize(String template) {
    Lexer lexer = new Lexer(template);
    while (lexer.position < lexer.source.length()) {
      lexer.readRoot();
    }
    lexer.add(Kind.END, "");
    return lexer.tokens;
  }

  private void readRoot() {
    int open = nextOpening();
    if (open < 0) {
      add(Kind.DATA, source.substring(position));
      advance(source.length());
      return;
    }
    char kind = source.charAt(open + 1);
    int rawEnd = kind == '%' ? rawBeginEnd(open) : -1;
    int signAt = open + 2;
    char sign = signAt < source.length() ? source.charAt(signAt) : ' ';
    boolean signed = sign == '-' || sign == '+';
    addData(open, sign, kind != '{');
    if (rawEnd >= 0) {
      advance(rawEnd);
      readRaw();
      return;
    }
    advance(signed ? signAt + 1 : signAt);
    switch (kind) {
      case '{' -> readTag(Kind.EXPRESSION_BEGIN, Kind.EXPRESSION_END, "}}");
      case '%' -> readTag(Kind.STATEMENT_BEGIN, Kind.STATEMENT_END, "%}");
      default -> readComment();
    }
  }

  private int nextOpening() {
    for (int at = source.indexOf('{', position); at >= 0; at = source.indexOf('{', at + 1)) {
      if (at + 1 < source.length() && "{%#".indexOf(source.charAt(at + 1)) >= 0) {
        return at;
      }
    }
    return -1;
  }

  /// {@return where the text of `{% raw %}` begins, or -1 if another statement opens here}
  private int rawBeginEnd(int open) {
    int at = open + 2;
    if (at < source.length() && "+-".indexOf(source.charAt(at)) >= 0) {
      at++;
    }
    at = skipSpace(at);
    if (!source.startsWith("raw", at)) {
      return -1;
    }
    at = skipSpace(at + 3);
    if (source.startsWith("-%}", at)) {
      return skipSpace(at + 3);
    }
    return source.startsWith("%}", at) ? at + 2 : -1;
  }

  /// Adds the text up to an opening, less what the opening takes.
  private void addData(int end, char sign, boolean stripsBlanks) {
    String text = source.substring(position, end);
    if (sign == '-') {
      text = Strings.stripEnd(text);
    } else if (sign != '+' && stripsBlanks) {
      int lineStart = text.lastIndexOf('\n') + 1;
      if ((lineStart > 0 || lineStarting) && Strings.strip(text.substring(lineStart)).isEmpty()) {
        text = text.substring(0, lineStart);
      }
    }
    if (!text.isEmpty()) {
      add(Kind.DATA, text);
    }
  }

  private void readRaw() {
    int searchFrom = position;
    while (true) {
      int open = source.indexOf("{%", searchFrom);
      if (open < 0) {
        throw error("{% raw %} has no {% endraw %}");
      }
      int at = open + 2;
      char sign = at < source.length() ? source.charAt(at) : ' ';
      if (sign == '-' || sign == '+') {
        at++;
      }
      at = skipSpace(at);
      if (source.startsWith("endraw", at)) {
        int end = closingEnd(skipSpace(at + "endraw".length()), "%}", true);
        if (end >= 0) {
          addData(open, sign, true);
          advance(end);
          return;
        }
      }
      searchFrom = open + 2;
    }
  }

  private void readComment() {
    int close = source.indexOf("#}", position);
    if (close < 0) {
      throw error("a comment has no end");
    }
    boolean signed = close > position && "+-".indexOf(source.charAt(close - 1)) >= 0;
    advance(closingEnd(signed ? close - 1 : close, "#}", true));
  }

  private void readTag(Kind begin, Kind end, String closing) {
    add(begin, "");
    Deque<Character> brackets = new ArrayDeque<>();
    boolean isStatement = begin == Kind.STATEMENT_BEGIN;
    while (position < source.length()) {
      int close = brackets.isEmpty() ? closingEnd(position, closing, isStatement) : -1;
      if (close >= 0) {
        add(end, "");
        advance(close);
        return;
      }
      readWord(brackets);
    }
  }

  /// {@return where the text after a closing begins, less what the closing takes, or -1 if it does
  /// not stand here}
  private int closingEnd(int at, String closing, boolean takesNewline) {
    if (source.startsWith("-" + closing, at)) {
      return skipSpace(at + 1 + closing.length());
    }
    if (takesNewline && source.startsWith("+" + closing, at)) {
      return at + 1 + closing.length();
    }
    if (!source.startsWith(closing, at)) {
      return -1;
    }
    int end = at + closing.length();
    return takesNewline && source.startsWith("\n", end) ? end + 1 : end;
  }

  private void readWord(Deque<Character> brackets) {
    char first = source.charAt(position);
    if (Strings.isSpace(first)) {
      advance(skipSpace(position));
    } else if (isDigit(first)) {
      readNumber();
    } else if (isNamePart(first)) {
      int end = position;
      while (end < source.length() && isNamePart(source.charAt(end))) {
        end++;
      }
      addWord(Kind.NAME, end);
    } else if (first == '\'' || first == '"') {
      readString(first);
    } else {
      readOperator(brackets);
    }
  }

  private void readNumber() {
    boolean afterDot = position > 0 && source.charAt(position - 1) == '.';
    int end = digitsEnd(position);
    boolean fraction = false;
    if (!afterDot && charAt(end) == '.' && isDigit(charAt(end + 1))) {
      end = digitsEnd(end + 1);
      fraction = true;
    }
    if (!afterDot && (charAt(end) == 'e' || charAt(end) == 'E')) {
      int exponent = "+-".indexOf(charAt(end + 1)) >= 0 ? end + 2 : end + 1;
      if (isDigit(charAt(exponent))) {
        end = digitsEnd(exponent);
        fraction = true;
      }
    }
    String digits = source.substring(position, end);
    // Jinja2 reads 0x1F, 1_000 and refuses 01; no chat template needs either.
    if (isNamePart(charAt(end)) || (!fraction && digits.length() > 1 && digits.startsWith("0"))) {
      throw error("a number is written in a way that is not supported by Tern");
    }
    addWord(fraction ? Kind.FLOAT : Kind.INTEGER, end);
  }

  private int digitsEnd(int from) {
    int end = from;
    while (isDigit(charAt(end))) {
      end++;
    }
    return end;
  }

  private void readString(char quote) {
    int end = position + 1;
    while (charAt(end) != quote) {
      end += charAt(end) == '\\' ? 2 : 1;
      if (end >= source.length()) {
        throw error("a string has no end");
      }
    }
    try {
      add(Kind.STRING, StringEscapes.decode(source.substring(position + 1, end)));
    } catch (TemplateException wrong) {
      throw error(wrong.reason());
    }
    advance(end + 1);
  }

  private void readOperator(Deque<Character> brackets) {
    for (String operator : OPERATORS) {
      if (source.startsWith(operator, position)) {
        balance(operator.charAt(0), brackets);
        addWord(Kind.OPERATOR, position + operator.length());
        return;
      }
    }
    throw error(
        "unexpected character '%s'".formatted(Character.toString(source.codePointAt(position))));
  }

  private void balance(char bracket, Deque<Character> brackets) {
    switch (bracket) {
      case '{' -> brackets.push('}');
      case '(' -> brackets.push(')');
      case '[' -> brackets.push(']');
      case '}', ')', ']' -> {
        if (brackets.isEmpty() || brackets.pop() != bracket) {
          throw error("unexpected '%c'".formatted(bracket));
        }
      }
      default -> {}
    }
  }

  private char charAt(int at) {
    return at < source.length() ? source.charAt(at) : '\0';
  }

  private static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }

  private static boolean isNamePart(char c) {
    return c == '_' || isDigit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  }

  private int skipSpace(int from) {
    int end = from;
    while (end < source.length() && Strings.isSpace(source.charAt(end))) {
      end++;
    }
    return end;
  }

  private void addWord(Kind kind, int end) {
    add(kind, source.substring(position, end));
    advance(end);
  }

  private void add(Kind kind, String text) {
    tokens.add(new Token(kind, text, line));
  }

  private void advance(int end) {
    for (int at = position; at < end; at++) {
      if (source.charAt(at) == '\n') {
        line++;
      }
    }
    lineStarting = end > 0 && source.charAt(end - 1) == '\n';
    position = end;
  }

  private TemplateException error(String what) {
    return new TemplateException("line %d: %s".formatted(line, what));
  }
}
