package dev.tern.quant;

/// Q1_0: binary, 18 bytes for 128 elements.
///
/// | bytes | content |
/// |---|---|
/// | 0..1 | half-precision scale |
/// | 2..17 | one bit for each element in order, the first in the lowest bit: set for +1, clear for -1 |
///
/// Source: ggml, `quantize_row_q1_0_ref`.
final class Q1Format implements LowBitFormat {
  private static final int ELEMENTS = 128;
  private static final int BITS = 2;

  @Override
  public int scaleOffset() {
    return 0;
  }

  @Override
  public CodeRule rule() {
    return CodeRule.SIGN;
  }

  @Override
  public boolean holds(int code) {
    return code == -1 || code == 1;
  }

  @Override
  public void unpack(byte[] block, byte[] codes, int from) {
    for (int e = 0; e < ELEMENTS; e++) {
      boolean positive = ((block[BITS + e / 8] >> (e % 8)) & 1) == 1;
      codes[from + e] = (byte) (positive ? 1 : -1);
    }
  }

  @Override
  public void pack(byte[] codes, int from, byte[] block) {
    for (int e = 0; e < ELEMENTS; e++) {
      if (codes[from + e] > 0) {
        block[BITS + e / 8] |= (byte) (1 << (e % 8));
      }
    }
  }
}
