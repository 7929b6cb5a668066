package dev.tern.cli;

/// The entry of the `tern` command.
public final class Main {
  private Main() {}

  /// Runs a command and exits with its code.
  ///
  /// @param args the command line
  public static void main(String[] args) {
    System.exit(run(args, StandardStreams.ofProcess()));
  }

  /// Runs a command.
  ///
  /// @param args the command line
  /// @param streams what it reads and writes
  /// @return its exit code
  static int run(String[] args, StandardStreams streams) {
    int exitCode;
    try {
      exitCode = CommandLines.forArguments(args, streams).execute(args);
    } catch (OutOfMemoryError tooLarge) {
      exitCode = Failures.report(tooLarge, streams.err());
    }
    streams.flush();
    return streams.outputFailure().isPresent()
        ? Failures.reportOutput(streams.outputFailure().get(), exitCode, streams.err())
        : exitCode;
  }
}
