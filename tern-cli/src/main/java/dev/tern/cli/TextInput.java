package dev.tern.cli;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/// Text that a person gives in a file or on standard input.
final class TextInput {
  private TextInput() {}

  /// {@return the text of a file}
  ///
  /// @throws IOException if the file cannot be read or is not UTF-8
  static String read(Path file) throws IOException {
    if (Files.isDirectory(file)) {
      throw new IOException(file + " is a folder, not a file with text");
    }
    return decode(Files.readAllBytes(file), file.toString());
  }

  /// {@return the text of standard input}
  ///
  /// @throws IOException if it cannot be read or is not UTF-8
  static String read(InputStream in) throws IOException {
    return decode(in.readAllBytes(), "standard input");
  }

  /// {@return a text without the line break that editors and `echo` put at its end}
  static String withoutFinalLineBreak(String text) {
    int end = text.endsWith("\n") ? text.length() - 1 : text.length();
    return end > 0 && end < text.length() && text.charAt(end - 1) == '\r'
        ? text.substring(0, end - 1)
        : text.substring(0, end);
  }

  private static String decode(byte[] bytes, String source) throws IOException {
    CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
    ByteBuffer encoded = ByteBuffer.wrap(bytes);
    CharBuffer text = CharBuffer.allocate(bytes.length);
    CoderResult result = decoder.decode(encoded, text, true);
    if (result.isError()) {
      throw new IOException(
          "%s: at byte %d: this is not UTF-8 text; convert it first, for example with iconv"
              .formatted(source, encoded.position()));
    }
    return text.flip().toString();
  }
}
