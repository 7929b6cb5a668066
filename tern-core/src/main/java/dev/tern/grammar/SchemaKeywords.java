package dev.tern.grammar;

import dev.tern.json.JsonValue;
import dev.tern.json.JsonView;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// The keywords of a schema: which are enforced, which say nothing about values, and how two
/// schemas that both hold become one.
final class SchemaKeywords {
  private static final Set<String> ANNOTATIONS =
      Set.of(
          "title",
          "description",
          "default",
          "example",
          "examples",
          "deprecated",
          "readOnly",
          "writeOnly",
          "contentMediaType",
          "contentEncoding",
          "$schema",
          "$comment",
          "$anchor",
          "$defs",
          "definitions");

  static final Set<String> OBJECT = Set.of("properties", "required", "additionalProperties");
  static final Set<String> ARRAY = Set.of("items", "prefixItems", "minItems", "maxItems");
  static final Set<String> STRING = Set.of("minLength", "maxLength", "pattern", "format");
  static final Set<String> NUMBER =
      Set.of("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum");
  private static final Set<String> GENERAL =
      Set.of("type", "enum", "const", "anyOf", "oneOf", "allOf", "$ref");

  private static final Set<String> LARGER_HOLDS =
      Set.of("minimum", "exclusiveMinimum", "minLength", "minItems");
  private static final Set<String> SMALLER_HOLDS =
      Set.of("maximum", "exclusiveMaximum", "maxLength", "maxItems");

  private SchemaKeywords() {}

  /// The keywords that say something about values.
  ///
  /// @throws GrammarException if one is not enforced
  static JsonView constraints(JsonView schema) {
    Map<String, JsonValue> kept = new LinkedHashMap<>();
    schema
        .members()
        .forEach((name, value) -> {
          if (isConstraint(schema, name, value)) {
            kept.put(name, value);
          }
        });
    return new JsonView(schema.source(), schema.path(), new JsonValue.Members(kept));
  }

  private static boolean isConstraint(JsonView schema, String name, JsonValue value) {
    if (ANNOTATIONS.contains(name)
        || name.startsWith("x-")
        || (name.equals("$id") && schema.path().isEmpty())
        || (name.equals("uniqueItems") && value.equals(new JsonValue.Bool(false)))) {
      return false;
    }
    if (GENERAL.contains(name)
        || OBJECT.contains(name)
        || ARRAY.contains(name)
        || STRING.contains(name)
        || NUMBER.contains(name)) {
      return true;
    }
    throw refused(schema, "the keyword '%s' is not enforced; take it away".formatted(name));
  }

  static GrammarException refused(JsonView schema, String why) {
    return new GrammarException(
        "%s: at %s: %s"
            .formatted(schema.source(), schema.path().isEmpty() ? "its top" : schema.path(), why));
  }

  /// A schema without some keywords.
  static JsonView without(JsonView schema, String... names) {
    Map<String, JsonValue> kept = new LinkedHashMap<>(schema.members());
    kept.keySet().removeAll(Set.of(names));
    return new JsonView(schema.source(), schema.path(), new JsonValue.Members(kept));
  }

  static boolean has(JsonView schema, String name) {
    return schema.members().containsKey(name);
  }

  static Optional<JsonView> find(JsonView schema, String name) {
    return has(schema, name) ? Optional.of(schema.get(name)) : Optional.empty();
  }

  static boolean isNothing(JsonView schema) {
    return schema.value().equals(new JsonValue.Bool(false));
  }

  /// The schema of values that fit two schemas of constraints.
  ///
  /// @throws GrammarException if Tern cannot tell
  static JsonView both(JsonView first, JsonView second) {
    requireOpen(first, second);
    requireOpen(second, first);
    Map<String, JsonValue> merged = new LinkedHashMap<>(first.members());
    for (Map.Entry<String, JsonValue> keyword : second.members().entrySet()) {
      JsonValue known = merged.get(keyword.getKey());
      merged.put(
          keyword.getKey(),
          known == null || known.equals(keyword.getValue())
              ? keyword.getValue()
              : both(first, second, keyword.getKey()));
    }
    return new JsonView(first.source(), first.path(), new JsonValue.Members(merged));
  }

  private static JsonValue both(JsonView firstSchema, JsonView secondSchema, String keyword) {
    JsonView first = firstSchema.get(keyword);
    JsonView second = secondSchema.get(keyword);
    if (LARGER_HOLDS.contains(keyword) || SMALLER_HOLDS.contains(keyword)) {
      boolean firstIsLarger = number(first).compareTo(number(second)) >= 0;
      return (firstIsLarger == LARGER_HOLDS.contains(keyword) ? first : second).value();
    }
    return switch (keyword) {
      case "properties" -> properties(first, second);
      case "required" -> union(first, second);
      case "enum" -> intersection(first, second);
      case "type" -> types(first, second);
      default ->
          throw refused(
              first,
              "'%s' is given in two places that both hold, which cannot be enforced"
                  .formatted(keyword));
    };
  }

  /// What a schema says about properties that it does not name would have to be said about those
  /// that only the other one names.
  private static void requireOpen(JsonView schema, JsonView other) {
    Optional<JsonView> additional = find(schema, "additionalProperties");
    if (additional.isEmpty()
        || additional.get().value().equals(new JsonValue.Bool(true))
        || !has(other, "properties")) {
      return;
    }
    Set<String> named =
        has(schema, "properties") ? schema.get("properties").members().keySet() : Set.of();
    if (!named.containsAll(other.get("properties").members().keySet())) {
      throw refused(
          additional.get(),
          "additionalProperties beside other properties in a schema that must hold as well cannot be enforced");
    }
  }

  private static JsonValue properties(JsonView first, JsonView second) {
    Map<String, JsonValue> all = new LinkedHashMap<>(first.members());
    second
        .members()
        .forEach((name, schema) -> {
          JsonValue known = all.put(name, schema);
          if (known != null && !known.equals(schema)) {
            throw refused(
                first,
                "the property '%s' is described differently in two places that both hold, which cannot be enforced"
                    .formatted(name));
          }
        });
    return new JsonValue.Members(all);
  }

  private static JsonValue union(JsonView first, JsonView second) {
    List<JsonValue> all = new ArrayList<>(values(first));
    values(second).stream().filter(value -> !all.contains(value)).forEach(all::add);
    return new JsonValue.Elements(all);
  }

  private static JsonValue intersection(JsonView first, JsonView second) {
    List<JsonValue> other = values(second);
    return new JsonValue.Elements(values(first).stream().filter(other::contains).toList());
  }

  private static JsonValue types(JsonView first, JsonView second) {
    List<JsonValue> common = new ArrayList<>();
    for (JsonView one : typeViews(first)) {
      for (JsonView other : typeViews(second)) {
        if (one.string().equals(other.string()) || isIntegerOf(one, other)) {
          common.add(one.value());
        } else if (isIntegerOf(other, one)) {
          common.add(other.value());
        }
      }
    }
    return new JsonValue.Elements(common.stream().distinct().toList());
  }

  private static boolean isIntegerOf(JsonView integer, JsonView number) {
    return integer.string().equals("integer") && number.string().equals("number");
  }

  /// The types of a keyword `type`: one, or a list.
  static List<JsonView> typeViews(JsonView type) {
    return type.value() instanceof JsonValue.Elements ? type.elements() : List.of(type);
  }

  private static List<JsonValue> values(JsonView array) {
    return array.elements().stream().map(JsonView::value).toList();
  }

  /// The value of a number of reasonable size.
  static BigDecimal number(JsonView view) {
    if (!(view.value() instanceof JsonValue.Numeral numeral)) {
      throw view.wrong("a number");
    }
    int mostDigits = 100;
    if (numeral.text().length() <= mostDigits) {
      try {
        BigDecimal number = new BigDecimal(numeral.text());
        if (Math.abs((long) number.precision() - number.scale()) <= mostDigits
            && number.scale() <= mostDigits) {
          return number;
        }
      } catch (NumberFormatException _) {
        // An exponent of more than 32 bits.
      }
    }
    throw refused(view, "numbers of more than %d digits are not supported".formatted(mostDigits));
  }
}
