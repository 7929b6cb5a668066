package dev.tern.jinja;

import dev.tern.jinja.Value.Bool;
import dev.tern.jinja.Value.Dict;
import dev.tern.jinja.Value.Int;
import dev.tern.jinja.Value.Items;
import dev.tern.jinja.Value.Kind;
import dev.tern.jinja.Value.None;
import dev.tern.jinja.Value.Real;
import dev.tern.jinja.Value.Text;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// Writes values as `json.dumps(value, ensure_ascii=False)` does.
final class JsonWriter {
  private final Budget budget;
  private final String indent;
  private final String itemSeparator;
  private final String keySeparator;
  private final boolean sortKeys;
  private final boolean multiline;
  private final StringBuilder out = new StringBuilder();
  private String newline = "\n";

  /// @param arguments of `tojson`
  JsonWriter(Budget budget, Map<String, Value> arguments, Operators operators) {
    this.budget = budget;
    Value given = arguments.getOrDefault("indent", Values.NONE);
    multiline = !(given instanceof None);
    indent = multiline ? indent(given) : "";
    sortKeys = operators.truth(arguments.getOrDefault("sort_keys", Values.FALSE));
    Value separators = arguments.getOrDefault("separators", Values.NONE);
    if (separators instanceof Items(Kind _, List<? extends Value> values)
        && values.size() == 2
        && values.get(0) instanceof Text(String item)
        && values.get(1) instanceof Text(String key)) {
      itemSeparator = item;
      keySeparator = key;
    } else if (separators instanceof None) {
      itemSeparator = multiline ? "," : ", ";
      keySeparator = ": ";
    } else {
      throw new TemplateException("the separators of tojson must be two strings");
    }
    if (operators.truth(arguments.getOrDefault("ensure_ascii", Values.FALSE))) {
      throw TemplateException.unsupported("tojson with ensure_ascii");
    }
  }

  private static String indent(Value given) {
    long width = given instanceof Text ? 0 : Numbers.integer(given, "the indent of tojson");
    if (given instanceof Text || width > 64) {
      throw TemplateException.unsupported("tojson with this indent");
    }
    return " ".repeat((int) Math.max(0, width));
  }

  String write(Value value) {
    append(value);
    return out.toString();
  }

  private void append(Value value) {
    budget.spend(8L + newline.length() + itemSeparator.length() + keySeparator.length());
    budget.enter();
    switch (value) {
      case None _ -> out.append("null");
      case Bool(boolean truth) -> out.append(truth);
      case Int(long number) -> out.append(number);
      case Real(double number) ->
          out.append(
              Double.isInfinite(number)
                  ? (number > 0 ? "Infinity" : "-Infinity")
                  : Numbers.text(number));
      case Text(String text) -> quote(text);
      case Items(Kind kind, List<? extends Value> values)
          when kind == Kind.LIST || kind == Kind.TUPLE ->
          list(values);
      case Dict(Map<String, Value> entries) -> object(sortKeys ? sorted(entries) : entries);
      default -> throw new TemplateException(value.type() + " cannot be written as JSON");
    }
    budget.leave();
  }

  private static Map<String, Value> sorted(Map<String, Value> entries) {
    Map<String, Value> sorted = new TreeMap<>(Operators::compareCodePoints);
    sorted.putAll(entries);
    return sorted;
  }

  private void list(List<? extends Value> values) {
    open('[', values.isEmpty());
    boolean first = true;
    for (Value value : values) {
      separate(first);
      append(value);
      first = false;
    }
    close(']', values.isEmpty());
  }

  private void object(Map<String, Value> entries) {
    open('{', entries.isEmpty());
    boolean first = true;
    for (Map.Entry<String, Value> entry : entries.entrySet()) {
      separate(first);
      quote(entry.getKey());
      out.append(keySeparator);
      append(entry.getValue());
      first = false;
    }
    close('}', entries.isEmpty());
  }

  private void open(char bracket, boolean empty) {
    out.append(bracket);
    newline += indent;
    if (multiline && !empty) {
      out.append(newline);
    }
  }

  private void separate(boolean first) {
    if (!first) {
      out.append(itemSeparator);
      if (multiline) {
        out.append(newline);
      }
    }
  }

  private void close(char bracket, boolean empty) {
    newline = newline.substring(0, newline.length() - indent.length());
    if (multiline && !empty) {
      out.append(newline);
    }
    out.append(bracket);
  }

  private void quote(String text) {
    budget.spend(6L * text.length() + 2);
    out.append('"');
    for (int at = 0; at < text.length(); at++) {
      char c = text.charAt(at);
      switch (c) {
        case '"' -> out.append("\\\"");
        case '\\' -> out.append("\\\\");
        case '\n' -> out.append("\\n");
        case '\r' -> out.append("\\r");
        case '\t' -> out.append("\\t");
        case '\b' -> out.append("\\b");
        case '\f' -> out.append("\\f");
        default -> {
          if (c < 0x20) {
            out.append("\\u%04x".formatted((int) c));
          } else {
            out.append(c);
          }
        }
      }
    }
    out.append('"');
  }
}
