package dev.tern.quant;

/// Q6_K: 210 bytes for 256 elements, in sixteen groups of 16 with an 8-bit scale each.
///
/// | bytes | content |
/// |---|---|
/// | 0..127 | low 4 bits of the codes: 64 bytes for 128 elements; elements 0..63 in the low halves, 64..127 in the high ones |
/// | 128..191 | upper 2 bits of the codes: 32 bytes for 128 elements; elements 32 apart share a byte, the first in the lowest bits |
/// | 192..207 | signed scales of the groups |
/// | 208..209 | half-precision `d`, the unit of the scales |
///
/// `value = (d * scale) * (code - 32)`, multiplied in this order. Encoding fits each group with a
/// [SymmetricFit], rounds the scales to 128ths of the largest, and chooses the codes anew for what
/// is then stored. Source: ggml, `quantize_row_q6_K_ref`.
final class Q6KFormat implements BlockFormat {
  private static final int ELEMENTS = 256;
  private static final int GROUP = SymmetricFit.ELEMENTS;
  private static final int GROUPS = ELEMENTS / GROUP;
  private static final int UPPER_BITS = 128;
  private static final int SCALES = 192;
  private static final int UNIT = 208;

  @Override
  public void decode(byte[] block, float[] values, int from) {
    for (int e = 0; e < ELEMENTS; e++) {
      int low = (block[lowAt(e)] >> lowShift(e)) & 0xf;
      int upper = (block[upperAt(e)] >> upperShift(e)) & 3;
      values[from + e] =
          dequantScale(block, e / GROUP) * ((low | (upper << 4)) - SymmetricFit.ZERO);
    }
  }

  private static float dequantScale(byte[] block, int group) {
    return Half.get(block, UNIT) * block[SCALES + group];
  }

  private static int lowAt(int e) {
    return e / 128 * 64 + e % 64;
  }

  private static int lowShift(int e) {
    return e % 128 / 64 * 4;
  }

  private static int upperAt(int e) {
    return UPPER_BITS + e / 128 * 32 + e % 32;
  }

  private static int upperShift(int e) {
    return e % 128 / 32 * 2;
  }

  @Override
  public void encode(float[] values, int from, byte[] block) {
    SymmetricFit[] fits = new SymmetricFit[GROUPS];
    float extreme = 0;
    for (int group = 0; group < GROUPS; group++) {
      fits[group] = SymmetricFit.of(values, from + group * GROUP);
      if (Math.abs(fits[group].dequantScale()) > Math.abs(extreme)) {
        extreme = fits[group].dequantScale();
      }
    }
    if (Math.abs(extreme) < SymmetricFit.NEGLIGIBLE) {
      return;
    }
    float inverseUnit = -128 / extreme;
    Half.put(block, UNIT, 1 / inverseUnit);
    for (int group = 0; group < GROUPS; group++) {
      int scale = Rounding.nearest(inverseUnit * fits[group].dequantScale());
      block[SCALES + group] = (byte) Math.min(127, scale);
      putCodes(block, group, values, from, fits[group]);
    }
  }

  private static void putCodes(
      byte[] block, int group, float[] values, int from, SymmetricFit fit) {
    float dequantScale = dequantScale(block, group);
    for (int i = 0; i < GROUP; i++) {
      int e = group * GROUP + i;
      int code =
          dequantScale == 0
              ? fit.code(i)
              : SymmetricFit.nearestCode(values[from + e] / dequantScale);
      block[lowAt(e)] |= (byte) ((code & 0xf) << lowShift(e));
      block[upperAt(e)] |= (byte) (code >> 4 << upperShift(e));
    }
  }
}
