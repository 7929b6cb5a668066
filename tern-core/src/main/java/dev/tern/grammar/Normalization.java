package dev.tern.grammar;

import static dev.tern.grammar.Expression.EMPTY;
import static dev.tern.grammar.Expression.NOTHING;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;

/// Rewrites rules so that an automaton can follow them: no repetition of something empty, which
/// could go on without reading anything, and nothing that no text can finish, which would lead into
/// a dead end.
final class Normalization {
  /// What repetitions of optional things may grow to.
  private static final int MAX_EXPRESSIONS = 1 << 20;

  private final RuleSet rules;
  private final List<Expression> originals;
  private final boolean[] nullable;

  /// By rule, the rule for its texts that are not empty.
  private final Map<Integer, Integer> withoutEmpty = new HashMap<>();

  /// Rules that have a number in [#withoutEmpty] and no body yet.
  private final Deque<Integer> pending = new ArrayDeque<>();

  private int made;

  private Normalization(RuleSet rules) {
    this.rules = rules;
    this.originals = IntStream.range(0, rules.size()).mapToObj(rules::body).toList();
    this.nullable = rules.nullable();
  }

  /// Changes the rules; their texts stay the same.
  static void apply(RuleSet rules) {
    Normalization normalization = new Normalization(rules);
    normalization.rewriteAll();
    boolean[] productive = rules.productive();
    for (int rule = 0; rule < rules.size(); rule++) {
      rules.define(rule, prune(rules.body(rule), productive));
    }
  }

  private void rewriteAll() {
    for (int rule = 0; rule < originals.size(); rule++) {
      rules.define(rule, rewrite(originals.get(rule)));
    }
    while (!pending.isEmpty()) {
      int rule = pending.remove();
      rules.define(Objects.requireNonNull(withoutEmpty.get(rule)), nonEmpty(originals.get(rule)));
    }
  }

  private boolean isNullable(Expression expression) {
    return RuleSet.isNullable(expression, nullable);
  }

  private Expression rewrite(Expression expression) {
    count();
    return switch (expression) {
      case Expression.Characters _, Expression.Reference _ -> expression;
      case Expression.Sequence(var parts) ->
          new Expression.Sequence(parts.stream().map(this::rewrite).toList());
      case Expression.Choice(var options) ->
          new Expression.Choice(options.stream().map(this::rewrite).toList());
      case Expression.Repeat(var body, int least, int most) ->
          isNullable(body)
              ? new Expression.Repeat(nonEmpty(body), 0, most)
              : new Expression.Repeat(rewrite(body), least, most);
    };
  }

  /// The same texts but the empty one, rewritten.
  private Expression nonEmpty(Expression expression) {
    count();
    if (!isNullable(expression)) {
      return rewrite(expression);
    }
    return switch (expression) {
      case Expression.Characters _ -> expression;
      case Expression.Sequence(var parts) -> nonEmpty(parts);
      case Expression.Choice(var options) ->
          new Expression.Choice(options.stream().map(this::nonEmpty).toList());
      case Expression.Repeat(var _, int _, int most) when most == 0 -> NOTHING;
      case Expression.Repeat(var body, int _, int most) ->
          new Expression.Repeat(nonEmpty(body), 1, most);
      case Expression.Reference(int rule) -> new Expression.Reference(nonEmpty(rule));
    };
  }

  private int nonEmpty(int rule) {
    return withoutEmpty.computeIfAbsent(
        rule,
        _ -> {
          pending.add(rule);
          return rules.declare(rules.name(rule));
        });
  }

  /// Some part is the first that is not empty. What follows a part is a rule of its own, so that it
  /// is there once.
  private Expression nonEmpty(List<Expression> parts) {
    List<Expression> options = new ArrayList<>();
    Expression rest = EMPTY;
    for (int i = parts.size() - 1; i >= 0; i--) {
      options.add(Expression.sequence(nonEmpty(parts.get(i)), rest));
      if (i > 0) {
        Expression longer = Expression.sequence(rewrite(parts.get(i)), rest);
        rest = new Expression.Reference(rules.declare("a part of a sequence", longer));
      }
    }
    return new Expression.Choice(options);
  }

  private void count() {
    if (++made > MAX_EXPRESSIONS) {
      throw new GrammarException(
          "the grammar nests repetitions of optional parts too deeply: it grows to more than %d parts"
              .formatted(MAX_EXPRESSIONS));
    }
  }

  private static Expression prune(Expression expression, boolean[] productive) {
    return switch (expression) {
      case Expression.Characters(var set) -> set.isEmpty() ? NOTHING : expression;
      case Expression.Reference(int rule) -> productive[rule] ? expression : NOTHING;
      case Expression.Sequence(var parts) -> {
        List<Expression> kept = parts.stream().map(part -> prune(part, productive)).toList();
        yield kept.contains(NOTHING) ? NOTHING : new Expression.Sequence(kept);
      }
      case Expression.Choice(var options) ->
          new Expression.Choice(
              options.stream()
                  .map(option -> prune(option, productive))
                  .filter(option -> !option.equals(NOTHING))
                  .toList());
      case Expression.Repeat(var body, int least, int most) -> {
        Expression kept = prune(body, productive);
        boolean none = most == 0 || kept.equals(NOTHING);
        yield none ? (least == 0 ? EMPTY : NOTHING) : new Expression.Repeat(kept, least, most);
      }
    };
  }
}
