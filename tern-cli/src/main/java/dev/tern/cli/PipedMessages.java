package dev.tern.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/// Messages from a pipe or file: one a line, or several lines between lines of three quotes.
final class PipedMessages implements MessageSource {
  private final BufferedReader lines;
  private final PrintWriter out;

  PipedMessages(InputStream in, PrintWriter out) {
    this.lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8.newDecoder()));
    this.out = out;
  }

  @Override
  public Optional<String> next() throws IOException {
    MultiLine message = new MultiLine();
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      if (message.add(line)) {
        return Optional.of(message.text());
      }
    }
    return message.isEmpty() ? Optional.empty() : Optional.of(message.text());
  }

  @Override
  public PrintWriter out() {
    return out;
  }

  /// A process that reads from a pipe ends on Ctrl-C, as others do.
  @Override
  public Handle onInterrupt(Runnable action) {
    return () -> {};
  }

  @Override
  public void close() throws IOException {
    lines.close();
  }
}
