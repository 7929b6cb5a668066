package dev.tern.cli;

import java.util.function.Supplier;

/// Lets a complaint about a value name the option that it was given with.
final class OptionCheck {
  private OptionCheck() {}

  /// {@return what the supplier makes of an option's value}
  ///
  /// @param option its name, as people know it
  /// @param use gives the value to something that checks it
  /// @throws IllegalArgumentException if the value is refused; the message begins with the option
  static <T> T named(String option, Supplier<T> use) {
    try {
      return use.get();
    } catch (IllegalArgumentException refusal) {
      throw new IllegalArgumentException(option + ": " + refusal.getMessage(), refusal);
    }
  }
}
