package dev.tern.cli;

import java.io.PrintWriter;

/// One line on standard error that says what goes on and is replaced by the next one; nothing at
/// all where nobody sits in front of it. Safe for use by many threads.
final class StatusLine {
  private static final String CLEAR = "\r\u001b[K";

  private final PrintWriter err;
  private final boolean visible;
  private String shown = "";

  StatusLine(StandardStreams streams) {
    this.err = streams.err();
    this.visible = streams.showsStatus();
  }

  /// Replaces the line.
  synchronized void show(String text) {
    if (visible && !text.equals(shown)) {
      err.print(CLEAR + text);
      err.flush();
      shown = text;
    }
  }

  /// Takes the line away, so that others can write.
  synchronized void clear() {
    if (!shown.isEmpty()) {
      err.print(CLEAR);
      err.flush();
      shown = "";
    }
  }
}
