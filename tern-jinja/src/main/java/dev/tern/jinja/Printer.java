package dev.tern.jinja;

import dev.tern.jinja.Value.Bool;
import dev.tern.jinja.Value.Dict;
import dev.tern.jinja.Value.Int;
import dev.tern.jinja.Value.Items;
import dev.tern.jinja.Value.Kind;
import dev.tern.jinja.Value.None;
import dev.tern.jinja.Value.Real;
import dev.tern.jinja.Value.Text;
import dev.tern.jinja.Value.Undefined;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/// Writes values: `str(value)` as `{{ }}` does, and `repr(value)` inside of lists.
final class Printer {
  private final Budget budget;

  Printer(Budget budget) {
    this.budget = budget;
  }

  /// {@return `str(value)`}
  String text(Value value) {
    return switch (value) {
      case Text(String text) -> text;
      case Undefined _ -> "";
      default -> {
        StringBuilder out = new StringBuilder();
        repr(value, out);
        yield out.toString();
      }
    };
  }

  private void repr(Value value, StringBuilder out) {
    budget.spend(8);
    budget.enter();
    switch (value) {
      case None _ -> out.append("None");
      case Undefined _ -> out.append("Undefined");
      case Bool(boolean truth) -> out.append(truth ? "True" : "False");
      case Int(long number) -> out.append(number);
      case Real(double number) -> out.append(Numbers.text(number));
      case Text(String text) -> quote(text, out);
      case Items(Kind kind, List<? extends Value> values) when kind == Kind.LIST -> {
        out.append('[');
        elements(values, out);
        out.append(']');
      }
      case Items(Kind kind, List<? extends Value> values) when kind == Kind.TUPLE -> {
        out.append('(');
        elements(values, out);
        out.append(values.size() == 1 ? ",)" : ")");
      }
      case Dict(Map<String, Value> entries) -> {
        String separator = "{";
        for (Map.Entry<String, Value> entry : entries.entrySet()) {
          out.append(separator);
          quote(entry.getKey(), out);
          out.append(": ");
          repr(entry.getValue(), out);
          separator = ", ";
        }
        out.append(entries.isEmpty() ? "{}" : "}");
      }
      default -> throw TemplateException.unsupported("writing a value of type " + value.type());
    }
    budget.leave();
  }

  private void elements(Collection<? extends Value> values, StringBuilder out) {
    boolean first = true;
    for (Value value : values) {
      if (!first) {
        out.append(", ");
      }
      repr(value, out);
      first = false;
    }
  }

  private void quote(String text, StringBuilder out) {
    budget.spend(10L * text.length() + 2);
    char quote = text.indexOf('\'') >= 0 && text.indexOf('"') < 0 ? '"' : '\'';
    out.append(quote);
    text.codePoints()
        .forEach(c -> {
          switch (c) {
            case '\n' -> out.append("\\n");
            case '\r' -> out.append("\\r");
            case '\t' -> out.append("\\t");
            default -> {
              if (c == quote || c == '\\') {
                out.append('\\').append((char) c);
              } else if (isPrintable(c)) {
                out.appendCodePoint(c);
              } else {
                out.append(
                    String.format(c < 0x100 ? "\\x%02x" : c < 0x10000 ? "\\u%04x" : "\\U%08x", c));
              }
            }
          }
        });
    out.append(quote);
  }

  /// {@return `str.isprintable` of a character}
  private static boolean isPrintable(int c) {
    return switch (Character.getType(c)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.SURROGATE,
          Character.PRIVATE_USE,
          Character.UNASSIGNED,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR ->
          false;
      case Character.SPACE_SEPARATOR -> c == ' ';
      default -> true;
    };
  }
}
