package dev.tern.cli;

/// Text from files, made fit for one line of a terminal.
final class Printable {
  private Printable() {}

  /// {@return the text with control characters, line breaks among them, written as escapes}
  static String line(String text) {
    StringBuilder line = new StringBuilder(text.length());
    text.chars()
        .forEach(letter -> {
          switch (letter) {
            case '\n' -> line.append("\\n");
            case '\r' -> line.append("\\r");
            case '\t' -> line.append("\\t");
            default -> {
              if (Character.isISOControl(letter)) {
                line.append("\\u%04x".formatted(letter));
              } else {
                line.append((char) letter);
              }
            }
          }
        });
    return line.toString();
  }
}
