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
import dev.tern.jinja.Token.Kind;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Reads expressions by recursive descent, one method for each level of precedence, loosest first.
///
/// Source: parser.py of Jinja2 3.1.6, whose precedence is not Python's everywhere: `-x ** 2` is
/// `(-x) ** 2`, and filters bind tighter than operators.
final class ExpressionParser {
  private static final Set<String> COMPARISONS = Set.of("==", "!=", "<", "<=", ">", ">=");

  private final TokenStream tokens;
  private final Budget budget;

  ExpressionParser(TokenStream tokens, Budget budget) {
    this.tokens = tokens;
    this.budget = budget;
  }

  /// {@return an expression, or a tuple where commas follow}
  Expression parseTuple() {
    return parseTuple(this::parse, false);
  }

  /// {@return what a loop goes over: an `if` after it is the loop's}
  Expression parseLoopValues() {
    return parseTuple(this::parseOr, false);
  }

  /// {@return the condition of an `if` statement}
  Expression parseCondition() {
    return parseTuple(this::parseOr, false);
  }

  /// {@return what a value can be given to, still as an expression}
  Expression parseTarget() {
    return parseTuple(
        () -> {
          Expression target = parsePrimary();
          return target instanceof Name && tokens.skipOperator(".")
              ? new Attribute(target, tokens.expect(Kind.NAME, "a name").text())
              : target;
        },
        false);
  }

  private Expression parseTuple(Supplier<Expression> element, boolean mayBeEmpty) {
    List<Expression> items = new ArrayList<>();
    boolean isTuple = false;
    while (!isTupleEnd()) {
      items.add(element.get());
      if (!tokens.skipOperator(",")) {
        break;
      }
      isTuple = true;
    }
    if (!isTuple && items.size() == 1) {
      return items.getFirst();
    }
    if (items.isEmpty() && !mayBeEmpty) {
      throw tokens.unexpected("an expression");
    }
    return new Sequence(Value.Kind.TUPLE, items);
  }

  private boolean isTupleEnd() {
    Token token = tokens.peek();
    return token.kind() == Kind.EXPRESSION_END
        || token.kind() == Kind.STATEMENT_END
        || token.isOperator(")")
        || token.isName("in");
  }

  Expression parse() {
    budget.enter();
    Expression value = parseOr();
    while (tokens.skipName("if")) {
      Expression condition = parseOr();
      @Nullable Expression otherwise = tokens.skipName("else") ? parse() : null;
      value = new Conditional(condition, value, otherwise);
    }
    budget.leave();
    return value;
  }

  private Expression parseOr() {
    Expression left = parseAnd();
    while (tokens.skipName("or")) {
      left = new Logical(false, left, parseAnd());
    }
    return left;
  }

  private Expression parseAnd() {
    Expression left = parseNot();
    while (tokens.skipName("and")) {
      left = new Logical(true, left, parseNot());
    }
    return left;
  }

  private Expression parseNot() {
    if (!tokens.skipName("not")) {
      return parseComparison();
    }
    budget.enter();
    Expression negated = new Unary("not", parseNot());
    budget.leave();
    return negated;
  }

  private Expression parseComparison() {
    Expression first = parseSum();
    List<Operand> others = new ArrayList<>();
    for (String operator = comparison(); operator != null; operator = comparison()) {
      others.add(new Operand(operator, parseSum()));
    }
    return others.isEmpty() ? first : new Comparison(first, others);
  }

  private @Nullable String comparison() {
    if (tokens.peek().kind() == Kind.OPERATOR && COMPARISONS.contains(tokens.peek().text())) {
      return tokens.next().text();
    }
    if (tokens.skipName("in")) {
      return "in";
    }
    if (tokens.peek().isName("not") && tokens.peekSecond().isName("in")) {
      tokens.next();
      tokens.next();
      return "not in";
    }
    return null;
  }

  private Expression parseSum() {
    return parseBinary(this::parseConcatenation, Set.of("+", "-"));
  }

  private Expression parseConcatenation() {
    List<Expression> parts = new ArrayList<>(List.of(parseProduct()));
    while (tokens.skipOperator("~")) {
      parts.add(parseProduct());
    }
    return parts.size() == 1 ? parts.getFirst() : new Concatenation(parts);
  }

  private Expression parseProduct() {
    return parseBinary(this::parsePower, Set.of("*", "/", "//", "%"));
  }

  private Expression parsePower() {
    return parseBinary(() -> parseUnary(true), Set.of("**"));
  }

  private Expression parseBinary(Supplier<Expression> operand, Set<String> operators) {
    Expression left = operand.get();
    while (tokens.peek().kind() == Kind.OPERATOR && operators.contains(tokens.peek().text())) {
      left = new Binary(tokens.next().text(), left, operand.get());
    }
    return left;
  }

  private Expression parseUnary(boolean withFilters) {
    budget.enter();
    Expression value;
    if (tokens.skipOperator("-")) {
      value = new Unary("-", parseUnary(false));
    } else if (tokens.skipOperator("+")) {
      value = new Unary("+", parseUnary(false));
    } else {
      value = parsePrimary();
    }
    value = parsePostfix(value);
    if (withFilters) {
      value = parseFiltersAndTests(value);
    }
    budget.leave();
    return value;
  }

  private Expression parsePrimary() {
    return switch (tokens.peek().kind()) {
      case NAME -> nameOrConstant(tokens.next().text());
      case STRING -> parseStrings();
      case INTEGER -> new Literal(new Value.Int(parseInteger()));
      case FLOAT -> new Literal(new Value.Real(Double.parseDouble(tokens.next().text())));
      default -> parseBracketed();
    };
  }

  private static Expression nameOrConstant(String name) {
    return switch (name) {
      case "true", "True" -> new Literal(Values.TRUE);
      case "false", "False" -> new Literal(Values.FALSE);
      case "none", "None" -> new Literal(Values.NONE);
      default -> new Name(name);
    };
  }

  /// Strings that stand beside each other are one.
  private Literal parseStrings() {
    StringBuilder text = new StringBuilder();
    while (tokens.peek().kind() == Kind.STRING) {
      text.append(tokens.next().text());
    }
    return new Literal(new Value.Text(text.toString()));
  }

  private Expression parseBracketed() {
    if (tokens.skipOperator("(")) {
      Expression inner = parseTuple(this::parse, true);
      tokens.expectOperator(")");
      return inner;
    }
    if (tokens.skipOperator("[")) {
      return parseList();
    }
    if (tokens.skipOperator("{")) {
      return parseMapping();
    }
    throw tokens.unexpected("an expression");
  }

  private long parseInteger() {
    try {
      long number = Long.parseLong(tokens.peek().text());
      tokens.next();
      return number;
    } catch (NumberFormatException _) {
      throw tokens.error("the number %s is too large".formatted(tokens.peek().text()));
    }
  }

  private Expression parseList() {
    List<Expression> items = new ArrayList<>();
    while (!tokens.skipOperator("]")) {
      items.add(parse());
      if (!tokens.peek().isOperator("]")) {
        tokens.expectOperator(",");
      }
    }
    return new Sequence(Value.Kind.LIST, items);
  }

  private Expression parseMapping() {
    List<Pair> pairs = new ArrayList<>();
    while (!tokens.skipOperator("}")) {
      Expression key = parse();
      tokens.expectOperator(":");
      pairs.add(new Pair(key, parse()));
      if (!tokens.peek().isOperator("}")) {
        tokens.expectOperator(",");
      }
    }
    return new Mapping(pairs);
  }

  private Expression parsePostfix(Expression start) {
    Expression value = start;
    while (true) {
      if (tokens.skipOperator(".")) {
        value =
            tokens.peek().kind() == Kind.INTEGER
                ? new Item(value, new Literal(new Value.Int(parseInteger())))
                : new Attribute(value, tokens.expect(Kind.NAME, "a name or number").text());
      } else if (tokens.skipOperator("[")) {
        value = parseSubscript(value);
      } else if (tokens.peek().isOperator("(")) {
        value = new Call(value, parseGiven());
      } else {
        return value;
      }
    }
  }

  private Expression parseSubscript(Expression of) {
    @Nullable Expression start = tokens.peek().isOperator(":") ? null : parse();
    Expression subscript;
    if (start != null && !tokens.peek().isOperator(":")) {
      subscript = new Item(of, start);
    } else {
      tokens.expectOperator(":");
      @Nullable Expression stop = parseSliceEnd();
      @Nullable Expression step = tokens.skipOperator(":") ? parseSliceEnd() : null;
      subscript = new Slice(of, start, stop, step);
    }
    if (tokens.peek().isOperator(",")) {
      throw tokens.error("several subscripts at once are not supported by Tern");
    }
    tokens.expectOperator("]");
    return subscript;
  }

  private @Nullable Expression parseSliceEnd() {
    return tokens.peek().isOperator(":") || tokens.peek().isOperator("]") ? null : parse();
  }

  private Given parseGiven() {
    tokens.expectOperator("(");
    List<Expression> positional = new ArrayList<>();
    Map<String, Expression> named = new LinkedHashMap<>();
    while (!tokens.skipOperator(")")) {
      if (tokens.peek().isOperator("*") || tokens.peek().isOperator("**")) {
        throw tokens.error("arguments with * are not supported by Tern");
      }
      if (tokens.peek().kind() == Kind.NAME && tokens.peekSecond().isOperator("=")) {
        String name = tokens.next().text();
        tokens.next();
        if (named.put(name, parse()) != null) {
          throw tokens.error("the argument '%s' is given twice".formatted(name));
        }
      } else if (named.isEmpty()) {
        positional.add(parse());
      } else {
        throw tokens.error("an argument without a name comes after one with a name");
      }
      if (!tokens.peek().isOperator(")")) {
        tokens.expectOperator(",");
      }
    }
    return new Given(positional, named);
  }

  private Expression parseFiltersAndTests(Expression start) {
    Expression value = start;
    while (true) {
      if (tokens.peek().isOperator("|")) {
        value = parseFilters(value);
      } else if (tokens.skipName("is")) {
        value = parseTest(value);
      } else if (tokens.peek().isOperator("(")) {
        value = new Call(value, parseGiven());
      } else {
        return value;
      }
    }
  }

  /// {@return a value with the filters that follow}
  Expression parseFilters(Expression start) {
    Expression value = start;
    while (tokens.skipOperator("|")) {
      value = parseFilter(value);
    }
    return value;
  }

  /// {@return a value with the filter whose name follows}
  Expression parseFilter(Expression input) {
    String name = parseDottedName("the name of a filter");
    return new Filter(input, name, tokens.peek().isOperator("(") ? parseGiven() : Given.NOTHING);
  }

  private String parseDottedName(String what) {
    StringBuilder name = new StringBuilder(tokens.expect(Kind.NAME, what).text());
    while (tokens.skipOperator(".")) {
      name.append('.').append(tokens.expect(Kind.NAME, what).text());
    }
    return name.toString();
  }

  private Expression parseTest(Expression subject) {
    boolean negated = tokens.skipName("not");
    String name = parseDottedName("the name of a test");
    Given given = Given.NOTHING;
    if (tokens.peek().isOperator("(")) {
      given = parseGiven();
    } else if (startsTestArgument(tokens.peek())) {
      if (tokens.peek().isName("is")) {
        throw tokens.error("tests with 'is' cannot be chained");
      }
      given = new Given(List.of(parsePostfix(parsePrimary())), Map.of());
    }
    Expression test = new Test(subject, name, given);
    return negated ? new Unary("not", test) : test;
  }

  private static boolean startsTestArgument(Token token) {
    return switch (token.kind()) {
      case NAME -> !Set.of("else", "or", "and").contains(token.text());
      case STRING, INTEGER, FLOAT -> true;
      case OPERATOR -> token.isOperator("[") || token.isOperator("{");
      default -> false;
    };
  }
}
