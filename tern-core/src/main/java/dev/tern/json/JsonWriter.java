package dev.tern.json;

import java.util.Map;

/// Writes JSON.
public final class JsonWriter {
  private JsonWriter() {}

  /// {@return a character as it stands in a string}
  ///
  /// @param c a code point
  public static String escape(int c) {
    return switch (c) {
      case '"' -> "\\\"";
      case '\\' -> "\\\\";
      case '\b' -> "\\b";
      case '\f' -> "\\f";
      case '\n' -> "\\n";
      case '\r' -> "\\r";
      case '\t' -> "\\t";
      default -> c < ' ' ? "\\u%04x".formatted(c) : Character.toString(c);
    };
  }

  /// {@return a string with its quotes}
  ///
  /// @param text its value
  public static String write(String text) {
    StringBuilder written = new StringBuilder("\"");
    text.codePoints().forEach(c -> written.append(escape(c)));
    return written.append('"').toString();
  }

  /// {@return a value without white space}
  ///
  /// @param value any
  public static String write(JsonValue value) {
    StringBuilder written = new StringBuilder();
    write(value, written);
    return written.toString();
  }

  private static void write(JsonValue value, StringBuilder target) {
    switch (value) {
      case JsonValue.Text text -> target.append(write(text.value()));
      case JsonValue.Numeral numeral -> target.append(numeral.text());
      case JsonValue.Bool(boolean truth) -> target.append(truth);
      case JsonValue.Null _ -> target.append("null");
      case JsonValue.Elements(var elements) -> {
        target.append('[');
        for (int i = 0; i < elements.size(); i++) {
          target.append(i == 0 ? "" : ",");
          write(elements.get(i), target);
        }
        target.append(']');
      }
      case JsonValue.Members(var members) -> {
        target.append('{');
        String separator = "";
        for (Map.Entry<String, JsonValue> member : members.entrySet()) {
          target.append(separator).append(write(member.getKey())).append(':');
          write(member.getValue(), target);
          separator = ",";
        }
        target.append('}');
      }
    }
  }
}
