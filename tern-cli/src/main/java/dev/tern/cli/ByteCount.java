package dev.tern.cli;

import java.util.Locale;

/// Numbers of bytes for people.
final class ByteCount {
  private static final String[] UNITS = {"B", "kB", "MB", "GB", "TB"};

  private ByteCount() {}

  /// {@return for example `1.19 GB`; decimal units}
  static String format(long bytes) {
    double value = bytes;
    int unit = 0;
    while (value >= 1000 && unit < UNITS.length - 1) {
      value /= 1000;
      unit++;
    }
    String number =
        unit == 0 ? Long.toString(bytes) : String.format(Locale.ROOT, digits(value), value);
    return number + " " + UNITS[unit];
  }

  private static String digits(double value) {
    return value < 10 ? "%.2f" : value < 100 ? "%.1f" : "%.0f";
  }
}
