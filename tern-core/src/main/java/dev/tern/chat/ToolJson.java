package dev.tern.chat;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.tern.ModelFormatException;
import dev.tern.json.Json;
import dev.tern.json.JsonValue;
import dev.tern.json.JsonView;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// Reads the JSON that comes with tools.
final class ToolJson {
  private ToolJson() {}

  /// {@return a JSON object}
  ///
  /// @param what to call it in messages
  /// @throws ToolsException if it is none
  static JsonValue.Members object(String what, String text) {
    try {
      JsonView view = Json.parse(what, text.getBytes(UTF_8));
      if (view.value() instanceof JsonValue.Members members) {
        return members;
      }
      throw new ToolsException(
          "%s should be a JSON object, but is %s".formatted(what, view.value().kind()));
    } catch (ModelFormatException wrong) {
      throw new ToolsException(wrong.getMessage(), wrong);
    }
  }

  /// {@return a JSON value as templates get it: maps, lists, strings, booleans, longs, doubles,
  /// null}
  ///
  /// @param what to call it in messages
  /// @param eachText what becomes of names and strings
  static @Nullable Object plain(String what, JsonValue value, UnaryOperator<String> eachText) {
    return switch (value) {
      case JsonValue.Text text -> eachText.apply(text.value());
      case JsonValue.Bool(boolean truth) -> truth;
      case JsonValue.Null _ -> null;
      case JsonValue.Numeral numeral -> number(what, numeral.text());
      case JsonValue.Elements(List<JsonValue> elements) -> {
        List<@Nullable Object> list = new ArrayList<>();
        elements.forEach(element -> list.add(plain(what, element, eachText)));
        yield list;
      }
      case JsonValue.Members(Map<String, JsonValue> members) -> {
        Map<String, @Nullable Object> map = new LinkedHashMap<>();
        members.forEach(
            (name, member) -> map.put(eachText.apply(name), plain(what, member, eachText)));
        yield map;
      }
    };
  }

  /// Python reads what has a point or an exponent as a float, and all else as an integer.
  private static Object number(String what, String text) {
    boolean isReal = text.chars().anyMatch(c -> c == '.' || c == 'e' || c == 'E');
    if (isReal && !Double.isInfinite(Double.parseDouble(text))) {
      return Double.parseDouble(text);
    }
    try {
      return Long.parseLong(text);
    } catch (NumberFormatException tooLarge) {
      throw new ToolsException(
          "%s: the number %s is too large; write it as a string".formatted(what, text), tooLarge);
    }
  }
}
