package dev.tern.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.logging.LogManager;
import org.jline.reader.EndOfFileException;
import org.jline.reader.LineReader;
import org.jline.reader.LineReaderBuilder;
import org.jline.reader.UserInterruptException;
import org.jline.reader.impl.DefaultParser;
import org.jline.reader.impl.completer.StringsCompleter;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;

/// Messages typed at a terminal, with line editing, history across sessions and completion of
/// /commands.
final class TerminalMessages implements MessageSource {
  private static final String PROMPT = "> ";
  private static final String CONTINUATION = "… ";

  private final Terminal terminal;
  private final LineReader reader;

  TerminalMessages(List<String> commands) throws IOException {
    // What JLine has to say about terminals is for its developers.
    LogManager.getLogManager().reset();
    terminal =
        TerminalBuilder.builder()
            .name("tern")
            .system(true)
            .encoding(StandardCharsets.UTF_8)
            .build();
    DefaultParser parser = new DefaultParser();
    // A message is prose: quotes and backslashes mean themselves.
    parser.setQuoteChars(new char[0]);
    parser.setEscapeChars(new char[0]);
    LineReaderBuilder builder =
        LineReaderBuilder.builder()
            .terminal(terminal)
            .parser(parser)
            .completer(new StringsCompleter(commands))
            .option(LineReader.Option.DISABLE_EVENT_EXPANSION, true)
            .option(LineReader.Option.BRACKETED_PASTE, true)
            .option(LineReader.Option.HISTORY_INCREMENTAL, false);
    history().ifPresent(file -> builder.variable(LineReader.HISTORY_FILE, file));
    reader = builder.build();
    useHistory(() -> reader.getHistory().attach(reader));
  }

  /// Where earlier messages are remembered; nowhere, where that place cannot be written to.
  private static Optional<Path> history() {
    String state = System.getenv("XDG_STATE_HOME");
    Path folder =
        (state == null || state.isEmpty()
                ? Path.of(System.getProperty("user.home"), ".local", "state")
                : Path.of(state))
            .resolve("tern");
    try {
      Files.createDirectories(folder);
      return Optional.of(folder.resolve("chat-history"));
    } catch (IOException notWritable) {
      return Optional.empty();
    }
  }

  /// Something that reads or writes the history.
  private interface HistoryUse {
    void run() throws IOException;
  }

  /// Goes on without a history where it cannot be written, or something else stands in its place.
  private void useHistory(HistoryUse use) {
    try {
      use.run();
    } catch (IOException | UncheckedIOException | IllegalArgumentException unusable) {
      reader.setVariable(LineReader.HISTORY_FILE, null);
    }
  }

  @Override
  public Optional<String> next() {
    MultiLine message = new MultiLine();
    while (true) {
      try {
        if (message.add(reader.readLine(message.isEmpty() ? PROMPT : CONTINUATION))) {
          // After each message, because a terminal can be closed at any time.
          useHistory(() -> reader.getHistory().save());
          return Optional.of(message.text());
        }
      } catch (UserInterruptException givenUp) {
        message = new MultiLine();
      } catch (EndOfFileException ended) {
        return Optional.empty();
      }
    }
  }

  @Override
  public PrintWriter out() {
    return terminal.writer();
  }

  @Override
  public Handle onInterrupt(Runnable action) {
    Terminal.SignalHandler before = terminal.handle(Terminal.Signal.INT, _ -> action.run());
    return () -> terminal.handle(Terminal.Signal.INT, before);
  }

  @Override
  public void close() throws IOException {
    terminal.close();
  }
}
