package dev.tern.jinja;

import dev.tern.jinja.Value.Dict;
import dev.tern.jinja.Value.Generator;
import dev.tern.jinja.Value.Items;
import dev.tern.jinja.Value.Kind;
import dev.tern.jinja.Value.Namespace;
import dev.tern.jinja.Value.None;
import dev.tern.jinja.Value.Text;
import dev.tern.jinja.Value.Undefined;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// `value.name`, `value[key]` and `value[start:stop:step]`.
///
/// As in Jinja2, a dot finds methods before keys, brackets keys before methods, and what is not
/// there is undefined rather than an error, unless it is looked for in something undefined.
final class Subscripts {
  private final Budget budget;
  private final Methods methods;

  Subscripts(Budget budget, Methods methods) {
    this.budget = budget;
    this.methods = methods;
  }

  Value attribute(Value of, String name) {
    Value attribute = ownAttribute(of, name);
    if (attribute == null && of instanceof Dict(Map<String, Value> entries)) {
      attribute = entries.get(name);
    }
    return attribute == null ? missing(of, name) : attribute;
  }

  Value item(Value of, Value key) {
    Operators.requireDefined(of);
    Value item =
        switch (of) {
          case Dict(Map<String, Value> entries) ->
              key instanceof Text(String name) ? entries.get(name) : null;
          case Items(Kind kind, List<? extends Value> values) when kind != Kind.VIEW -> {
            int index = index(key, values.size());
            yield index < 0 ? null : values.get(index);
          }
          case Text(String text) -> {
            budget.spend(text.length());
            int index = index(key, Strings.length(text));
            yield index < 0
                ? null
                : new Text(Character.toString(text.codePointAt(text.offsetByCodePoints(0, index))));
          }
          case Items _, Generator _, None _, Loop _, Namespace _, Value.Bool _, Value.Int _ -> null;
          case Value.Real _, Undefined _, Value.Function _ -> null;
        };
    if (item == null && key instanceof Text(String name)) {
      item = ownAttribute(of, name);
    }
    return item == null ? missing(of, key instanceof Text(String name) ? name : "that item") : item;
  }

  /// {@return the element that an index means, or -1 if there is none}
  private static int index(Value key, int size) {
    if (!Numbers.isIntegral(key)) {
      return -1;
    }
    long index = Numbers.integer(key, "an index");
    long fromStart = index < 0 ? index + size : index;
    return fromStart >= 0 && fromStart < size ? (int) fromStart : -1;
  }

  private @Nullable Value ownAttribute(Value of, String name) {
    Operators.requireDefined(of);
    if (name.startsWith("__")) {
      throw TemplateException.unsupported("the attribute '%s'".formatted(name));
    }
    return switch (of) {
      case Namespace namespace -> namespace.attributes.get(name);
      case Loop loop -> loop.attribute(name);
      case Value.Function _ -> throw TemplateException.unsupported("an attribute of a function");
      default -> methods.find(of, name);
    };
  }

  private static Undefined missing(Value of, String name) {
    return new Undefined("%s has no '%s'".formatted(of.type(), name));
  }

  Value slice(Value of, Value start, Value stop, Value step) {
    Operators.requireDefined(of);
    if (of instanceof Text(String text)) {
      budget.spend(3L * text.length());
      int[] characters = text.codePoints().toArray();
      StringBuilder sliced = new StringBuilder();
      for (int index : indices(characters.length, start, stop, step)) {
        sliced.appendCodePoint(characters[index]);
      }
      return new Text(sliced.toString());
    }
    if (of instanceof Items(Kind kind, List<? extends Value> values) && kind != Kind.VIEW) {
      budget.spend(values.size());
      List<Value> sliced = new ArrayList<>();
      for (int index : indices(values.size(), start, stop, step)) {
        sliced.add(values.get(index));
      }
      return new Items(kind, sliced);
    }
    return missing(of, "slice");
  }

  private static List<Integer> indices(int size, Value start, Value stop, Value step) {
    long by = step instanceof None ? 1 : Numbers.integer(step, "the step of a slice");
    if (by == 0) {
      throw new TemplateException("the step of a slice is zero");
    }
    long low = by > 0 ? 0 : -1;
    long high = by > 0 ? size : size - 1;
    long from = bound(start, size, low, high, by > 0 ? low : high);
    long to = bound(stop, size, low, high, by > 0 ? high : low);
    List<Integer> indices = new ArrayList<>();
    for (long at = from; by > 0 ? at < to : at > to; at += by) {
      indices.add((int) at);
      if (Math.abs(by) > size) {
        break;
      }
    }
    return indices;
  }

  private static long bound(Value given, int size, long low, long high, long missing) {
    if (given instanceof None) {
      return missing;
    }
    long bound = Numbers.integer(given, "the bound of a slice");
    return Math.clamp(bound < 0 ? bound + size : bound, low, high);
  }
}
