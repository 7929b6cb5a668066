package dev.tern.jinja;

import dev.tern.jinja.Token.Kind;
import java.util.List;

/// The words of a template, read one after another.
final class TokenStream {
  private final List<Token> tokens;
  private int position;

  TokenStream(List<Token> tokens) {
    this.tokens = tokens;
  }

  Token peek() {
    return tokens.get(position);
  }

  Token peekSecond() {
    return tokens.get(Math.min(position + 1, tokens.size() - 1));
  }

  Token next() {
    Token token = tokens.get(position);
    position = Math.min(position + 1, tokens.size() - 1);
    return token;
  }

  boolean skipOperator(String symbol) {
    return skip(peek().isOperator(symbol));
  }

  boolean skipName(String name) {
    return skip(peek().isName(name));
  }

  private boolean skip(boolean present) {
    if (present) {
      next();
    }
    return present;
  }

  void expectOperator(String symbol) {
    if (!skipOperator(symbol)) {
      throw unexpected("'" + symbol + "'");
    }
  }

  void expectName(String name) {
    if (!skipName(name)) {
      throw unexpected("'" + name + "'");
    }
  }

  Token expect(Kind kind, String what) {
    if (peek().kind() != kind) {
      throw unexpected(what);
    }
    return next();
  }

  TemplateException unexpected(String expected) {
    return error("expected %s, found %s".formatted(expected, peek().description()));
  }

  TemplateException error(String what) {
    return new TemplateException("line %d: %s".formatted(peek().line(), what));
  }
}
