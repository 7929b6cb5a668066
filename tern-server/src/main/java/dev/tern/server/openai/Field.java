package dev.tern.server.openai;

import dev.tern.server.api.ApiException;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// A value in a request that is there, and where. Each reading checks type and range, and refuses
/// with the path.
///
/// @param path for example `messages[2].content`
/// @param value not null
record Field(String path, JsonNode value) {
  /// {@return a text}
  ///
  /// @throws ApiException if it is none
  String text() {
    if (!value.isString()) {
      throw wrongType("a string");
    }
    return value.stringValue();
  }

  /// {@return one of some words}
  ///
  /// @param words the ones that there are
  /// @throws ApiException if it is no other
  String oneOf(String... words) {
    String text = text();
    if (!List.of(words).contains(text)) {
      throw wrongValue("must be %s, not '%s'".formatted(String.join(" or ", words), text));
    }
    return text;
  }

  /// {@return yes or no}
  ///
  /// @throws ApiException if it is neither
  boolean flag() {
    if (!value.isBoolean()) {
      throw wrongType("true or false");
    }
    return value.booleanValue();
  }

  /// {@return a number}
  ///
  /// @param least the smallest that may be
  /// @param most the largest that may be
  /// @throws ApiException if it is no number or out of range
  float number(float least, float most) {
    if (!value.isNumber()) {
      throw wrongType("a number");
    }
    double number = value.doubleValue();
    if (!(number >= least && number <= most)) {
      throw wrongValue(
          "must be from %s to %s, not %s".formatted(shortest(least), shortest(most), value));
    }
    return (float) number;
  }

  private static String shortest(float number) {
    return number == Math.rint(number) ? Long.toString((long) number) : Float.toString(number);
  }

  /// {@return a whole number}
  ///
  /// @param least the smallest that may be
  /// @param most the largest that may be
  /// @throws ApiException if it is no whole number or out of range
  int integer(int least, int most) {
    requireWhole();
    if (!value.canConvertToInt() || value.intValue() < least || value.intValue() > most) {
      throw wrongValue(
          most == Integer.MAX_VALUE
              ? "must be at least %d, not %s".formatted(least, value)
              : "must be from %d to %d, not %s".formatted(least, most, value));
    }
    return value.intValue();
  }

  /// {@return a whole number of 64 bits}
  ///
  /// @throws ApiException if it is none
  long wholeNumber() {
    requireWhole();
    if (!value.canConvertToLong()) {
      throw wrongValue("must fit into 64 bits, which %s does not".formatted(value));
    }
    return value.longValue();
  }

  private void requireWhole() {
    if (!value.isIntegralNumber()) {
      throw wrongType("a whole number");
    }
  }

  /// {@return the fields of an object}
  ///
  /// @throws ApiException if it is none
  Fields object() {
    if (value instanceof ObjectNode object) {
      return new Fields(path, object);
    }
    throw wrongType("an object");
  }

  /// {@return the elements of an array}
  ///
  /// @throws ApiException if it is none, or one of them is null
  List<Field> elements() {
    if (!value.isArray()) {
      throw wrongType("an array");
    }
    List<Field> elements = new ArrayList<>();
    for (JsonNode element : value) {
      Field field = new Field("%s[%d]".formatted(path, elements.size()), element);
      if (element.isNull()) {
        throw field.wrongValue("must not be null");
      }
      elements.add(field);
    }
    return elements;
  }

  /// {@return that it is of another type than it must be}
  ///
  /// @param wanted for example `a string`
  ApiException wrongType(String wanted) {
    return ApiException.invalid(
        path, "invalid_type", "'%s' must be %s, not %s".formatted(path, wanted, typeName()));
  }

  /// {@return that its value cannot be}
  ///
  /// @param why what follows its name in the sentence
  ApiException wrongValue(String why) {
    return ApiException.invalid(path, "invalid_value", "'%s' %s".formatted(path, why));
  }

  /// {@return that Tern does not do it}
  ///
  /// @param why what follows its name in the sentence
  ApiException unsupported(String why) {
    return ApiException.invalid(path, "unsupported_parameter", "'%s' %s".formatted(path, why));
  }

  private String typeName() {
    return switch (value.getNodeType()) {
      case STRING -> "a string";
      case NUMBER -> value.isIntegralNumber() ? "a whole number" : "a number with a fraction";
      case BOOLEAN -> "true or false";
      case ARRAY -> "an array";
      case OBJECT -> "an object";
      case NULL -> "null";
      case BINARY, MISSING, POJO -> "something else";
    };
  }
}
