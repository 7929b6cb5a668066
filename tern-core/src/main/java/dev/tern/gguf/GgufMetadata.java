package dev.tern.gguf;

import dev.tern.ModelFormatException;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/// The key-value pairs of a GGUF file, in file order, with typed access that names key, wanted and
/// found type.
///
/// Immutable. Integers are accepted in any width and sign, because writers differ.
public final class GgufMetadata {
  private final String source;
  private final Map<String, GgufValue> values;

  /// Wraps the pairs of a file.
  ///
  /// @param source what to call the file in messages
  /// @param values in file order; copied
  public GgufMetadata(String source, Map<String, GgufValue> values) {
    this.source = source;
    this.values = Collections.unmodifiableMap(new LinkedHashMap<>(values));
  }

  /// {@return all pairs in file order}
  public Map<String, GgufValue> asMap() {
    return values;
  }

  /// {@return its value, of any type}
  ///
  /// @param key a full key, for example `llama.block_count`
  public Optional<GgufValue> find(String key) {
    return Optional.ofNullable(values.get(key));
  }

  /// {@return its value, if the key is there}
  ///
  /// @param key a full key
  /// @throws ModelFormatException if it is not an integer from 0 to 2^31 - 1
  public OptionalInt findInt(String key) {
    OptionalLong value = findLong(key);
    if (value.isEmpty()) {
      return OptionalInt.empty();
    }
    if (value.getAsLong() < 0 || value.getAsLong() > Integer.MAX_VALUE) {
      throw wrong(key, "a number from 0 to 2147483647", Long.toString(value.getAsLong()));
    }
    return OptionalInt.of((int) value.getAsLong());
  }

  /// {@return its value, if the key is there}
  ///
  /// @param key a full key
  /// @throws ModelFormatException if it is not an integer
  public OptionalLong findLong(String key) {
    return switch (values.get(key)) {
      case null -> OptionalLong.empty();
      case GgufValue.Int number -> OptionalLong.of(number.value());
      case GgufValue other -> throw wrong(key, "an integer", describe(other));
    };
  }

  /// {@return its value}
  ///
  /// @param key a full key
  /// @throws ModelFormatException if it is absent or not an integer from 0 to 2^31 - 1
  public int requireInt(String key) {
    return findInt(key).orElseThrow(() -> missing(key));
  }

  /// {@return its value as a float, if the key is there}
  ///
  /// @param key a full key
  /// @throws ModelFormatException if it is not a number
  public Optional<Float> findFloat(String key) {
    return switch (values.get(key)) {
      case null -> Optional.empty();
      case GgufValue.Real number -> Optional.of((float) number.value());
      case GgufValue.Int number -> Optional.of((float) number.value());
      case GgufValue other -> throw wrong(key, "a number", describe(other));
    };
  }

  /// {@return its value}
  ///
  /// @param key a full key
  /// @throws ModelFormatException if it is absent or not a number
  public float requireFloat(String key) {
    return findFloat(key).orElseThrow(() -> missing(key));
  }

  /// {@return its value, if the key is there}
  ///
  /// @param key a full key
  /// @throws ModelFormatException if it is not a string
  public Optional<String> findString(String key) {
    return switch (values.get(key)) {
      case null -> Optional.empty();
      case GgufValue.Text text -> Optional.of(text.value());
      case GgufValue other -> throw wrong(key, "a string", describe(other));
    };
  }

  /// {@return its value}
  ///
  /// @param key a full key
  /// @throws ModelFormatException if it is absent or not a string
  public String requireString(String key) {
    return findString(key).orElseThrow(() -> missing(key));
  }

  /// {@return its value, if the key is there}
  ///
  /// @param key a full key
  /// @throws ModelFormatException if it is not a truth value
  public Optional<Boolean> findBool(String key) {
    return switch (values.get(key)) {
      case null -> Optional.empty();
      case GgufValue.Bool bool -> Optional.of(bool.value());
      case GgufValue other -> throw wrong(key, "true or false", describe(other));
    };
  }

  /// {@return its value, if the key is there}
  ///
  /// @param key a full key
  /// @param elementType the type its elements must have
  /// @throws ModelFormatException if it is not an array of that type
  public Optional<GgufArray> findArray(String key, GgufValueType elementType) {
    return switch (values.get(key)) {
      case null -> Optional.empty();
      case GgufArray array when array.elementType() == elementType -> Optional.of(array);
      case GgufValue other -> throw wrong(key, "an array of " + elementType, describe(other));
    };
  }

  private ModelFormatException missing(String key) {
    return new ModelFormatException(
        "%s: the metadata key %s is missing; the file is incomplete or of another kind"
            .formatted(source, key));
  }

  private ModelFormatException wrong(String key, String wanted, String found) {
    return new ModelFormatException(
        "%s: the metadata key %s should be %s, but is %s".formatted(source, key, wanted, found));
  }

  private static String describe(GgufValue value) {
    return switch (value) {
      case GgufArray array -> "an array of " + array.elementType();
      case GgufValue.Text text ->
          text.value().length() > 40 ? "a string" : "the string '" + text.value() + "'";
      case GgufValue.Int number -> "the integer " + number;
      case GgufValue.Real number -> "the number " + number;
      case GgufValue.Bool bool -> bool.toString();
    };
  }
}
