package dev.tern.jinja;

/// A word of a template.
///
/// @param kind what it is
/// @param text template text, a name, an operator, the digits of a number, or a string without its
///   quotes
/// @param line where it begins, from 1
record Token(Kind kind, String text, int line) {
  enum Kind {
    DATA,
    EXPRESSION_BEGIN,
    EXPRESSION_END,
    STATEMENT_BEGIN,
    STATEMENT_END,
    NAME,
    STRING,
    INTEGER,
    FLOAT,
    OPERATOR,
    END
  }

  boolean isOperator(String symbol) {
    return kind == Kind.OPERATOR && text.equals(symbol);
  }

  boolean isName(String name) {
    return kind == Kind.NAME && text.equals(name);
  }

  /// {@return what to call it in messages}
  String description() {
    return switch (kind) {
      case DATA -> "text";
      case EXPRESSION_BEGIN -> "'{{'";
      case EXPRESSION_END -> "'}}'";
      case STATEMENT_BEGIN -> "'{%'";
      case STATEMENT_END -> "'%}'";
      case STRING -> "a string";
      case END -> "the end of the template";
      case NAME, INTEGER, FLOAT, OPERATOR -> "'" + text + "'";
    };
  }
}
