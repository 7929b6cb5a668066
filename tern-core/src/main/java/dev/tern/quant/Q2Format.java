package dev.tern.quant;

/// Q2_0: codes -1, 0, +1 and +2; 18 bytes for 64 elements in ggml, 34 bytes for 128 in files of the
/// PrismML fork.
///
/// | bytes | content |
/// |---|---|
/// | 0..1 | half-precision scale |
/// | 2.. | two bits, `code + 1`, for each element in order, four to a byte, the first in the lowest bits |
///
/// Source: ggml, `quantize_row_q2_0_ref`.
final class Q2Format implements LowBitFormat {
  private static final int CODES = 2;

  @Override
  public int scaleOffset() {
    return 0;
  }

  @Override
  public CodeRule rule() {
    return CodeRule.ROUND_TO_MAX;
  }

  @Override
  public boolean holds(int code) {
    return code >= -1 && code <= 2;
  }

  @Override
  public void unpack(byte[] block, byte[] codes, int from) {
    for (int e = 0; e < elements(block); e++) {
      codes[from + e] = (byte) (((block[CODES + e / 4] >> (e % 4 * 2)) & 3) - 1);
    }
  }

  @Override
  public void pack(byte[] codes, int from, byte[] block) {
    for (int e = 0; e < elements(block); e++) {
      block[CODES + e / 4] |= (byte) ((codes[from + e] + 1) << (e % 4 * 2));
    }
  }

  private static int elements(byte[] block) {
    return (block.length - CODES) * 4;
  }
}
