package dev.tern.quant;

/// Q8_0: 34 bytes for 32 elements.
///
/// | bytes | content |
/// |---|---|
/// | 0..1 | half-precision scale `d` |
/// | 2..33 | signed codes in element order |
///
/// `value = d * code`. Encoding divides by `absmax / 127` before that is rounded to half precision,
/// and rounds half away from zero. Source: ggml, `quantize_row_q8_0_ref`.
final class Q8Format implements BlockFormat {
  private static final int ELEMENTS = 32;
  private static final int CODES = 2;
  private static final int MAX_CODE = 127;

  @Override
  public void decode(byte[] block, float[] values, int from) {
    float dequantScale = Half.get(block, 0);
    for (int e = 0; e < ELEMENTS; e++) {
      values[from + e] = block[CODES + e] * dequantScale;
    }
  }

  @Override
  public void encode(float[] values, int from, byte[] block) {
    float absmax = 0;
    for (int e = 0; e < ELEMENTS; e++) {
      absmax = Math.max(absmax, Math.abs(values[from + e]));
    }
    float dequantScale = absmax / MAX_CODE;
    float quantScale = dequantScale == 0 ? 0 : 1 / dequantScale;
    Half.put(block, 0, dequantScale);
    for (int e = 0; e < ELEMENTS; e++) {
      int code = Rounding.halfAway(values[from + e] * quantScale);
      // Beyond the range only if quantScale overflowed, where ggml's result is undefined.
      block[CODES + e] = (byte) Math.clamp(code, -MAX_CODE, MAX_CODE);
    }
  }
}
