package dev.tern.jinja;

import dev.tern.jinja.Value.Bool;
import dev.tern.jinja.Value.Dict;
import dev.tern.jinja.Value.Function;
import dev.tern.jinja.Value.Generator;
import dev.tern.jinja.Value.Int;
import dev.tern.jinja.Value.Items;
import dev.tern.jinja.Value.Kind;
import dev.tern.jinja.Value.Namespace;
import dev.tern.jinja.Value.None;
import dev.tern.jinja.Value.Real;
import dev.tern.jinja.Value.Text;
import dev.tern.jinja.Value.Undefined;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

/// Truth, equality, order, membership and iteration of values, as Python has them.
final class Operators {
  private final Budget budget;

  Operators(Budget budget) {
    this.budget = budget;
  }

  /// {@return `bool(value)`}
  boolean truth(Value value) {
    return switch (value) {
      case None _, Undefined _ -> false;
      case Bool(boolean truth) -> truth;
      case Int(long number) -> number != 0;
      case Real(double number) -> number != 0;
      case Text(String text) -> !text.isEmpty();
      case Items(Kind _, List<? extends Value> values) -> !values.isEmpty();
      case Dict(Map<String, Value> entries) -> !entries.isEmpty();
      case Generator _, Namespace _, Loop _, Function _ -> true;
    };
  }

  /// {@return `left == right`}
  boolean equal(Value left, Value right) {
    budget.spend(1);
    budget.enter();
    boolean equal =
        switch (left) {
          case None _ -> right instanceof None;
          case Undefined _ -> right instanceof Undefined;
          case Bool _, Int _, Real _ ->
              Numbers.isNumber(right) && Numbers.compare(left, right) == 0;
          case Text(String text) -> {
            budget.spend(text.length());
            yield right instanceof Text(String other) && text.equals(other);
          }
          case Items items -> right instanceof Items other && equal(items, other);
          case Dict(Map<String, Value> entries) ->
              right instanceof Dict(Map<String, Value> others)
                  && entries.size() == others.size()
                  && entries.entrySet().stream()
                      .allMatch(entry ->
                          others.containsKey(entry.getKey())
                              && equal(entry.getValue(), others.get(entry.getKey())));
          case Generator _, Namespace _, Loop _ -> left.equals(right);
          case Function _ -> throw TemplateException.unsupported("comparing functions");
        };
    budget.leave();
    return equal;
  }

  private boolean equal(Items left, Items right) {
    if (left.kind() == Kind.VIEW || right.kind() == Kind.VIEW) {
      throw TemplateException.unsupported("comparing the keys, values or items of dictionaries");
    }
    if (left.kind() != right.kind() || left.values().size() != right.values().size()) {
      return false;
    }
    for (int i = 0; i < left.values().size(); i++) {
      if (!equal(left.values().get(i), right.values().get(i))) {
        return false;
      }
    }
    return true;
  }

  /// {@return less than, equal to or greater than 0, as `left` is of `right`}
  int compare(Value left, Value right) {
    budget.spend(1);
    if (Numbers.isNumber(left) && Numbers.isNumber(right)) {
      return Numbers.compare(left, right);
    }
    if (left instanceof Text(String text) && right instanceof Text(String other)) {
      budget.spend(Math.min(text.length(), other.length()));
      return compareCodePoints(text, other);
    }
    if (left instanceof Items items
        && right instanceof Items others
        && items.kind() == others.kind()
        && (items.kind() == Kind.LIST || items.kind() == Kind.TUPLE)) {
      budget.enter();
      int order = compareItems(items.values(), others.values());
      budget.leave();
      return order;
    }
    requireDefined(left);
    requireDefined(right);
    throw new TemplateException("%s and %s have no order".formatted(left.type(), right.type()));
  }

  private int compareItems(List<? extends Value> left, List<? extends Value> right) {
    for (int i = 0; i < Math.min(left.size(), right.size()); i++) {
      if (!equal(left.get(i), right.get(i))) {
        return compare(left.get(i), right.get(i));
      }
    }
    return Integer.compare(left.size(), right.size());
  }

  /// Java would order by UTF-16 units.
  static int compareCodePoints(String left, String right) {
    int at = 0;
    while (at < left.length() && at < right.length()) {
      int difference = Integer.compare(left.codePointAt(at), right.codePointAt(at));
      if (difference != 0) {
        return difference;
      }
      at += Character.charCount(left.codePointAt(at));
    }
    return Integer.compare(left.length(), right.length());
  }

  /// {@return `sought in container`}
  boolean contains(Value container, Value sought) {
    if (container instanceof Text(String text)) {
      if (!(sought instanceof Text(String part))) {
        throw new TemplateException("'in' a string needs a string, not " + sought.type());
      }
      budget.spendSearch(text.length(), part.length());
      return text.contains(part);
    }
    if (container instanceof Dict(Map<String, Value> entries)) {
      requireHashable(sought);
      return sought instanceof Text(String key) && entries.containsKey(key);
    }
    Iterator<Value> values = iterate(container);
    while (values.hasNext()) {
      if (equal(values.next(), sought)) {
        return true;
      }
    }
    return false;
  }

  /// {@return `iter(value)`}
  Iterator<Value> iterate(Value value) {
    Iterator<? extends Value> values =
        switch (value) {
          case Undefined _ -> Collections.emptyIterator();
          case Text(String text) ->
              text.codePoints().<Value>mapToObj(c -> new Text(Character.toString(c))).iterator();
          case Items items -> items.values().iterator();
          case Dict(Map<String, Value> entries) ->
              entries.keySet().stream().map(Text::new).iterator();
          case Generator generator -> generator.values();
          case None _, Bool _, Int _, Real _, Namespace _, Loop _, Value.Function _ ->
              throw new TemplateException(value.type() + " cannot be iterated over");
        };
    return new Iterator<>() {
      @Override
      public boolean hasNext() {
        // Generators of generators would otherwise be a way to the end of the stack.
        budget.enter();
        boolean more = values.hasNext();
        budget.leave();
        return more;
      }

      @Override
      public Value next() {
        budget.spend(1);
        budget.enter();
        Value next = values.next();
        budget.leave();
        return next;
      }
    };
  }

  /// {@return `len(value)`}
  long length(Value value) {
    return switch (value) {
      case Undefined _ -> 0;
      case Text(String text) -> {
        budget.spend(text.length());
        yield Strings.length(text);
      }
      case Items items -> items.values().size();
      case Dict(Map<String, Value> entries) -> entries.size();
      default -> throw new TemplateException(value.type() + " has no length");
    };
  }

  /// Refuses to compute with what does not exist.
  static void requireDefined(Value value) {
    if (value instanceof Undefined(String what)) {
      throw new TemplateException(what);
    }
  }

  /// Refuses what cannot be a key: lists and dictionaries, also inside of tuples.
  void requireHashable(Value value) {
    budget.spend(1);
    budget.enter();
    boolean isList = value instanceof Items(Kind kind, var _) && kind == Kind.LIST;
    if (isList || value instanceof Dict) {
      throw new TemplateException("%s cannot be a key".formatted(value.type()));
    }
    if (value instanceof Items(Kind _, List<? extends Value> values)) {
      values.forEach(this::requireHashable);
    }
    budget.leave();
  }
}
