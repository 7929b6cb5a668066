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

  private record ErrorStreamLogger(String name) implements System.Logger {
    @Override
    public String getName() {
      return name;
    }

    /// What the JDK logs about itself is no business of a person who runs a model.
    @Override
    public boolean isLoggable(Level level) {
      return name.startsWith("dev.tern") && level.compareTo(LEAST) >= 0 && level != Level.OFF;
    }

    @Override
    public void log(
        Level level,
        @Nullable ResourceBundle bundle,
        @Nullable String message,
        @Nullable Throwable thrown) {
      if (isLoggable(level)) {
        System.err.println(level.getName().toLowerCase(Locale.ROOT) + ": " + message);
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
