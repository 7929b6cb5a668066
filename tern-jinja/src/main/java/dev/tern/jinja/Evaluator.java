package dev.tern.jinja;

import dev.tern.jinja.Expression.Attribute;
import dev.tern.jinja.Expression.Binary;
import dev.tern.jinja.Expression.Call;
import dev.tern.jinja.Expression.Comparison;
import dev.tern.jinja.Expression.Concatenation;
import dev.tern.jinja.Expression.Conditional;
import dev.tern.jinja.Expression.Filter;
import dev.tern.jinja.Expression.Given;
import dev.tern.jinja.Expression.Item;
import dev.tern.jinja.Expression.Literal;
import dev.tern.jinja.Expression.Logical;
import dev.tern.jinja.Expression.Mapping;
import dev.tern.jinja.Expression.Name;
import dev.tern.jinja.Expression.Operand;
import dev.tern.jinja.Expression.Pair;
import dev.tern.jinja.Expression.Sequence;
import dev.tern.jinja.Expression.Slice;
import dev.tern.jinja.Expression.Test;
import dev.tern.jinja.Expression.Unary;
import dev.tern.jinja.Value.Dict;
import dev.tern.jinja.Value.Function;
import dev.tern.jinja.Value.Int;
import dev.tern.jinja.Value.Items;
import dev.tern.jinja.Value.Kind;
import dev.tern.jinja.Value.Text;
import dev.tern.jinja.Value.Undefined;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Computes expressions.
final class Evaluator {
  private final Budget budget;
  private final Operators operators;
  private final Printer printer;
  private final Subscripts subscripts;
  private final Tests tests;
  private final Filters filters;
  private final Globals globals;

  Evaluator(Budget budget, Clock clock) {
    this.budget = budget;
    operators = new Operators(budget);
    printer = new Printer(budget);
    Methods methods = new Methods(budget, operators);
    subscripts = new Subscripts(budget, methods);
    tests = new Tests(operators);
    filters = new Filters(budget, operators, printer, methods, subscripts, tests);
    globals = new Globals(budget, clock);
  }

  Operators operators() {
    return operators;
  }

  /// {@return what `{{ }}` writes of an expression}
  String text(Expression expression, Scope scope) {
    return printer.text(evaluate(expression, scope));
  }

  boolean truth(Expression expression, Scope scope) {
    return operators.truth(evaluate(expression, scope));
  }

  Value evaluate(Expression expression, Scope scope) {
    budget.spend(1);
    budget.enter();
    Value value =
        switch (expression) {
          case Literal(Value literal) -> literal;
          case Name(String name) -> variable(name, scope);
          case Sequence(Kind kind, List<Expression> items) ->
              new Items(kind, evaluate(items, scope));
          case Mapping(List<Pair> pairs) -> mapping(pairs, scope);
          case Attribute(Expression of, String name) ->
              subscripts.attribute(evaluate(of, scope), name);
          case Item(Expression of, Expression key) ->
              subscripts.item(evaluate(of, scope), evaluate(key, scope));
          case Slice slice ->
              subscripts.slice(
                  evaluate(slice.of(), scope),
                  orNone(slice.start(), scope),
                  orNone(slice.stop(), scope),
                  orNone(slice.step(), scope));
          case Call(Expression callee, Given given) -> call(callee, given, scope);
          case Filter(Expression input, String name, Given given) ->
              filters.apply(name, evaluate(input, scope), arguments(name, given, scope));
          case Test(Expression subject, String name, Given given) ->
              Values.of(tests.holds(name, evaluate(subject, scope), arguments(name, given, scope)));
          case Unary(String operator, Expression operand) ->
              unary(operator, evaluate(operand, scope));
          case Binary(String operator, Expression left, Expression right) ->
              binary(operator, evaluate(left, scope), evaluate(right, scope));
          case Logical(boolean isAnd, Expression left, Expression right) -> {
            Value first = evaluate(left, scope);
            yield operators.truth(first) == isAnd ? evaluate(right, scope) : first;
          }
          case Comparison(Expression first, List<Operand> others) ->
              Values.of(comparison(evaluate(first, scope), others, scope));
          case Concatenation(List<Expression> parts) -> concatenation(parts, scope);
          case Conditional(Expression condition, Expression then, Expression otherwise) -> {
            if (truth(condition, scope)) {
              yield evaluate(then, scope);
            }
            yield otherwise == null
                ? new Undefined(
                    "an 'if' without an 'else' has no value when its condition is false")
                : evaluate(otherwise, scope);
          }
        };
    budget.leave();
    return value;
  }

  private List<Value> evaluate(List<Expression> expressions, Scope scope) {
    List<Value> values = new ArrayList<>();
    expressions.forEach(each -> values.add(evaluate(each, scope)));
    return values;
  }

  private Value orNone(@Nullable Expression expression, Scope scope) {
    return expression == null ? Values.NONE : evaluate(expression, scope);
  }

  private Value variable(String name, Scope scope) {
    Value value = scope.find(name);
    if (value == null) {
      value = globals.find(name);
    }
    return value == null ? new Undefined("'%s' is undefined".formatted(name)) : value;
  }

  private Dict mapping(List<Pair> pairs, Scope scope) {
    Map<String, Value> entries = new LinkedHashMap<>();
    for (Pair pair : pairs) {
      if (!(evaluate(pair.key(), scope) instanceof Text(String key))) {
        throw TemplateException.unsupported("a dictionary key that is no string");
      }
      entries.put(key, evaluate(pair.value(), scope));
    }
    return new Dict(entries);
  }

  private Value call(Expression callee, Given given, Scope scope) {
    String name =
        switch (callee) {
          case Name(String variable) -> variable;
          case Attribute(Expression _, String attribute) -> attribute;
          default -> "a function";
        };
    Value called = evaluate(callee, scope);
    Operators.requireDefined(called);
    if (!(called instanceof Function function)) {
      throw new TemplateException("%s cannot be called".formatted(called.type()));
    }
    return function.call(arguments(name, given, scope));
  }

  private Arguments arguments(String callee, Given given, Scope scope) {
    Map<String, Value> named = new LinkedHashMap<>();
    List<Value> positional = evaluate(given.positional(), scope);
    given.named().forEach((name, value) -> named.put(name, evaluate(value, scope)));
    return new Arguments(callee, positional, named);
  }

  private Value unary(String operator, Value operand) {
    if (operator.equals("not")) {
      return Values.of(!operators.truth(operand));
    }
    Operators.requireDefined(operand);
    if (!Numbers.isNumber(operand)) {
      throw new TemplateException(
          "'%s' needs a number, not %s".formatted(operator, operand.type()));
    }
    return operator.equals("-")
        ? Numbers.negate(operand)
        : Numbers.binary("+", new Int(0), operand);
  }

  private boolean comparison(Value first, List<Operand> others, Scope scope) {
    Value left = first;
    for (Operand operand : others) {
      Value right = evaluate(operand.value(), scope);
      boolean holds =
          switch (operand.operator()) {
            case "==" -> operators.equal(left, right);
            case "!=" -> !operators.equal(left, right);
            case "<" -> operators.compare(left, right) < 0;
            case "<=" -> operators.compare(left, right) <= 0;
            case ">" -> operators.compare(left, right) > 0;
            case ">=" -> operators.compare(left, right) >= 0;
            case "in" -> operators.contains(right, left);
            default -> !operators.contains(right, left);
          };
      if (!holds) {
        return false;
      }
      left = right;
    }
    return true;
  }

  private Text concatenation(List<Expression> parts, Scope scope) {
    StringBuilder text = new StringBuilder();
    for (Value part : evaluate(parts, scope)) {
      String next = printer.text(part);
      budget.spend(next.length());
      text.append(next);
    }
    return new Text(text.toString());
  }

  private Value binary(String operator, Value left, Value right) {
    Operators.requireDefined(left);
    if (operator.equals("%") && left instanceof Text) {
      throw TemplateException.unsupported("formatting with '%'");
    }
    Operators.requireDefined(right);
    if (Numbers.isNumber(left) && Numbers.isNumber(right)) {
      return Numbers.binary(operator, left, right);
    }
    if (operator.equals("+")
        && left instanceof Text(String text)
        && right instanceof Text(String other)) {
      budget.spend((long) text.length() + other.length());
      return new Text(text + other);
    }
    if (operator.equals("+") && left instanceof Items items && right instanceof Items others) {
      return concatenation(items, others);
    }
    if (operator.equals("*") && Numbers.isIntegral(right)) {
      return repetition(left, Numbers.integer(right, "a count"));
    }
    if (operator.equals("*") && Numbers.isIntegral(left)) {
      return repetition(right, Numbers.integer(left, "a count"));
    }
    throw undefined(operator, left, right);
  }

  private Items concatenation(Items left, Items right) {
    boolean joinable = left.kind() == Kind.LIST || left.kind() == Kind.TUPLE;
    if (left.kind() != right.kind() || !joinable) {
      throw undefined("+", left, right);
    }
    budget.spend((long) left.values().size() + right.values().size());
    List<Value> values = new ArrayList<>(left.values());
    values.addAll(right.values());
    return new Items(left.kind(), values);
  }

  private Value repetition(Value value, long count) {
    long times = Math.max(0, count);
    if (value instanceof Text(String text)) {
      spendRepetition(text.length(), times);
      return new Text(text.isEmpty() ? "" : text.repeat((int) times));
    }
    if (value instanceof Items(Kind kind, List<? extends Value> values)
        && (kind == Kind.LIST || kind == Kind.TUPLE)) {
      spendRepetition(values.size(), times);
      List<Value> repeated = new ArrayList<>();
      Collections.nCopies(values.isEmpty() ? 0 : (int) times, values).forEach(repeated::addAll);
      return new Items(kind, repeated);
    }
    throw undefined("*", value, new Int(count));
  }

  private void spendRepetition(int length, long times) {
    boolean fits = length == 0 || times <= Integer.MAX_VALUE;
    budget.spend(fits ? length * times : Long.MAX_VALUE);
  }

  private static TemplateException undefined(String operator, Value left, Value right) {
    return new TemplateException(
        "'%s' is not defined between %s and %s".formatted(operator, left.type(), right.type()));
  }
}
