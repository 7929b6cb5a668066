package dev.tern.grammar;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.function.BiPredicate;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/// Rules with names, and what can be said of them: which match the empty text, which match any
/// text, which begin with themselves.
final class RuleSet {
  /// Enough for any schema that people write; a bound on what a stranger can make Tern keep.
  static final int MAX_RULES = 20_000;

  private final List<String> names = new ArrayList<>();
  private final List<@Nullable Expression> bodies = new ArrayList<>();

  /// Gives a rule its number; what it matches may be said later.
  int declare(String name) {
    if (names.size() == MAX_RULES) {
      throw new GrammarException("the grammar has more than %d rules".formatted(MAX_RULES));
    }
    names.add(name);
    bodies.add(null);
    return names.size() - 1;
  }

  int declare(String name, Expression body) {
    int rule = declare(name);
    define(rule, body);
    return rule;
  }

  void define(int rule, Expression body) {
    bodies.set(rule, body);
  }

  boolean isDefined(int rule) {
    return bodies.get(rule) != null;
  }

  Expression body(int rule) {
    Expression body = bodies.get(rule);
    if (body == null) {
      throw new IllegalStateException("the rule '%s' has not been defined".formatted(name(rule)));
    }
    return body;
  }

  String name(int rule) {
    return names.get(rule);
  }

  int size() {
    return names.size();
  }

  /// For each rule, whether it matches the empty text.
  boolean[] nullable() {
    return leastFixedPoint(RuleSet::isNullable);
  }

  /// For each rule, whether it matches any text at all.
  boolean[] productive() {
    return leastFixedPoint(RuleSet::isProductive);
  }

  /// What holds for each rule, where what holds for an expression follows from what holds for the
  /// rules in it.
  private boolean[] leastFixedPoint(BiPredicate<Expression, boolean[]> holds) {
    List<List<Integer>> users = new ArrayList<>();
    for (int rule = 0; rule < size(); rule++) {
      users.add(new ArrayList<>());
    }
    Deque<Integer> changed = new ArrayDeque<>();
    for (int rule = 0; rule < size(); rule++) {
      int user = rule;
      references(body(rule), used -> users.get(used).add(user));
      changed.add(rule);
    }
    boolean[] result = new boolean[size()];
    while (!changed.isEmpty()) {
      int rule = changed.remove();
      if (!result[rule] && holds.test(body(rule), result)) {
        result[rule] = true;
        changed.addAll(users.get(rule));
      }
    }
    return result;
  }

  private static void references(Expression expression, IntConsumer used) {
    switch (expression) {
      case Expression.Characters _ -> {}
      case Expression.Sequence(var parts) -> parts.forEach(part -> references(part, used));
      case Expression.Choice(var options) -> options.forEach(option -> references(option, used));
      case Expression.Repeat(var body, int _, int _) -> references(body, used);
      case Expression.Reference(int rule) -> used.accept(rule);
    }
  }

  static boolean isNullable(Expression expression, boolean[] nullable) {
    return switch (expression) {
      case Expression.Characters _ -> false;
      case Expression.Sequence(var parts) ->
          parts.stream().allMatch(part -> isNullable(part, nullable));
      case Expression.Choice(var options) ->
          options.stream().anyMatch(option -> isNullable(option, nullable));
      case Expression.Repeat(var body, int least, int _) ->
          least == 0 || isNullable(body, nullable);
      case Expression.Reference(int rule) -> nullable[rule];
    };
  }

  private static boolean isProductive(Expression expression, boolean[] productive) {
    return switch (expression) {
      case Expression.Characters(var set) -> !set.isEmpty();
      case Expression.Sequence(var parts) ->
          parts.stream().allMatch(part -> isProductive(part, productive));
      case Expression.Choice(var options) ->
          options.stream().anyMatch(option -> isProductive(option, productive));
      case Expression.Repeat(var body, int least, int _) ->
          least == 0 || isProductive(body, productive);
      case Expression.Reference(int rule) -> productive[rule];
    };
  }

  /// A rule that can begin with itself, if there is one.
  Optional<String> leftRecursive() {
    boolean[] nullable = nullable();
    List<int[]> first = new ArrayList<>();
    for (int rule = 0; rule < size(); rule++) {
      List<Integer> called = new ArrayList<>();
      calledFirst(body(rule), nullable, called::add);
      first.add(called.stream().distinct().mapToInt(Integer::intValue).toArray());
    }
    boolean[] done = new boolean[size()];
    boolean[] open = new boolean[size()];
    for (int start = 0; start < size(); start++) {
      Optional<String> found = cycleFrom(start, first, done, open);
      if (found.isPresent()) {
        return found;
      }
    }
    return Optional.empty();
  }

  /// Depth first without recursion: chains of rules may be long.
  private Optional<String> cycleFrom(int start, List<int[]> first, boolean[] done, boolean[] open) {
    Deque<int[]> path = new ArrayDeque<>();
    path.push(new int[] {start, 0});
    while (!path.isEmpty()) {
      int[] step = path.element();
      int rule = step[0];
      int[] called = first.get(rule);
      if (done[rule] || step[1] == called.length) {
        done[rule] = true;
        open[rule] = false;
        path.pop();
        continue;
      }
      open[rule] = true;
      int next = called[step[1]++];
      if (open[next]) {
        return Optional.of(name(next));
      }
      path.push(new int[] {next, 0});
    }
    return Optional.empty();
  }

  private static void calledFirst(Expression expression, boolean[] nullable, IntConsumer called) {
    switch (expression) {
      case Expression.Characters _ -> {}
      case Expression.Sequence(var parts) -> {
        for (Expression part : parts) {
          calledFirst(part, nullable, called);
          if (!isNullable(part, nullable)) {
            return;
          }
        }
      }
      case Expression.Choice(var options) ->
          options.forEach(option -> calledFirst(option, nullable, called));
      case Expression.Repeat(var body, int _, int _) -> calledFirst(body, nullable, called);
      case Expression.Reference(int rule) -> called.accept(rule);
    }
  }
}
