package dev.tern.train.config;

/// A setting that cannot be. The message names it, its value and what is possible.
public final class ConfigException extends IllegalArgumentException {
  private static final long serialVersionUID = 1;

  private final boolean located;

  /// Makes one.
  ///
  /// @param message what is wrong, and what to write instead
  public ConfigException(String message) {
    super(message);
    located = false;
  }

  /// Makes one for a setting that was written somewhere.
  ///
  /// @param place where
  /// @param message what is wrong, and what to write instead
  ConfigException(String place, String message) {
    super(place + ": " + message);
    located = true;
  }

  /// Makes one for a setting that another exception has refused.
  ///
  /// @param message what is wrong, and what to write instead
  /// @param cause what was thrown
  public ConfigException(String message, Throwable cause) {
    super(message, cause);
    located = false;
  }

  /// {@return whether the message says where the setting was written}
  boolean isLocated() {
    return located;
  }
}
