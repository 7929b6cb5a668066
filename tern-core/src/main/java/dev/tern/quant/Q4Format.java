package dev.tern.quant;

/// Q4_0: 18 bytes for 32 elements.
///
/// | bytes | content |
/// |---|---|
/// | 0..1 | half-precision scale `d` |
/// | 2..17 | byte j: element j in the low half, element j + 16 in the high half |
///
/// `value = d * (code - 8)`. Encoding gives the value of largest magnitude the code 0, so that `d`
/// may be negative, and adds 8.5 before cutting off the fraction. Source: ggml,
/// `quantize_row_q4_0_ref`.
final class Q4Format implements BlockFormat {
  private static final int HALF_ELEMENTS = 16;
  private static final int CODES = 2;
  private static final int ZERO_CODE = 8;
  private static final int MAX_CODE = 15;

  @Override
  public void decode(byte[] block, float[] values, int from) {
    float dequantScale = Half.get(block, 0);
    for (int j = 0; j < HALF_ELEMENTS; j++) {
      int pair = block[CODES + j];
      values[from + j] = ((pair & 0xf) - ZERO_CODE) * dequantScale;
      values[from + HALF_ELEMENTS + j] = (((pair >> 4) & 0xf) - ZERO_CODE) * dequantScale;
    }
  }

  @Override
  public void encode(float[] values, int from, byte[] block) {
    float extreme = 0;
    for (int e = 0; e < 2 * HALF_ELEMENTS; e++) {
      if (Math.abs(values[from + e]) > Math.abs(extreme)) {
        extreme = values[from + e];
      }
    }
    float dequantScale = extreme / -ZERO_CODE;
    float quantScale = dequantScale == 0 ? 0 : 1 / dequantScale;
    Half.put(block, 0, dequantScale);
    for (int j = 0; j < HALF_ELEMENTS; j++) {
      int low = code(values[from + j], quantScale);
      int high = code(values[from + HALF_ELEMENTS + j], quantScale);
      block[CODES + j] = (byte) (low | (high << 4));
    }
  }

  private static int code(float value, float quantScale) {
    // Below 0 only if quantScale overflowed, where ggml's result is undefined.
    return Math.clamp((int) (value * quantScale + (ZERO_CODE + 0.5f)), 0, MAX_CODE);
  }
}
