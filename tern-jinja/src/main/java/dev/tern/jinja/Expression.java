package dev.tern.jinja;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A parsed expression.
sealed interface Expression {
  /// A value that is written out.
  record Literal(Value value) implements Expression {}

  /// A variable.
  record Name(String name) implements Expression {}

  /// `[a, b]` or `(a, b)`.
  record Sequence(Value.Kind kind, List<Expression> items) implements Expression {}

  /// `{'a': b}`.
  record Mapping(List<Pair> pairs) implements Expression {}

  /// A key and a value of a [Mapping].
  record Pair(Expression key, Expression value) {}

  /// `of.name`.
  record Attribute(Expression of, String name) implements Expression {}

  /// `of[key]`.
  record Item(Expression of, Expression key) implements Expression {}

  /// `of[start:stop:step]`.
  record Slice(
      Expression of,
      @Nullable Expression start,
      @Nullable Expression stop,
      @Nullable Expression step)
      implements Expression {}

  /// `callee(…)`.
  record Call(Expression callee, Given given) implements Expression {}

  /// `input | name(…)`.
  record Filter(Expression input, String name, Given given) implements Expression {}

  /// `subject is name(…)`.
  record Test(Expression subject, String name, Given given) implements Expression {}

  /// The arguments of a call.
  record Given(List<Expression> positional, Map<String, Expression> named) {
    static final Given NOTHING = new Given(List.of(), Map.of());
  }

  /// `not operand`, `-operand` or `+operand`.
  record Unary(String operator, Expression operand) implements Expression {}

  /// An arithmetic operator.
  record Binary(String operator, Expression left, Expression right) implements Expression {}

  /// `left and right` or `left or right`.
  record Logical(boolean isAnd, Expression left, Expression right) implements Expression {}

  /// `first < a <= b`: each operand with the one before it.
  record Comparison(Expression first, List<Operand> others) implements Expression {}

  /// A step of a [Comparison].
  record Operand(String operator, Expression value) {}

  /// `a ~ b ~ c`.
  record Concatenation(List<Expression> parts) implements Expression {}

  /// `then if condition else otherwise`.
  record Conditional(Expression condition, Expression then, @Nullable Expression otherwise)
      implements Expression {}
}
