package dev.tern.json;

import dev.tern.ModelFormatException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// A value together with its place in its file, so that every complaint names both.
///
/// @param source what to call the file
/// @param path the names and indices that lead here, for example `model.merges[3]`; empty for the
///   whole file
/// @param value the value
public record JsonView(String source, String path, JsonValue value) {
  /// {@return the member}
  ///
  /// @param name its name
  /// @throws ModelFormatException if this is not an object or has no such member
  public JsonView get(String name) {
    JsonValue member = members().get(name);
    if (member == null) {
      throw new ModelFormatException("%s: %s is missing".formatted(source, pathTo(name)));
    }
    return new JsonView(source, pathTo(name), member);
  }

  /// {@return the member, unless it is absent or null}
  ///
  /// @param name its name
  /// @throws ModelFormatException if this is not an object
  public Optional<JsonView> find(String name) {
    JsonValue member = members().get(name);
    return member == null || member == JsonValue.Null.NULL
        ? Optional.empty()
        : Optional.of(new JsonView(source, pathTo(name), member));
  }

  /// {@return the members of an object, in the order of the file}
  ///
  /// @throws ModelFormatException if this is not an object
  public Map<String, JsonValue> members() {
    if (value instanceof JsonValue.Members object) {
      return object.members();
    }
    throw wrong("an object");
  }

  /// {@return the elements of an array}
  ///
  /// @throws ModelFormatException if this is not an array
  public List<JsonView> elements() {
    if (!(value instanceof JsonValue.Elements array)) {
      throw wrong("an array");
    }
    List<JsonView> views = new ArrayList<>(array.elements().size());
    for (JsonValue element : array.elements()) {
      views.add(new JsonView(source, path + "[" + views.size() + "]", element));
    }
    return views;
  }

  /// {@return the value of a string}
  ///
  /// @throws ModelFormatException if this is not a string
  public String string() {
    if (value instanceof JsonValue.Text text) {
      return text.value();
    }
    throw wrong("a string");
  }

  /// {@return the value of a truth value}
  ///
  /// @throws ModelFormatException if this is not true or false
  public boolean bool() {
    if (value instanceof JsonValue.Bool bool) {
      return bool.value();
    }
    throw wrong("true or false");
  }

  /// {@return the value of a number that is written as an integer and fits an int}
  ///
  /// @throws ModelFormatException if this is something else
  public int integer() {
    long number = longInteger();
    if (number != (int) number) {
      throw wrong("an integer of 32 bits");
    }
    return (int) number;
  }

  /// {@return the value of a number that is written as an integer and fits a long}
  ///
  /// @throws ModelFormatException if this is something else
  public long longInteger() {
    if (!(value instanceof JsonValue.Numeral numeral)) {
      throw wrong("an integer");
    }
    try {
      return Long.parseLong(numeral.text());
    } catch (NumberFormatException notAnInteger) {
      throw wrong("an integer of 64 bits");
    }
  }

  /// {@return the double nearest to a number}
  ///
  /// @throws ModelFormatException if this is not a number, or one beyond the range of a double
  public double real() {
    if (!(value instanceof JsonValue.Numeral numeral)) {
      throw wrong("a number");
    }
    double nearest = Double.parseDouble(numeral.text());
    if (Double.isInfinite(nearest)) {
      throw wrong("a number below 1.8e308");
    }
    return nearest;
  }

  /// {@return the complaint that this value should be another, to be thrown}
  ///
  /// @param expected what it should be
  public ModelFormatException wrong(String expected) {
    return new ModelFormatException(
        "%s: %s should be %s, but is %s"
            .formatted(source, path.isEmpty() ? "the file" : path, expected, value.kind()));
  }

  private String pathTo(String name) {
    return path.isEmpty() ? name : path + "." + name;
  }
}
