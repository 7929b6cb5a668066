package dev.tern.quant;

/// TQ1_0: ternary, 54 bytes for 256 elements, five digits of base 3 to a byte.
///
/// | bytes | elements |
/// |---|---|
/// | 0..31 | byte `b` has elements `b + 32 * n`, n = 0..4 |
/// | 32..47 | byte `32 + b` has elements `160 + b + 16 * n`, n = 0..4 |
/// | 48..51 | byte `48 + b` has elements `240 + b + 4 * n`, n = 0..3 |
/// | 52..53 | half-precision scale |
///
/// The digits, `code + 1` each and the first the most significant, make a number below 243 = 3^5,
/// stored as `ceil(number * 256 / 243)`: a fixed-point fraction from which multiplying by 3^n and
/// then by 3 pushes digit n out at the top. Source: ggml, `quantize_row_tq1_0_ref`.
final class Tq1Format implements LowBitFormat {
  private static final int DIGITS = 5;

  @Override
  public int scaleOffset() {
    return 52;
  }

  @Override
  public CodeRule rule() {
    return CodeRule.ROUND_TO_MAX;
  }

  @Override
  public void unpack(byte[] block, byte[] codes, int from) {
    for (int at = 0; at < scaleOffset(); at++) {
      for (int digit = 0; digit < digits(at); digit++) {
        codes[from + element(at, digit)] = (byte) (BaseThree.digit(block[at], digit) - 1);
      }
    }
  }

  @Override
  public void pack(byte[] codes, int from, byte[] block) {
    for (int at = 0; at < scaleOffset(); at++) {
      int number = 0;
      for (int digit = 0; digit < DIGITS; digit++) {
        int value = digit < digits(at) ? codes[from + element(at, digit)] + 1 : 0;
        number = number * 3 + value;
      }
      block[at] = BaseThree.fraction(number);
    }
  }

  private static int digits(int at) {
    return at < 48 ? DIGITS : DIGITS - 1;
  }

  private static int element(int at, int digit) {
    if (at < 32) {
      return at + 32 * digit;
    }
    return at < 48 ? 160 + (at - 32) + 16 * digit : 240 + (at - 48) + 4 * digit;
  }
}
