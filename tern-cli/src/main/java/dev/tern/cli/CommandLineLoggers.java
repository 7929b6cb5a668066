package dev.tern.cli;

import java.text.MessageFormat;
import java.util.Locale;
import java.util.ResourceBundle;
import org.jspecify.annotations.Nullable;

/// Shows what Tern logs as plain lines on standard error: warnings, and everything when the
/// environment variable `TERN_DEBUG` is set.
///
/// The JVM finds it as a service. Without it every start would pay for `java.util.logging`.
public final class CommandLineLoggers extends System.LoggerFinder {
  private static final System.Logger.Level LEAST =
      System.getenv(Failures.DEBUG_VARIABLE) == null
          ? System.Logger.Level.WARNING
          : System.Logger.Level.DEBUG;

  /// Called by the JVM.
  public CommandLineLoggers() {}

  @Override
  public System.Logger getLogger(String name, Module module) {
    return new ErrorStreamLogger(name);
  }

  /// Requests of `tern serve`, logged where that was asked for: each line is JSON, and nothing
  /// else.
  private static final String ACCESS_LOG = "dev.tern.server.access";

  private record ErrorStreamLogger(String name) implements System.Logger {
    @Override
    public String getName() {
      return name;
    }

    /// What the JDK logs about itself is no business of a person who runs a model.
    @Override
    public boolean isLoggable(Level level) {
      boolean wanted = level.compareTo(name.equals(ACCESS_LOG) ? Level.INFO : LEAST) >= 0;
      return name.startsWith("dev.tern") && wanted && level != Level.OFF;
    }

    @Override
    public void log(
        Level level,
        @Nullable ResourceBundle bundle,
        @Nullable String message,
        @Nullable Throwable thrown) {
      if (!isLoggable(level)) {
        return;
      }
      if (name.equals(ACCESS_LOG)) {
        System.err.println(message);
        return;
      }
      String cause = thrown == null ? "" : ": " + Printable.line(thrown.toString());
      System.err.println(level.getName().toLowerCase(Locale.ROOT) + ": " + message + cause);
      if (thrown != null && LEAST == Level.DEBUG) {
        thrown.printStackTrace();
      }
    }

    @Override
    public void log(
        Level level,
        @Nullable ResourceBundle bundle,
        @Nullable String format,
        @Nullable Object @Nullable ... parameters) {
      if (isLoggable(level)) {
        log(
            level,
            bundle,
            parameters == null || parameters.length == 0 || format == null
                ? format
                : MessageFormat.format(format, parameters),
            (Throwable) null);
      }
    }
  }
}
