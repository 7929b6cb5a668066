package dev.tern.jinja;

import dev.tern.jinja.Statement.Binding;
import dev.tern.jinja.Statement.Branch;
import dev.tern.jinja.Statement.Data;
import dev.tern.jinja.Statement.FilterBlock;
import dev.tern.jinja.Statement.For;
import dev.tern.jinja.Statement.If;
import dev.tern.jinja.Statement.Jump;
import dev.tern.jinja.Statement.Macro;
import dev.tern.jinja.Statement.NamespaceAttribute;
import dev.tern.jinja.Statement.Output;
import dev.tern.jinja.Statement.Parameter;
import dev.tern.jinja.Statement.Scoped;
import dev.tern.jinja.Statement.Set;
import dev.tern.jinja.Statement.SetBlock;
import dev.tern.jinja.Statement.Target;
import dev.tern.jinja.Statement.Unpacking;
import dev.tern.jinja.Statement.Variable;
import dev.tern.jinja.Statement.With;
import dev.tern.jinja.Token.Kind;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Reads the statements of a template.
final class TemplateParser {
  private final TokenStream tokens;
  private final ExpressionParser expressions;
  private final Budget budget;

  /// How many loops of the same macro are open, which is where `break` may stand.
  private int openLoops;

  private TemplateParser(TokenStream tokens, Budget budget) {
    this.tokens = tokens;
    this.budget = budget;
    this.expressions = new ExpressionParser(tokens, budget);
  }

  /// {@return the statements of a template}
  static List<Statement> parse(String template, Budget budget) {
    TokenStream tokens = new TokenStream(Lexer.tokenize(template));
    return new TemplateParser(tokens, budget).parseUntil();
  }

  /// {@return the statements up to one that begins with a given name, of which that name is the
  /// next word; or all, where none is given}
  private List<Statement> parseUntil(String... endings) {
    budget.enter();
    List<Statement> body = new ArrayList<>();
    while (true) {
      Token token = tokens.next();
      switch (token.kind()) {
        case DATA -> body.add(new Data(token.text()));
        case EXPRESSION_BEGIN -> {
          body.add(new Output(token.line(), withoutSafe(expressions.parseTuple())));
          tokens.expect(Kind.EXPRESSION_END, "'}}'");
        }
        case STATEMENT_BEGIN -> {
          if (Arrays.stream(endings).anyMatch(tokens.peek()::isName)) {
            budget.leave();
            return body;
          }
          body.add(parseStatement());
          tokens.expect(Kind.STATEMENT_END, "'%}'");
        }
        default -> {
          if (endings.length > 0) {
            throw tokens.unexpected("{% " + endings[endings.length - 1] + " %}");
          }
          budget.leave();
          return body;
        }
      }
    }
  }

  /// Without escaping, `safe` changes nothing where a value is written, and only there.
  private static Expression withoutSafe(Expression written) {
    Expression inner = written;
    while (inner instanceof Expression.Filter filter && filter.name().equals("safe")) {
      inner = filter.input();
    }
    return inner;
  }

  private Statement parseStatement() {
    Token tag = tokens.expect(Kind.NAME, "the name of a statement");
    int line = tag.line();
    return switch (tag.text()) {
      case "if" -> parseIf(line);
      case "for" -> parseFor(line);
      case "set" -> parseSet(line);
      case "macro" -> parseMacro(line);
      case "with" -> parseWith(line);
      case "filter" -> {
        Expression filters = expressions.parseFilters(expressions.parseFilter(Statement.BODY));
        yield new FilterBlock(line, filters, parseBody("endfilter"));
      }
      case "generation" -> new Scoped(parseOutsideOfLoops("endgeneration"));
      case "break", "continue" -> {
        if (openLoops == 0) {
          throw tokens.error("{%% %s %%} stands outside of a loop".formatted(tag.text()));
        }
        yield new Jump(tag.text().equals("break"));
      }
      default ->
          throw tokens.error("the statement '%s' is not supported by Tern".formatted(tag.text()));
    };
  }

  /// {@return a body and passes over the name that ends it}
  private List<Statement> parseBody(String ending) {
    beginBody();
    List<Statement> body = parseUntil(ending);
    tokens.expectName(ending);
    return body;
  }

  private void beginBody() {
    tokens.skipOperator(":");
    tokens.expect(Kind.STATEMENT_END, "'%}'");
  }

  private List<Statement> parseOutsideOfLoops(String ending) {
    int outer = openLoops;
    openLoops = 0;
    List<Statement> body = parseBody(ending);
    openLoops = outer;
    return body;
  }

  private If parseIf(int line) {
    List<Branch> branches = new ArrayList<>();
    do {
      Expression condition = expressions.parseCondition();
      beginBody();
      branches.add(new Branch(condition, parseUntil("elif", "else", "endif")));
    } while (tokens.skipName("elif"));
    return new If(line, branches, parseElse("endif"));
  }

  private List<Statement> parseElse(String ending) {
    if (tokens.skipName("else")) {
      return parseBody(ending);
    }
    tokens.expectName(ending);
    return List.of();
  }

  private For parseFor(int line) {
    Target target = target(expressions.parseTarget(), true);
    tokens.expectName("in");
    Expression values = expressions.parseLoopValues();
    @Nullable Expression condition = tokens.skipName("if") ? expressions.parse() : null;
    if (tokens.peek().isName("recursive")) {
      throw tokens.error("recursive loops are not supported by Tern");
    }
    beginBody();
    openLoops++;
    List<Statement> body = parseUntil("else", "endfor");
    openLoops--;
    return new For(line, target, values, condition, body, parseElse("endfor"));
  }

  private Statement parseSet(int line) {
    Target target = target(expressions.parseTarget(), false);
    if (tokens.skipOperator("=")) {
      return new Set(line, target, expressions.parseTuple());
    }
    Expression filters = expressions.parseFilters(Statement.BODY);
    return new SetBlock(line, target, filters, parseBody("endset"));
  }

  private Macro parseMacro(int line) {
    String name = tokens.expect(Kind.NAME, "the name of the macro").text();
    tokens.expectOperator("(");
    List<Parameter> parameters = new ArrayList<>();
    while (!tokens.skipOperator(")")) {
      String parameter = tokens.expect(Kind.NAME, "the name of a parameter").text();
      @Nullable Expression defaultValue = tokens.skipOperator("=") ? expressions.parse() : null;
      boolean followsDefault = !parameters.isEmpty() && parameters.getLast().defaultValue() != null;
      if (defaultValue == null && followsDefault) {
        throw tokens.error("a parameter without a default follows one with a default");
      }
      parameters.add(new Parameter(parameter, defaultValue));
      if (!tokens.peek().isOperator(")")) {
        tokens.expectOperator(",");
      }
    }
    return new Macro(line, name, parameters, parseOutsideOfLoops("endmacro"));
  }

  private With parseWith(int line) {
    List<Binding> bindings = new ArrayList<>();
    while (tokens.peek().kind() != Kind.STATEMENT_END) {
      if (!bindings.isEmpty()) {
        tokens.expectOperator(",");
      }
      Target target = target(expressions.parseTarget(), true);
      tokens.expectOperator("=");
      bindings.add(new Binding(target, expressions.parse()));
    }
    return new With(line, bindings, parseBody("endwith"));
  }

  private Target target(Expression expression, boolean variablesOnly) {
    return switch (expression) {
      case Expression.Name(String name) when !name.equals("loop") -> new Variable(name);
      case Expression.Attribute(Expression.Name(String variable), String attribute)
          when !variablesOnly ->
          new NamespaceAttribute(variable, attribute);
      case Expression.Sequence(Value.Kind kind, List<Expression> items)
          when kind == Value.Kind.TUPLE ->
          new Unpacking(items.stream().map(item -> target(item, variablesOnly)).toList());
      default -> throw tokens.error("nothing can be assigned to what stands before this");
    };
  }
}
