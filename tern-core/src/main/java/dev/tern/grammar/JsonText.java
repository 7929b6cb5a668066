package dev.tern.grammar;

import static dev.tern.grammar.Expression.choice;
import static dev.tern.grammar.Expression.literal;
import static dev.tern.grammar.Expression.many;
import static dev.tern.grammar.Expression.optional;
import static dev.tern.grammar.Expression.sequence;

import dev.tern.json.JsonWriter;
import java.util.ArrayList;
import java.util.List;

/// How JSON is written: rules for white space, strings, numbers and any value, and the text of
/// given values.
///
/// White space is bounded, because models like to go on with it: one space, or a line break and an
/// indentation, behind what opens, separates or names, and before what closes.
final class JsonText {
  private static final int MAX_INDENTATION = 20;

  /// Digits of a number before and behind its point: more than a double holds, and an end.
  static final int MAX_DIGITS = 16;

  private static final CodePoints ESCAPED = CodePoints.of(0, 0x1F).or(CodePoints.of("\"\\"));

  /// Characters that stand in strings as they are.
  static final CodePoints PLAIN = ESCAPED.not();

  static final Expression DIGIT = Expression.between('0', '9');
  static final Expression NONZERO = Expression.between('1', '9');
  static final Expression FRACTION =
      sequence(literal("."), new Expression.Repeat(DIGIT, 1, MAX_DIGITS));

  /// One character of a string; half a surrogate pair is none.
  static final Expression CHARACTER = character();

  private final Expression space;
  private final Expression value;
  private final Expression object;
  private final Expression array;
  private final Expression string;
  private final Expression number;

  JsonText(RuleSet rules) {
    Expression indentation = new Expression.Repeat(literal(" "), 0, MAX_INDENTATION);
    space =
        rule(
            rules,
            "white space",
            optional(choice(literal(" "), sequence(literal("\n"), indentation))));
    string = rule(rules, "a string", string(many(CHARACTER)));
    number = rule(rules, "a number", number());
    int any = rules.declare("a value");
    value = new Expression.Reference(any);
    object = rule(rules, "an object", object(list(member(string, value), 0, Expression.UNLIMITED)));
    array = rule(rules, "an array", array(list(value, 0, Expression.UNLIMITED)));
    rules.define(
        any,
        choice(object, array, string, number, literal("true"), literal("false"), literal("null")));
  }

  private static Expression rule(RuleSet rules, String name, Expression body) {
    return new Expression.Reference(rules.declare(name, body));
  }

  private static Expression character() {
    Expression hex = hexadecimal("0123456789abcdefABCDEF");
    Expression unit =
        choice(
            sequence(hexadecimal("0123456789abcefABCEF"), new Expression.Repeat(hex, 3, 3)),
            sequence(hexadecimal("dD"), hexadecimal("01234567"), new Expression.Repeat(hex, 2, 2)));
    return choice(
        new Expression.Characters(PLAIN),
        sequence(
            literal("\\"), choice(Expression.anyOf("\"\\/bfnrt"), sequence(literal("u"), unit))));
  }

  private static Expression hexadecimal(String digits) {
    return Expression.anyOf(digits);
  }

  private static Expression number() {
    Expression whole =
        choice(literal("0"), sequence(NONZERO, new Expression.Repeat(DIGIT, 0, MAX_DIGITS - 1)));
    // Two digits keep it in the range of a double.
    Expression exponent =
        sequence(
            Expression.anyOf("eE"),
            optional(Expression.anyOf("+-")),
            new Expression.Repeat(DIGIT, 1, 2));
    return sequence(optional(literal("-")), whole, optional(FRACTION), optional(exponent));
  }

  Expression anyValue() {
    return value;
  }

  Expression anyObject() {
    return object;
  }

  Expression anyArray() {
    return array;
  }

  Expression anyString() {
    return string;
  }

  Expression anyNumber() {
    return number;
  }

  static Expression string(Expression characters) {
    return sequence(literal("\""), characters, literal("\""));
  }

  /// A member of an object.
  Expression member(Expression name, Expression value) {
    return sequence(name, literal(":"), space, value);
  }

  /// What goes before another element.
  Expression another(Expression element) {
    return sequence(literal(","), space, element);
  }

  /// Elements with commas between them.
  Expression list(Expression element, int least, int most) {
    if (most == 0) {
      return Expression.EMPTY;
    }
    Expression others =
        new Expression.Repeat(
            another(element),
            Math.max(0, least - 1),
            most == Expression.UNLIMITED ? most : most - 1);
    Expression some = sequence(element, others);
    return least == 0 ? optional(some) : some;
  }

  Expression object(Expression members) {
    return sequence(literal("{"), space, members, space, literal("}"));
  }

  Expression array(Expression elements) {
    return sequence(literal("["), space, elements, space, literal("]"));
  }

  /// One of some characters, as it is written in a string.
  static Expression character(CodePoints set) {
    List<Expression> options = new ArrayList<>();
    options.add(new Expression.Characters(set.and(PLAIN)));
    for (CodePoints.Range range : set.and(ESCAPED).ranges()) {
      for (int c = range.first(); c <= range.last(); c++) {
        options.add(literal(JsonWriter.escape(c)));
      }
    }
    return new Expression.Choice(options);
  }
}
