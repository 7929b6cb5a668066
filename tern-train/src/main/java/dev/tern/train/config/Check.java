package dev.tern.train.config;

/// Refuses settings out of range, by name.
final class Check {
  private Check() {}

  static void atLeast(String name, long value, long least) {
    if (value < least) {
      throw new ConfigException("%s: %d is too small; at least %d".formatted(name, value, least));
    }
  }

  static void within(String name, double value, double least, double most) {
    if (!(value >= least && value <= most)) {
      throw new ConfigException(
          "%s: %s is not between %s and %s".formatted(name, value, least, most));
    }
  }

  static void positive(String name, double value) {
    if (!(value > 0 && value < Double.POSITIVE_INFINITY)) {
      throw new ConfigException("%s: %s is not a positive number".formatted(name, value));
    }
  }

  static void multiple(String name, long value, long of, String ofName) {
    if (of <= 0 || value % of != 0) {
      throw new ConfigException(
          "%s: %d is no multiple of %s, which is %d".formatted(name, value, ofName, of));
    }
  }
}
