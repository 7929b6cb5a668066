package dev.tern.grammar;

import dev.tern.json.JsonValue;
import dev.tern.json.JsonView;
import java.math.BigDecimal;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.OffsetTime;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.regex.Pattern;

/// Whether a value fits a schema, read from the specification and not from what makes the grammar:
/// each keyword is one condition, and all must hold.
final class SchemaValidator {
  private final JsonView document;

  SchemaValidator(JsonView document) {
    this.document = document;
  }

  boolean fits(JsonView value) {
    return fits(value, document);
  }

  private boolean fits(JsonView value, JsonView schema) {
    if (schema.value() instanceof JsonValue.Bool(boolean anything)) {
      return anything;
    }
    for (String keyword : schema.members().keySet()) {
      if (!holds(keyword, schema.get(keyword), schema, value)) {
        return false;
      }
    }
    return true;
  }

  private boolean holds(String keyword, JsonView says, JsonView schema, JsonView value) {
    return switch (keyword) {
      case "title", "description", "default", "$defs", "definitions", "$schema", "$id" -> true;
      case "type" ->
          says.value() instanceof JsonValue.Elements
              ? says.elements().stream().anyMatch(type -> isType(type.string(), value))
              : isType(says.string(), value);
      case "enum" -> says.elements().stream().anyMatch(one -> one.value().equals(value.value()));
      case "const" -> says.value().equals(value.value());
      case "anyOf", "oneOf" -> says.elements().stream().anyMatch(one -> fits(value, one));
      case "allOf" -> says.elements().stream().allMatch(one -> fits(value, one));
      case "$ref" -> fits(value, resolve(says.string()));
      default ->
          switch (value.value()) {
            case JsonValue.Members(var members) -> ofObject(keyword, says, schema, value, members);
            case JsonValue.Elements _ -> ofArray(keyword, says, schema, value.elements());
            case JsonValue.Text text -> ofString(keyword, says, text.value());
            case JsonValue.Numeral number -> ofNumber(keyword, says, new BigDecimal(number.text()));
            default -> true;
          };
    };
  }

  private JsonView resolve(String pointer) {
    JsonView target = document;
    for (String step : pointer.substring(1).split("/", -1)) {
      target = step.isEmpty() ? target : target.get(step);
    }
    return target;
  }

  private static boolean isType(String type, JsonView value) {
    return switch (value.value()) {
      case JsonValue.Members _ -> type.equals("object");
      case JsonValue.Elements _ -> type.equals("array");
      case JsonValue.Text _ -> type.equals("string");
      case JsonValue.Bool _ -> type.equals("boolean");
      case JsonValue.Null _ -> type.equals("null");
      case JsonValue.Numeral number ->
          type.equals("number")
              || (type.equals("integer")
                  && new BigDecimal(number.text()).stripTrailingZeros().scale() <= 0);
    };
  }

  private boolean ofObject(
      String keyword,
      JsonView says,
      JsonView schema,
      JsonView value,
      Map<String, JsonValue> members) {
    return switch (keyword) {
      case "required" ->
          says.elements().stream().allMatch(name -> members.containsKey(name.string()));
      case "properties" ->
          members.keySet().stream()
              .filter(says.members()::containsKey)
              .allMatch(name -> fits(value.get(name), says.get(name)));
      case "additionalProperties" ->
          members.keySet().stream()
              .filter(name ->
                  !schema.members().containsKey("properties")
                      || !schema.get("properties").members().containsKey(name))
              .allMatch(name -> fits(value.get(name), says));
      default -> true;
    };
  }

  private boolean ofArray(String keyword, JsonView says, JsonView schema, List<JsonView> elements) {
    return switch (keyword) {
      case "minItems" -> elements.size() >= says.integer();
      case "maxItems" -> elements.size() <= says.integer();
      case "items" ->
          elements.stream()
              .skip(
                  schema.members().containsKey("prefixItems")
                      ? schema.get("prefixItems").elements().size()
                      : 0)
              .allMatch(element -> fits(element, says));
      case "prefixItems" -> {
        for (int i = 0; i < Math.min(elements.size(), says.elements().size()); i++) {
          if (!fits(elements.get(i), says.elements().get(i))) {
            yield false;
          }
        }
        yield true;
      }
      default -> true;
    };
  }

  private static boolean ofString(String keyword, JsonView says, String text) {
    int length = text.codePointCount(0, text.length());
    return switch (keyword) {
      case "minLength" -> length >= says.integer();
      case "maxLength" -> length <= says.integer();
      case "pattern" -> Pattern.compile(says.string()).matcher(text).find();
      case "format" -> {
        switch (says.string()) {
          case "date" -> LocalDate.parse(text);
          case "time" -> OffsetTime.parse(text);
          case "date-time" -> OffsetDateTime.parse(text);
          case "uuid" -> UUID.fromString(text);
          default -> throw new IllegalArgumentException(says.string());
        }
        yield true;
      }
      default -> true;
    };
  }

  private static boolean ofNumber(String keyword, JsonView says, BigDecimal number) {
    return switch (keyword) {
      case "minimum" -> number.compareTo(bound(says)) >= 0;
      case "maximum" -> number.compareTo(bound(says)) <= 0;
      case "exclusiveMinimum" -> number.compareTo(bound(says)) > 0;
      case "exclusiveMaximum" -> number.compareTo(bound(says)) < 0;
      default -> true;
    };
  }

  private static BigDecimal bound(JsonView says) {
    return new BigDecimal(((JsonValue.Numeral) says.value()).text());
  }
}
