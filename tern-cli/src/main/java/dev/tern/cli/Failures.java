package dev.tern.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.CharacterCodingException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/// Says in a sentence what went wrong and what to do, and returns the exit code for it.
final class Failures {
  /// Set to anything, it makes errors show where they come from.
  static final String DEBUG_VARIABLE = "TERN_DEBUG";

  private Failures() {}

  /// Reports that a command failed.
  ///
  /// @return the exit code
  static int report(Throwable failure, PrintWriter err) {
    return report(failure, ExitCode.of(failure), err);
  }

  /// Reports that a command failed.
  ///
  /// @param exitCode what it returns
  /// @return the exit code
  static int report(Throwable failure, int exitCode, PrintWriter err) {
    err.println("tern: " + Printable.line(explain(failure)));
    if (System.getenv(DEBUG_VARIABLE) != null) {
      failure.printStackTrace(err);
    } else if (exitCode == ExitCode.INTERNAL_ERROR) {
      err.println("This is a defect of Tern. Set %s=1 to see where.".formatted(DEBUG_VARIABLE));
    }
    return exitCode;
  }

  private static String explain(Throwable failure) {
    return switch (failure) {
      case NoSuchFileException missing -> "there is no file " + missing.getFile();
      case FileAlreadyExistsException there -> there.getFile() + ": " + there.getReason();
      case AccessDeniedException denied -> "the file " + denied.getFile() + " may not be read";
      case CharacterCodingException _ -> "the input is not UTF-8 text";
      case OutOfMemoryError tooLarge ->
          "not enough memory (%s): use a shorter context (-c) or a smaller model, or give Java more with TERN_JAVA_OPTS=-Xmx8g"
              .formatted(tooLarge.getMessage());
      default -> failure.getMessage() == null ? failure.toString() : failure.getMessage();
    };
  }

  /// Reports that results could not be written. A reader that has seen enough, such as `head`, is
  /// no reason to complain.
  ///
  /// @param exitCode what the command returned, which stands if it failed for another reason
  /// @return the exit code
  static int reportOutput(IOException failure, int exitCode, PrintWriter err) {
    if (exitCode != ExitCode.OK) {
      return exitCode;
    }
    if (String.valueOf(failure.getMessage()).contains("Broken pipe")) {
      return ExitCode.OUTPUT_CLOSED;
    }
    err.println("tern: standard output cannot be written: " + failure.getMessage());
    return ExitCode.BAD_FILE;
  }

  /// Reports that the command line is wrong.
  ///
  /// @return the exit code
  static int reportUsage(ParameterException failure, String[] args) {
    CommandLine command = failure.getCommandLine();
    String name = command.getCommandSpec().qualifiedName();
    PrintWriter err = command.getErr();
    err.println(name + ": " + Printable.line(explainUsage(failure)));
    err.println("'%s --help' shows what there is.".formatted(name));
    return ExitCode.USAGE;
  }

  private static String explainUsage(ParameterException failure) {
    if (!(failure instanceof UnmatchedArgumentException unmatched)) {
      return Objects.requireNonNullElse(failure.getMessage(), "the command line is wrong");
    }
    CommandLine command = failure.getCommandLine();
    String first = unmatched.getUnmatched().getFirst();
    if (unmatched.isUnknownOption()) {
      return first.indexOf(' ') > 0
          ? "'%s' begins like an option: put a text like this behind -- or an option such as -p"
              .formatted(first)
          : "there is no option '%s'".formatted(first)
              + didYouMean(first, command.getCommandSpec().optionsMap().keySet());
    }
    Set<String> subcommands = command.getSubcommands().keySet();
    return subcommands.isEmpty()
        ? "'%s' is one argument too many".formatted(first)
        : "there is no command '%s'".formatted(first) + didYouMean(first, subcommands);
  }

  private static String didYouMean(String typed, Set<String> names) {
    List<String> similar = Suggestions.similar(typed, names);
    return similar.isEmpty() ? "" : "; did you mean " + String.join(" or ", similar) + "?";
  }
}
