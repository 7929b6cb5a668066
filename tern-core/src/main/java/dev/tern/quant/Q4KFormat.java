package dev.tern.quant;

/// Q4_K: 144 bytes for 256 elements, in eight groups of 32 with a 6-bit scale and offset each.
///
/// | bytes | content |
/// |---|---|
/// | 0..1 | half-precision `d`, the unit of the scales |
/// | 2..3 | half-precision `dmin`, the unit of the offsets |
/// | 4..15 | 6-bit scales and offsets: groups 0..3 in the low 6 bits of bytes 0..3 and 4..7; groups 4..7 with their low halves in bytes 8..11 and their upper 2 bits on top of bytes 0..3 and 4..7 |
/// | 16..143 | 4-bit codes, 32 bytes for two groups: the even one in the low halves |
///
/// `value = (d * scale) * code - dmin * offset`. Encoding fits each group with an [OffsetFit],
/// rounds scales and offsets to 63rds of the largest, and chooses the codes anew for what is then
/// stored. Source: ggml, `quantize_row_q4_K_ref`.
final class Q4KFormat implements BlockFormat {
  private static final int GROUPS = 8;
  private static final int GROUP = OffsetFit.ELEMENTS;
  private static final int SCALES = 4;
  private static final int CODES = 16;
  private static final int MAX_SIX_BITS = 63;

  @Override
  public void decode(byte[] block, float[] values, int from) {
    for (int group = 0; group < GROUPS; group++) {
      float dequantScale = dequantScale(block, group);
      float offset = offset(block, group);
      for (int e = 0; e < GROUP; e++) {
        int code = (block[codeAt(group, e)] >> codeShift(group)) & 0xf;
        values[from + group * GROUP + e] = dequantScale * code - offset;
      }
    }
  }

  private static float dequantScale(byte[] block, int group) {
    int scale =
        group < 4
            ? block[SCALES + group] & 0x3f
            : (block[SCALES + 4 + group] & 0xf) | ((block[SCALES + group - 4] & 0xc0) >> 2);
    return Half.get(block, 0) * scale;
  }

  private static float offset(byte[] block, int group) {
    int offset =
        group < 4
            ? block[SCALES + 4 + group] & 0x3f
            : ((block[SCALES + 4 + group] >> 4) & 0xf) | ((block[SCALES + group] & 0xc0) >> 2);
    return Half.get(block, 2) * offset;
  }

  private static int codeAt(int group, int e) {
    return CODES + group / 2 * GROUP + e;
  }

  private static int codeShift(int group) {
    return group % 2 * 4;
  }

  @Override
  public void encode(float[] values, int from, byte[] block) {
    OffsetFit[] fits = new OffsetFit[GROUPS];
    float maxScale = 0;
    float maxOffset = 0;
    for (int group = 0; group < GROUPS; group++) {
      fits[group] = OffsetFit.of(values, from + group * GROUP);
      maxScale = Math.max(maxScale, fits[group].dequantScale());
      maxOffset = Math.max(maxOffset, fits[group].offset());
    }
    Half.put(block, 0, maxScale / MAX_SIX_BITS);
    Half.put(block, 2, maxOffset / MAX_SIX_BITS);
    float inverseScale = maxScale > 0 ? MAX_SIX_BITS / maxScale : 0;
    float inverseOffset = maxOffset > 0 ? MAX_SIX_BITS / maxOffset : 0;
    for (int group = 0; group < GROUPS; group++) {
      int scale = sixBits(inverseScale * fits[group].dequantScale());
      int offset = sixBits(inverseOffset * fits[group].offset());
      putScaleAndOffset(block, group, scale, offset);
    }
    for (int group = 0; group < GROUPS; group++) {
      putCodes(block, group, values, from + group * GROUP, fits[group]);
    }
  }

  private static int sixBits(float value) {
    // A scale can come out negative; through an unsigned byte, as in ggml, it becomes a large one.
    return Math.min(MAX_SIX_BITS, Rounding.nearest(value) & 0xff);
  }

  private static void putScaleAndOffset(byte[] block, int group, int scale, int offset) {
    if (group < 4) {
      block[SCALES + group] = (byte) scale;
      block[SCALES + 4 + group] = (byte) offset;
    } else {
      block[SCALES + 4 + group] = (byte) ((scale & 0xf) | (offset << 4));
      block[SCALES + group - 4] |= (byte) (scale >> 4 << 6);
      block[SCALES + group] |= (byte) (offset >> 4 << 6);
    }
  }

  private static void putCodes(byte[] block, int group, float[] values, int from, OffsetFit fit) {
    float dequantScale = dequantScale(block, group);
    float offset = offset(block, group);
    for (int e = 0; e < GROUP; e++) {
      int code =
          dequantScale == 0
              ? fit.code(e)
              : Math.clamp(
                  Rounding.nearest((values[from + e] + offset) / dequantScale),
                  0,
                  OffsetFit.MAX_CODE);
      block[codeAt(group, e)] |= (byte) (code << codeShift(group));
    }
  }
}
