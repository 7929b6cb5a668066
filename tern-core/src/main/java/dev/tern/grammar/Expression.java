package dev.tern.grammar;

import java.util.Arrays;
import java.util.List;

/// What a rule matches.
sealed interface Expression {
  /// The most of a [Repeat] that has no end.
  int UNLIMITED = -1;

  /// The empty text.
  Expression EMPTY = new Sequence(List.of());

  /// No text at all.
  Expression NOTHING = new Choice(List.of());

  /// One character.
  ///
  /// @param set of these
  record Characters(CodePoints set) implements Expression {}

  /// One after another.
  ///
  /// @param parts in this order; none for the empty text
  record Sequence(List<Expression> parts) implements Expression {
    public Sequence {
      parts = List.copyOf(parts);
    }
  }

  /// One of several.
  ///
  /// @param options any of them; none for no text at all
  record Choice(List<Expression> options) implements Expression {
    public Choice {
      options = List.copyOf(options);
    }
  }

  /// Several times the same.
  ///
  /// @param body what
  /// @param least how often at least
  /// @param most how often at most, not less than `least`; [#UNLIMITED] for without end
  record Repeat(Expression body, int least, int most) implements Expression {}

  /// Another rule.
  ///
  /// @param rule its number
  record Reference(int rule) implements Expression {}

  static Expression literal(String text) {
    return new Sequence(
        text.codePoints().<Expression>mapToObj(c -> new Characters(CodePoints.of(c, c))).toList());
  }

  static Expression anyOf(String characters) {
    return new Characters(CodePoints.of(characters));
  }

  static Expression between(int first, int last) {
    return new Characters(CodePoints.of(first, last));
  }

  static Expression sequence(Expression... parts) {
    return new Sequence(Arrays.asList(parts));
  }

  static Expression choice(Expression... options) {
    return new Choice(Arrays.asList(options));
  }

  static Expression optional(Expression body) {
    return new Repeat(body, 0, 1);
  }

  static Expression many(Expression body) {
    return new Repeat(body, 0, UNLIMITED);
  }
}
