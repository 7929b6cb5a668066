package dev.tern.jinja;

import dev.tern.jinja.Value.Bool;
import dev.tern.jinja.Value.Dict;
import dev.tern.jinja.Value.Function;
import dev.tern.jinja.Value.Generator;
import dev.tern.jinja.Value.Int;
import dev.tern.jinja.Value.Items;
import dev.tern.jinja.Value.Kind;
import dev.tern.jinja.Value.None;
import dev.tern.jinja.Value.Real;
import dev.tern.jinja.Value.Text;
import dev.tern.jinja.Value.Undefined;

/// The tests of Jinja2 that templates use: what stands after `is`. Others are refused by name.
final class Tests {
  private final Operators operators;

  Tests(Operators operators) {
    this.operators = operators;
  }

  boolean holds(String name, Value subject, Arguments arguments) {
    return switch (name) {
      case "eq", "==", "equalto" -> operators.equal(subject, other(arguments));
      case "ne", "!=" -> !operators.equal(subject, other(arguments));
      case "lt", "<", "lessthan" -> operators.compare(subject, other(arguments)) < 0;
      case "le", "<=" -> operators.compare(subject, other(arguments)) <= 0;
      case "gt", ">", "greaterthan" -> operators.compare(subject, other(arguments)) > 0;
      case "ge", ">=" -> operators.compare(subject, other(arguments)) >= 0;
      case "in" -> operators.contains(other(arguments), subject);
      case "sameas" -> isSame(subject, other(arguments));
      case "divisibleby" -> {
        Value divisor = arguments.bind("num*").getOrDefault("num", Values.NONE);
        yield leaves(subject, divisor, 0);
      }
      default -> {
        arguments.bind();
        yield holds(name, subject);
      }
    };
  }

  private static Value other(Arguments arguments) {
    return arguments.bind("other*").getOrDefault("other", Values.NONE);
  }

  private boolean holds(String name, Value subject) {
    return switch (name) {
      case "defined" -> !(subject instanceof Undefined);
      case "undefined" -> subject instanceof Undefined;
      case "none" -> subject instanceof None;
      case "boolean" -> subject instanceof Bool;
      case "true" -> subject instanceof Bool(boolean truth) && truth;
      case "false" -> subject instanceof Bool(boolean truth) && !truth;
      case "integer" -> subject instanceof Int;
      case "float" -> subject instanceof Real;
      case "number" -> Numbers.isNumber(subject);
      case "string" -> subject instanceof Text;
      case "mapping" -> subject instanceof Dict;
      case "iterable" -> isIterable(subject);
      case "sequence" -> isSequence(subject);
      case "callable" -> isCallable(subject);
      case "odd" -> leaves(subject, new Int(2), 1);
      case "even" -> leaves(subject, new Int(2), 0);
      default -> throw TemplateException.unsupported("the test '%s'".formatted(name));
    };
  }

  private static boolean isIterable(Value value) {
    return value instanceof Generator
        || value instanceof Loop
        || isSequence(value)
        || value instanceof Items;
  }

  /// What has a length and can be indexed, as far as Python can tell without trying.
  private static boolean isSequence(Value value) {
    return value instanceof Undefined
        || value instanceof Text
        || value instanceof Dict
        || (value instanceof Items(Kind kind, var _) && kind != Kind.VIEW);
  }

  private static boolean isCallable(Value value) {
    return value instanceof Function || value instanceof Loop || value instanceof Undefined;
  }

  /// Identity, where it does not depend on how Python keeps values.
  private static boolean isSame(Value left, Value right) {
    boolean leftUnique = left instanceof Bool || left instanceof None;
    if (!leftUnique && !(right instanceof Bool) && !(right instanceof None)) {
      throw TemplateException.unsupported("'sameas' with anything but true, false and none");
    }
    return left.equals(right);
  }

  /// {@return whether a division leaves a remainder}
  private boolean leaves(Value value, Value divisor, long remainder) {
    Operators.requireDefined(value);
    if (!Numbers.isNumber(value) || !Numbers.isNumber(divisor)) {
      throw new TemplateException("this test needs a number, not " + value.type());
    }
    return operators.equal(Numbers.binary("%", value, divisor), new Int(remainder));
  }
}
