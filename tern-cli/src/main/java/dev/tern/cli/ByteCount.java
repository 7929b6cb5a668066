package dev.tern.cli;

import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Numbers of bytes for people.
final class ByteCount {
  private static final String[] UNITS = {"B", "kB", "MB", "GB", "TB"};

  /// A number, the letter of a unit or none, and what makes it binary.
  private static final Pattern SIZE = Pattern.compile("(\\d+) *(?:([KMGT])(I)?)?B?");

  private static final List<String> PREFIXES = List.of("", "K", "M", "G", "T");

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

  /// {@return a number of bytes from how a person writes it: `500MB`, `5GB`, `2GiB`, `1000`}
  ///
  /// @param text a whole number and a unit, decimal or binary; bytes where there is none
  /// @throws IllegalArgumentException if it is none, is 0, or is too large
  static long parse(String text) {
    Matcher size = SIZE.matcher(text.strip().toUpperCase(Locale.ROOT));
    try {
      if (size.matches()) {
        int power = PREFIXES.indexOf(Objects.requireNonNullElse(size.group(2), ""));
        long base = size.group(3) == null ? 1000 : 1024;
        long bytes = Long.parseLong(size.group(1));
        for (int i = 0; i < power; i++) {
          bytes = Math.multiplyExact(bytes, base);
        }
        if (bytes > 0) {
          return bytes;
        }
      }
    } catch (ArithmeticException | NumberFormatException tooLarge) {
      // Said below.
    }
    throw new IllegalArgumentException(
        "'%s' is no size; sizes are written like 500MB, 5GB or 2GiB".formatted(text));
  }

  private static String digits(double value) {
    return value < 10 ? "%.2f" : value < 100 ? "%.1f" : "%.0f";
  }
}
