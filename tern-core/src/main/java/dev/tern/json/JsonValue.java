package dev.tern.json;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Arrays;
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

  /// A string, without quotes and escapes.
  ///
  /// Most strings of a tokenizer are looked at once, so that they stay in the bytes of the file
  /// until they are asked for.
  final class Text implements JsonValue {
    private final byte[] utf8;
    private final int from;
    private final int to;

    Text(byte[] utf8, int from, int to) {
      this.utf8 = utf8;
      this.from = from;
      this.to = to;
    }

    /// {@return the string; well-formed UTF-16}
    public String value() {
      return new String(utf8, from, to - from, UTF_8);
    }

    /// {@return how many bytes it has in UTF-8}
    public int utf8Length() {
      return to - from;
    }

    /// Copies the string, as UTF-8.
    ///
    /// @param target receives it
    /// @param position where
    /// @return the position after it
    public int copyUtf8(byte[] target, int position) {
      System.arraycopy(utf8, from, target, position, to - from);
      return position + to - from;
    }

    @Override
    public String kind() {
      return "a string";
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Text text
          && Arrays.equals(utf8, from, to, text.utf8, text.from, text.to);
    }

    @Override
    public int hashCode() {
      return value().hashCode();
    }

    @Override
    public String toString() {
      return value();
    }
  }

  /// A number of any size and precision.
  final class Numeral implements JsonValue {
    private final byte[] ascii;
    private final int from;
    private final int to;

    Numeral(byte[] ascii, int from, int to) {
      this.ascii = ascii;
      this.from = from;
      this.to = to;
    }

    /// {@return the number as the file spells it}
    public String text() {
      return new String(ascii, from, to - from, ISO_8859_1);
    }

    @Override
    public String kind() {
      return "the number " + text();
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Numeral numeral && text().equals(numeral.text());
    }

    @Override
    public int hashCode() {
      return text().hashCode();
    }

    @Override
    public String toString() {
      return text();
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
