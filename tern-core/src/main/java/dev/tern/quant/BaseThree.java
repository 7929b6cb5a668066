package dev.tern.quant;

/// Five digits of base 3 in a byte, as TQ1_0 and IQ1_BN store them: the number that they make as a
/// fraction of 243, in 256ths rounded up.
///
/// Every byte decodes to five digits, also those 13 that no encoder writes.
final class BaseThree {
  private static final int[] POWERS = {1, 3, 9, 27, 81};

  private BaseThree() {}

  /// {@return the byte for a number below 243}
  static byte fraction(int number) {
    return (byte) ((number * 256 + 242) / 243);
  }

  /// {@return one digit: 0, 1 or 2}
  ///
  /// @param fraction the byte
  /// @param index 0 for the most significant digit, to 4
  static int digit(byte fraction, int index) {
    int rest = (fraction * POWERS[index]) & 0xff;
    return (rest * 3) >> 8;
  }
}
