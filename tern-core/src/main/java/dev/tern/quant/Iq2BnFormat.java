package dev.tern.quant;

/// IQ2_BN: ternary, a 32-bit scale before each row, then 16 bytes for 64 elements.
///
/// Two bits, `code + 1`, for each element; elements 16 apart share a byte, the first in the lowest
/// bits. Source: ik_llama.cpp, `quantize_one_row_2bn` in ggml/src/iqk/iqk_quantize.cpp.
final class Iq2BnFormat implements LowBitFormat {
  private static final int ELEMENTS = 64;

  @Override
  public int scaleOffset() {
    return 0;
  }

  @Override
  public ScaleField scaleField() {
    return ScaleField.SINGLE;
  }

  @Override
  public CodeRule rule() {
    return CodeRule.CUT_AT_HALF_MAX;
  }

  @Override
  public void unpack(byte[] block, byte[] codes, int from) {
    for (int e = 0; e < ELEMENTS; e++) {
      codes[from + e] = (byte) (((block[e % 16] >> (e / 16 * 2)) & 3) - 1);
    }
  }

  @Override
  public void pack(byte[] codes, int from, byte[] block) {
    for (int e = 0; e < ELEMENTS; e++) {
      block[e % 16] |= (byte) ((codes[from + e] + 1) << (e / 16 * 2));
    }
  }
}
