package dev.tern.quant;

/// TQ2_0: ternary, 66 bytes for 256 elements.
///
/// | bytes | content |
/// |---|---|
/// | 0..63 | two bits, `code + 1`, for each element: 32 bytes for 128 elements, with elements 32 apart in one byte, the first in the lowest bits |
/// | 64..65 | half-precision scale |
///
/// The same grouping as I2_S with the four places in a byte reversed. Source: ggml,
/// `quantize_row_tq2_0_ref`.
final class Tq2Format implements LowBitFormat {
  private static final int ELEMENTS = 256;

  @Override
  public int scaleOffset() {
    return 64;
  }

  @Override
  public CodeRule rule() {
    return CodeRule.ROUND_TO_MAX;
  }

  @Override
  public void unpack(byte[] block, byte[] codes, int from) {
    for (int e = 0; e < ELEMENTS; e++) {
      codes[from + e] = (byte) (((block[byteOf(e)] >> shiftOf(e)) & 3) - 1);
    }
  }

  @Override
  public void pack(byte[] codes, int from, byte[] block) {
    for (int e = 0; e < ELEMENTS; e++) {
      block[byteOf(e)] |= (byte) ((codes[from + e] + 1) << shiftOf(e));
    }
  }

  private static int byteOf(int e) {
    return e / 128 * 32 + e % 32;
  }

  private static int shiftOf(int e) {
    return e % 128 / 32 * 2;
  }
}
