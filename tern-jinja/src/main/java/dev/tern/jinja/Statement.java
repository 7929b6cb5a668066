package dev.tern.jinja;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// A parsed part of a template.
sealed interface Statement {
  /// Text that stays as it is.
  record Data(String text) implements Statement {}

  /// `{{ expression }}`.
  record Output(int line, Expression expression) implements Statement {}

  /// `{% if %}` with its `elif` branches; `otherwise` is empty where there is no `else`.
  record If(int line, List<Branch> branches, List<Statement> otherwise) implements Statement {}

  /// A condition of an [If] and what it stands for.
  record Branch(Expression condition, List<Statement> body) {}

  /// `{% for target in values if condition %}`.
  record For(
      int line,
      Target target,
      Expression values,
      @Nullable Expression condition,
      List<Statement> body,
      List<Statement> otherwise)
      implements Statement {}

  /// `{% break %}` or `{% continue %}`.
  record Jump(boolean isBreak) implements Statement {}

  /// `{% set target = value %}`.
  record Set(int line, Target target, Expression value) implements Statement {}

  /// `{% set target | filters %}body{% endset %}`; the filters' innermost input is [#BODY].
  record SetBlock(int line, Target target, Expression value, List<Statement> body)
      implements Statement {}

  /// `{% filter filters %}body{% endfilter %}`.
  record FilterBlock(int line, Expression value, List<Statement> body) implements Statement {}

  /// `{% macro name(parameters) %}`.
  record Macro(int line, String name, List<Parameter> parameters, List<Statement> body)
      implements Statement {}

  /// A parameter of a [Macro], with what it is when it is not given.
  record Parameter(String name, @Nullable Expression defaultValue) {}

  /// `{% with target = value %}`.
  record With(int line, List<Binding> bindings, List<Statement> body) implements Statement {}

  /// A variable of a [With].
  record Binding(Target target, Expression value) {}

  /// A body whose variables are its own: `{% generation %}`, which marks what a model is trained on
  /// and writes nothing itself.
  record Scoped(List<Statement> body) implements Statement {}

  /// What a value is given to.
  sealed interface Target {}

  /// A variable.
  record Variable(String name) implements Target {}

  /// An attribute of what `namespace()` made.
  record NamespaceAttribute(String variable, String attribute) implements Target {}

  /// Several at once, each given an element.
  record Unpacking(List<Target> targets) implements Target {}

  /// Where the filters of a block find its text. No template can write such a name.
  Expression.Name BODY = new Expression.Name("(body)");
}
