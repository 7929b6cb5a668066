package dev.tern.cli;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;

/// Text from a file that a person names.
final class TextFile {
  private TextFile() {}

  /// {@return the text}
  ///
  /// @throws IOException if the file cannot be read or is not UTF-8
  static String read(Path file) throws IOException {
    try {
      return Files.readString(file);
    } catch (CharacterCodingException notText) {
      throw new IOException(file + " is not UTF-8 text", notText);
    }
  }
}
