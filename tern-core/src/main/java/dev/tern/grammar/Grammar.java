package dev.tern.grammar;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.List;
import java.util.Optional;

/// The texts that a generation may produce.
///
/// ```java
/// Grammar answer = Grammar.gbnf("root ::= \"yes\" | \"no\"");
/// Grammar person =
///     Grammar.jsonSchema("{\"type\": \"object\", \"properties\": {\"age\": {\"type\": \"integer\"}}}");
/// GenerationOptions options = GenerationOptions.builder().grammar(person).build();
/// ```
///
/// Immutable and safe for use by many threads. One object that is used again costs less than a new
/// one each time, because models remember what they found out about it.
public final class Grammar {
  /// Longer grammars and schemas are refused, in characters.
  static final int MAX_LENGTH = 1 << 20;

  private static final class JsonObject {
    static final Grammar INSTANCE = jsonSchema("{\"type\": \"object\"}");
  }

  private final Program program;
  private final String description;

  private Grammar(RuleSet rules, int root, String description) {
    Optional<String> leftRecursive = rules.leftRecursive();
    if (leftRecursive.isPresent()) {
      throw new GrammarException(
          "%s: the rule '%s' can begin with itself (left recursion); write it so that something is read before, for example item (\",\" item)*"
              .formatted(description, leftRecursive.get()));
    }
    Normalization.apply(rules);
    if (rules.body(root).equals(Expression.NOTHING)) {
      throw new GrammarException(
          "%s: no text at all fits: every way through '%s' goes on for ever"
              .formatted(description, rules.name(root)));
    }
    this.program = ProgramCompiler.compile(rules, root);
    this.description = description;
  }

  /// Reads a grammar in llama.cpp's GBNF. Its rule `root` is what the text may be.
  ///
  /// Left recursion and rules that are defined twice are refused; repetition counts may be large.
  ///
  /// @param text the rules
  /// @throws GrammarException if it is wrong, with line and column, or too large
  public static Grammar gbnf(String text) {
    requireShort("the grammar", text);
    GbnfParser parser = new GbnfParser(text);
    return new Grammar(parser.read(), parser.root(), "the grammar");
  }

  /// Reads a JSON schema. The text is a JSON value that it describes, with little white space, its
  /// properties in the order of the schema; what the schema leaves open is not used: a property
  /// that is not named comes only where `additionalProperties` is given.
  ///
  /// @param schema the schema, as JSON
  /// @throws GrammarException if it is wrong, or has a keyword that is not enforced, which is named
  ///   with its place
  public static Grammar jsonSchema(String schema) {
    requireShort("the JSON schema", schema);
    RuleSet rules = new RuleSet();
    int root = SchemaCompiler.compile("the JSON schema", schema, rules);
    return new Grammar(rules, root, "the JSON schema");
  }

  /// Makes a grammar of literal text and JSON schemas.
  ///
  /// @param part the whole text
  /// @throws GrammarException if a schema is wrong, or has a keyword that is not enforced, which is
  ///   named with the schema and its place; or if no text fits
  public static Grammar of(GrammarPart part) {
    RuleSet rules = new RuleSet();
    int root = rules.declare("the text");
    rules.define(root, expression(part, rules));
    return new Grammar(rules, root, "the grammar");
  }

  private static Expression expression(GrammarPart part, RuleSet rules) {
    return switch (part) {
      case GrammarPart.Text(String text) -> Expression.literal(text);
      case GrammarPart.Schema(String source, String schema) -> {
        requireShort(source, schema);
        yield new Expression.Reference(SchemaCompiler.compile(source, schema, rules));
      }
      case GrammarPart.Sequence(var parts) -> new Expression.Sequence(expressions(parts, rules));
      case GrammarPart.Choice(var options) -> new Expression.Choice(expressions(options, rules));
      case GrammarPart.Many(GrammarPart body) ->
          Expression.many(
              new Expression.Reference(rules.declare("again", expression(body, rules))));
    };
  }

  private static List<Expression> expressions(List<GrammarPart> parts, RuleSet rules) {
    return parts.stream().map(part -> expression(part, rules)).toList();
  }

  /// {@return the grammar of all JSON objects}
  public static Grammar jsonObject() {
    return JsonObject.INSTANCE;
  }

  private static void requireShort(String what, String text) {
    if (text.length() > MAX_LENGTH) {
      throw new GrammarException(
          "%s has %d characters, more than %d".formatted(what, text.length(), MAX_LENGTH));
    }
  }

  /// {@return whether a whole text fits}
  ///
  /// @param text any string
  /// @throws GrammarException if there are too many ways to read it
  public boolean matches(String text) {
    Automaton automaton = new Automaton(program);
    State state = automaton.start();
    for (byte octet : text.getBytes(UTF_8)) {
      state = automaton.step(state, octet & 0xFF);
      if (state.isDead()) {
        return false;
      }
    }
    return state.accepts();
  }

  /// {@return about how many bytes of memory it takes, without what models find out about it}
  public long byteSize() {
    return program.byteSize();
  }

  Program program() {
    return program;
  }

  @Override
  public String toString() {
    return description;
  }
}
