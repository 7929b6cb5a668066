package dev.tern.quant;

/// IQ1_BN: ternary, a half-precision scale before each row, then 13 bytes for 64 elements, five
/// digits of base 3 to a byte.
///
/// | bytes | elements |
/// |---|---|
/// | 0..11 | byte `3 * i + k` has elements `16 * i + 5 * k + j`, j = 0..4 |
/// | 12 | elements `16 * i + 15`, i = 0..3 |
///
/// The digits, `code + 1` each and the first the *least* significant, unlike in TQ1_0, make the
/// number that [BaseThree] stores. Source: ik_llama.cpp, `quantize_one_row_1bn` in
/// ggml/src/iqk/iqk_quantize.cpp.
final class Iq1BnFormat implements LowBitFormat {
  private static final int DIGITS = 5;
  private static final int EXTRA = 12;

  @Override
  public int scaleOffset() {
    return 0;
  }

  @Override
  public CodeRule rule() {
    return CodeRule.CUT_AT_HALF_MAX;
  }

  @Override
  public void unpack(byte[] block, byte[] codes, int from) {
    for (int at = 0; at <= EXTRA; at++) {
      for (int digit = 0; digit < digits(at); digit++) {
        int value = BaseThree.digit(block[at], DIGITS - 1 - digit);
        codes[from + element(at, digit)] = (byte) (value - 1);
      }
    }
  }

  @Override
  public void pack(byte[] codes, int from, byte[] block) {
    for (int at = 0; at <= EXTRA; at++) {
      int number = 0;
      for (int digit = digits(at) - 1; digit >= 0; digit--) {
        number = number * 3 + codes[from + element(at, digit)] + 1;
      }
      block[at] = BaseThree.fraction(number);
    }
  }

  private static int digits(int at) {
    return at < EXTRA ? DIGITS : DIGITS - 1;
  }

  private static int element(int at, int digit) {
    return at < EXTRA ? 16 * (at / 3) + 5 * (at % 3) + digit : 16 * digit + 15;
  }
}
