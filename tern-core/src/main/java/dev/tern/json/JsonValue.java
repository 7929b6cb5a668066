package dev.tern.json;

import java.util.Collections;
import java.util.List;
import java.util.Map;

/// A JSON value, immutable.
public sealed interface JsonValue {
  /// {@return what this is, as a message names it: for example "an array"}
  String kind();

  /// An object.
  ///
  /// @param members in the order of the file; where a name is repeated, its first place and its
  ///   last value
  record Members(Map<String, JsonValue> members) implements JsonValue {
    /// Keeps the map, uncopied: vocabularies have hundreds of thousands of members.
    public Members {
      members = Collections.unmodifiableMap(members);
    }

    @Override
    public String kind() {
      return "an object";
    }
  }

  /// An array.
  ///
  /// @param elements in the order of the file
  record Elements(List<JsonValue> elements) implements JsonValue {
    /// Copies the elements.
    public Elements {
      elements = List.copyOf(elements);
    }

    @Override
    public String kind() {
      return "an array";
    }
  }

  /// A string.
  ///
  /// @param value without quotes and escapes; well-formed UTF-16
  record Text(String value) implements JsonValue {
    @Override
    public String kind() {
      return "a string";
    }
  }

  /// A number of any size and precision.
  ///
  /// @param text as the file spells it
  record Numeral(String text) implements JsonValue {
    @Override
    public String kind() {
      return "the number " + text;
    }
  }

  /// A truth value.
  ///
  /// @param value true or false
  record Bool(boolean value) implements JsonValue {
    @Override
    public String kind() {
      return Boolean.toString(value);
    }
  }

  /// The null value.
  enum Null implements JsonValue {
    /// The only one.
    NULL;

    @Override
    public String kind() {
      return "null";
    }
  }
}
