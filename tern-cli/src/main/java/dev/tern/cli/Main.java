package dev.tern.cli;

import java.io.PrintWriter;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.util.logging.LogManager;
import picocli.CommandLine;

/// The entry of the `tern` command.
public final class Main {
  private static final String DEBUG_VARIABLE = "TERN_DEBUG";

  private Main() {}

  /// Runs a command and exits with its code.
  ///
  /// @param args the command line
  public static void main(String[] args) {
    // Commands say themselves what is worth saying; a library's log lines would only repeat it.
    LogManager.getLogManager().reset();
    System.exit(commandLine().execute(args));
  }

  /// {@return the command line with all commands, for running and for generating shell completion}
  static CommandLine commandLine() {
    CommandLine commandLine = new CommandLine(new TernCommand());
    commandLine.setCaseInsensitiveEnumValuesAllowed(true);
    commandLine.setUsageHelpAutoWidth(true);
    commandLine.setExecutionExceptionHandler((failure, command, _) -> {
      report(failure, command.getErr());
      return ExitCode.of(failure);
    });
    return commandLine;
  }

  private static void report(Exception failure, PrintWriter err) {
    err.println("tern: " + explain(failure));
    if (System.getenv(DEBUG_VARIABLE) != null) {
      failure.printStackTrace(err);
    } else if (ExitCode.of(failure) == ExitCode.INTERNAL_ERROR) {
      err.println("This is a defect of Tern. Set %s=1 to see where.".formatted(DEBUG_VARIABLE));
    }
    err.flush();
  }

  private static String explain(Exception failure) {
    return switch (failure) {
      case NoSuchFileException missing -> "there is no file " + missing.getFile();
      case AccessDeniedException denied -> "the file " + denied.getFile() + " may not be read";
      default -> failure.getMessage() == null ? failure.toString() : failure.getMessage();
    };
  }
}
