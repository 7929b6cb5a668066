package dev.tern.json;

import dev.tern.ModelFormatException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// Reads JSON files as a whole.
///
/// Strict: nothing but RFC 8259 is accepted, in UTF-8 without a byte order mark. One liberty the
/// RFC gives is taken: a name that is repeated in an object has its last value, because published
/// `config.json` files repeat names.
public final class Json {
  private Json() {}

  /// Reads a file.
  ///
  /// @param path a JSON file
  /// @return its value; messages call the file by its path
  /// @throws IOException if it cannot be read
  /// @throws ModelFormatException if it is not JSON
  public static JsonView read(Path path) throws IOException {
    return parse(path.toString(), Files.readAllBytes(path));
  }

  /// Reads bytes that are in memory.
  ///
  /// @param source what to call them in messages
  /// @param bytes one JSON value
  /// @return the value
  /// @throws ModelFormatException if they are not JSON
  public static JsonView parse(String source, byte[] bytes) {
    return new JsonView(source, "", new JsonReader(source, bytes, false).read());
  }

  /// Reads bytes that are in memory, where a repeated name is an error.
  ///
  /// @param source what to call them in messages
  /// @param bytes one JSON value
  /// @return the value
  /// @throws ModelFormatException if they are not JSON, or an object has two members of one name
  public static JsonView parseUnique(String source, byte[] bytes) {
    return new JsonView(source, "", new JsonReader(source, bytes, true).read());
  }
}
