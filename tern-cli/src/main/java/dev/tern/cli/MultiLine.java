package dev.tern.cli;

/// Puts a message together that may have several lines: between lines of three quotes, or continued
/// by a backslash at the end of a line.
final class MultiLine {
  private static final String QUOTES = "\"\"\"";

  private final StringBuilder text = new StringBuilder();
  private boolean quoted;
  private boolean started;

  /// {@return whether the message is complete with this line}
  boolean add(String line) {
    if (!started && line.stripLeading().startsWith(QUOTES)) {
      started = true;
      quoted = true;
      return addQuoted(line.stripLeading().substring(QUOTES.length()));
    }
    started = true;
    if (quoted) {
      text.append('\n');
      return addQuoted(line);
    }
    boolean continued = line.endsWith("\\");
    text.append(continued ? line.substring(0, line.length() - 1) : line);
    if (continued) {
      text.append('\n');
    }
    return !continued;
  }

  private boolean addQuoted(String line) {
    if (line.stripTrailing().endsWith(QUOTES)) {
      String last = line.stripTrailing();
      text.append(last, 0, last.length() - QUOTES.length());
      return true;
    }
    text.append(line);
    return false;
  }

  boolean isEmpty() {
    return !started;
  }

  String text() {
    return text.toString().strip();
  }
}
