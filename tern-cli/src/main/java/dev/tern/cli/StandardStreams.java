package dev.tern.cli;

import java.io.BufferedOutputStream;
import java.io.Console;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/// What a command reads from and writes to: text in UTF-8, whatever the locale says; and the
/// environment it runs in.
final class StandardStreams {
  private final InputStream in;
  private final WatchedOutput watched;
  private final PrintWriter out;
  private final PrintWriter err;
  private final BooleanSupplier interactive;
  private final BooleanSupplier errorWatched;
  private final Map<String, String> environment;

  /// Joins streams, which nobody closes.
  ///
  /// @param in standard input
  /// @param out where results go; buffered until flushed
  /// @param err where notes and errors go, a line at a time
  /// @param interactive whether a person sits in front of input and output
  /// @param errorWatched whether a person sees standard error as it is written
  /// @param environment the variables that the command may read
  StandardStreams(
      InputStream in,
      OutputStream out,
      OutputStream err,
      BooleanSupplier interactive,
      BooleanSupplier errorWatched,
      Map<String, String> environment) {
    this.in = in;
    this.watched = new WatchedOutput(new BufferedOutputStream(out));
    this.out = new PrintWriter(new OutputStreamWriter(watched, StandardCharsets.UTF_8));
    this.err = new PrintWriter(new OutputStreamWriter(err, StandardCharsets.UTF_8), true);
    this.interactive = interactive;
    this.errorWatched = errorWatched;
    this.environment = environment;
  }

  static StandardStreams ofProcess() {
    return new StandardStreams(
        System.in,
        new FileOutputStream(FileDescriptor.out),
        new FileOutputStream(FileDescriptor.err),
        StandardStreams::hasTerminal,
        StandardStreams::isErrorWatched,
        System.getenv());
  }

  @SuppressWarnings("SystemConsoleNull") // It is null in a pipe on the console of java.base.
  private static boolean hasTerminal() {
    Console console = System.console();
    return console != null && console.isTerminal();
  }

  /// Java does not tell whether standard error is a terminal; Linux does. Elsewhere it is taken to
  /// be one where input and output are.
  private static boolean isErrorWatched() {
    try {
      String file = Files.readSymbolicLink(Path.of("/proc/self/fd/2")).toString();
      return file.startsWith("/dev/pts/") || file.startsWith("/dev/tty");
    } catch (IOException | UnsupportedOperationException unknown) {
      return hasTerminal();
    }
  }

  InputStream in() {
    return in;
  }

  PrintWriter out() {
    return out;
  }

  PrintWriter err() {
    return err;
  }

  boolean isInteractive() {
    return interactive.getAsBoolean();
  }

  /// {@return whether a line on standard error may be replaced by the next one}
  boolean showsStatus() {
    return errorWatched.getAsBoolean();
  }

  /// {@return the variables that the command may read}
  Map<String, String> environment() {
    return environment;
  }

  void flush() {
    out.flush();
    err.flush();
  }

  /// {@return why results could not be written, if that happened}
  Optional<IOException> outputFailure() {
    return Optional.ofNullable(watched.failure);
  }

  /// Remembers the first failure, which a [PrintWriter] would hide.
  private static final class WatchedOutput extends FilterOutputStream {
    private volatile @Nullable IOException failure;

    WatchedOutput(OutputStream out) {
      super(out);
    }

    @Override
    public void write(int value) throws IOException {
      write(new byte[] {(byte) value}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int from, int count) throws IOException {
      try {
        out.write(bytes, from, count);
      } catch (IOException thrown) {
        throw remember(thrown);
      }
    }

    @Override
    public void flush() throws IOException {
      try {
        out.flush();
      } catch (IOException thrown) {
        throw remember(thrown);
      }
    }

    private IOException remember(IOException thrown) {
      if (failure == null) {
        failure = thrown;
      }
      return thrown;
    }
  }
}
