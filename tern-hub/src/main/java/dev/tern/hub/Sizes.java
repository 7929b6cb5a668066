package dev.tern.hub;

import java.util.Locale;

/// Numbers of bytes in messages.
final class Sizes {
  private Sizes() {}

  /// {@return for example `1.2 GB`; decimal units}
  static String format(long bytes) {
    if (bytes < 1000) {
      return bytes + " B";
    }
    double value = bytes;
    int unit = -1;
    while (value >= 999.95 && unit < 4) {
      value /= 1000;
      unit++;
    }
    return String.format(Locale.ROOT, "%.1f %sB", value, "kMGTP".charAt(unit));
  }
}
