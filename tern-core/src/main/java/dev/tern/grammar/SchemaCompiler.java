package dev.tern.grammar;

import static dev.tern.grammar.Expression.literal;
import static java.nio.charset.StandardCharsets.UTF_8;

import dev.tern.ModelFormatException;
import dev.tern.json.Json;
import dev.tern.json.JsonValue;
import dev.tern.json.JsonView;
import dev.tern.json.JsonWriter;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Makes rules of a JSON schema. Every text of the rules is a value that fits the schema; of
/// `oneOf`, one that fits one or more of its schemas.
///
/// Source: JSON Schema 2020-12, core and validation. What a schema leaves open is not used: no
/// members or elements that it does not describe, unless `additionalProperties` or a least number
/// of elements asks for them.
final class SchemaCompiler {
  private static final int MAX_DEPTH = 100;

  /// Schemas that are made of several, which alternatives inside alternatives multiply.
  private static final int MAX_COMBINATIONS = 10_000;

  private final JsonView document;
  private final RuleSet rules;
  private final JsonText json;
  private final SchemaObjects objects;
  private final Map<String, Integer> ruleOfPointer = new HashMap<>();
  private final Deque<String> pending = new ArrayDeque<>();
  private int depth;
  private int combinations;

  private SchemaCompiler(JsonView document, RuleSet rules) {
    this.document = document;
    this.rules = rules;
    this.json = new JsonText(rules);
    this.objects = new SchemaObjects(rules, json, this::expression);
  }

  /// Adds the rules of a schema and returns the number of the one to begin with.
  ///
  /// @param source what to call the schema in messages
  static int compile(String source, String schema, RuleSet rules) {
    try {
      JsonView document = Json.parseUnique(source, schema.getBytes(UTF_8));
      return new SchemaCompiler(document, rules).compileAll();
    } catch (ModelFormatException wrong) {
      throw new GrammarException(wrong.getMessage(), wrong);
    }
  }

  private int compileAll() {
    int root = ruleOf("#", document);
    while (!pending.isEmpty()) {
      String pointer = pending.remove();
      depth = 0;
      rules.define(ruleOf(pointer, document), expression(resolve(pointer, document)));
    }
    return root;
  }

  private int ruleOf(String pointer, JsonView from) {
    Integer known = ruleOfPointer.get(pointer);
    if (known != null) {
      return known;
    }
    resolve(pointer, from);
    int rule = rules.declare(pointer);
    ruleOfPointer.put(pointer, rule);
    pending.add(pointer);
    return rule;
  }

  /// The schema that a `$ref` points at.
  private JsonView resolve(String pointer, JsonView from) {
    if (!pointer.equals("#") && !pointer.startsWith("#/")) {
      throw SchemaKeywords.refused(
          from,
          "the reference '%s' does not point into this schema, for example to #/$defs/name"
              .formatted(pointer));
    }
    JsonView target = document;
    String[] steps = pointer.split("/", -1);
    for (int i = 1; i < steps.length; i++) {
      String step = steps[i].replace("~1", "/").replace("~0", "~");
      Optional<JsonView> next =
          switch (target.value()) {
            case JsonValue.Members _ -> SchemaKeywords.find(target, step);
            case JsonValue.Elements _ -> element(target, step);
            default -> Optional.empty();
          };
      if (next.isEmpty()) {
        throw SchemaKeywords.refused(
            from, "the reference '%s' points at nothing".formatted(pointer));
      }
      target = next.get();
    }
    return target;
  }

  private static Optional<JsonView> element(JsonView array, String step) {
    List<JsonView> elements = array.elements();
    return step.matches("[0-9]{1,6}") && Integer.parseInt(step) < elements.size()
        ? Optional.of(elements.get(Integer.parseInt(step)))
        : Optional.empty();
  }

  /// The texts of the values that fit a schema.
  private Expression expression(JsonView schema) {
    if (++depth > MAX_DEPTH) {
      throw SchemaKeywords.refused(
          schema, "schemas are nested more than %d deep".formatted(MAX_DEPTH));
    }
    Expression expression =
        schema.value() instanceof JsonValue.Bool(boolean anything)
            ? anything ? json.anyValue() : Expression.NOTHING
            : constrained(SchemaKeywords.constraints(schema));
    depth--;
    return expression;
  }

  private Expression constrained(JsonView schema) {
    Set<String> keywords = schema.members().keySet();
    if (keywords.equals(Set.of("$ref"))) {
      return new Expression.Reference(ruleOf(schema.get("$ref").string(), schema.get("$ref")));
    }
    if (keywords.contains("$ref") || keywords.contains("allOf")) {
      JsonView joined = join(schema, 0);
      return SchemaKeywords.isNothing(joined) ? Expression.NOTHING : constrained(joined);
    }
    for (String alternatives : List.of("anyOf", "oneOf")) {
      if (keywords.contains(alternatives)) {
        return alternatives(schema, alternatives);
      }
    }
    if (keywords.contains("const") || keywords.contains("enum")) {
      return given(schema);
    }
    List<Expression> options = new ArrayList<>();
    for (String type : types(schema)) {
      options.add(ofType(type, schema));
    }
    return options.isEmpty() && !keywords.contains("type")
        ? json.anyValue()
        : new Expression.Choice(options);
  }

  /// One schema of all that must hold besides it.
  private JsonView join(JsonView schema, int references) {
    if (references > MAX_DEPTH || ++combinations > MAX_COMBINATIONS) {
      throw SchemaKeywords.refused(
          schema, "allOf and references lead in a circle, or to too many schemas");
    }
    List<JsonView> others = new ArrayList<>();
    SchemaKeywords.find(schema, "$ref").ifPresent(ref -> others.add(resolve(ref.string(), ref)));
    SchemaKeywords.find(schema, "allOf").ifPresent(all -> others.addAll(all.elements()));
    JsonView joined = SchemaKeywords.without(schema, "$ref", "allOf");
    for (JsonView other : others) {
      if (other.value() instanceof JsonValue.Bool(boolean anything)) {
        if (!anything) {
          return other;
        }
        continue;
      }
      JsonView plain = join(SchemaKeywords.constraints(other), references + 1);
      if (SchemaKeywords.isNothing(plain)) {
        return plain;
      }
      joined = SchemaKeywords.both(joined, plain);
    }
    return joined;
  }

  private Expression alternatives(JsonView schema, String keyword) {
    JsonView common = SchemaKeywords.without(schema, keyword);
    List<Expression> options = new ArrayList<>();
    for (JsonView option : schema.get(keyword).elements()) {
      boolean alone = common.members().isEmpty() || option.value() instanceof JsonValue.Bool;
      if (alone) {
        boolean anything = option.value().equals(new JsonValue.Bool(true));
        options.add(expression(anything ? common : option));
        continue;
      }
      JsonView plain = join(SchemaKeywords.constraints(option), 0);
      options.add(
          SchemaKeywords.isNothing(plain)
              ? Expression.NOTHING
              : expression(SchemaKeywords.both(common, plain)));
    }
    return new Expression.Choice(options);
  }

  /// Values that are given one by one.
  private Expression given(JsonView schema) {
    for (String keyword : schema.members().keySet()) {
      if (!Set.of("const", "enum", "type").contains(keyword)) {
        throw SchemaKeywords.refused(
            schema,
            "'%s' beside enum or const is not enforced; take it away, or the values it rules out"
                .formatted(keyword));
      }
    }
    Optional<JsonView> constant = SchemaKeywords.find(schema, "const");
    Optional<JsonView> values = SchemaKeywords.find(schema, "enum");
    List<String> types = SchemaKeywords.has(schema, "type") ? types(schema) : List.of();
    List<Expression> options = new ArrayList<>();
    for (JsonView value : values.map(JsonView::elements).orElseGet(() -> List.of(constant.get()))) {
      boolean isType =
          !SchemaKeywords.has(schema, "type")
              || types.stream().anyMatch(type -> isOfType(value, type));
      if (isType && (constant.isEmpty() || value.value().equals(constant.get().value()))) {
        options.add(literal(JsonWriter.write(value.value())));
      }
    }
    return new Expression.Choice(options);
  }

  private static boolean isOfType(JsonView value, String type) {
    return switch (value.value()) {
      case JsonValue.Members _ -> type.equals("object");
      case JsonValue.Elements _ -> type.equals("array");
      case JsonValue.Text _ -> type.equals("string");
      case JsonValue.Bool _ -> type.equals("boolean");
      case JsonValue.Null _ -> type.equals("null");
      case JsonValue.Numeral _ ->
          type.equals("number")
              || (type.equals("integer")
                  && SchemaKeywords.number(value).stripTrailingZeros().scale() <= 0);
    };
  }

  /// The types that a schema names, or those that its keywords are for; all of them are more than
  /// it takes, because a keyword says nothing about values of another type.
  private static List<String> types(JsonView schema) {
    Optional<JsonView> type = SchemaKeywords.find(schema, "type");
    if (type.isPresent()) {
      return SchemaKeywords.typeViews(type.get()).stream().map(JsonView::string).toList();
    }
    List<String> implied = new ArrayList<>();
    addIf(implied, "object", SchemaKeywords.OBJECT, schema);
    addIf(implied, "array", SchemaKeywords.ARRAY, schema);
    addIf(implied, "string", SchemaKeywords.STRING, schema);
    addIf(implied, "number", SchemaKeywords.NUMBER, schema);
    return implied;
  }

  private static void addIf(
      List<String> types, String type, Set<String> keywords, JsonView schema) {
    if (schema.members().keySet().stream().anyMatch(keywords::contains)) {
      types.add(type);
    }
  }

  private Expression ofType(String type, JsonView schema) {
    return switch (type) {
      case "object" -> objects.object(schema);
      case "array" -> objects.array(schema);
      case "string" -> SchemaScalars.string(schema, json);
      case "number" -> SchemaScalars.number(schema, json);
      case "integer" -> SchemaScalars.integer(schema);
      case "boolean" -> Expression.choice(literal("true"), literal("false"));
      case "null" -> literal("null");
      default -> throw SchemaKeywords.refused(schema, "there is no type '%s'".formatted(type));
    };
  }
}
