package dev.tern.quant;

/// The ways in which reference implementations choose the codes and the scale of a group of values.
enum CodeRule {
  /// The scale is the largest magnitude, and `value * (1 / scale)` is rounded half away from zero.
  /// Never yields the +2 that Q2_0 has besides. Source: ggml, `quantize_row_tq1_0_ref`,
  /// `_tq2_0_ref` and `_q2_0_ref`.
  ROUND_TO_MAX {
    @Override
    float apply(float[] values, int from, int to, byte[] codes) {
      float dequantScale = absmax(values, from, to);
      float quantScale = dequantScale == 0 ? 0 : 1 / dequantScale;
      for (int col = from; col < to; col++) {
        int code = Rounding.halfAway(values[col] * quantScale);
        // Beyond +-1 only if quantScale overflowed, where ggml's result is undefined.
        codes[col] = (byte) Math.clamp(code, -1, 1);
      }
      return dequantScale;
    }
  },

  /// The scale is the largest magnitude, and values below half of it are 0. A group of zeros has
  /// the scale 0 and codes +1. Source: ik_llama.cpp, `IQ1BNQuantizer`.
  CUT_AT_HALF_MAX {
    @Override
    float apply(float[] values, int from, int to, byte[] codes) {
      float dequantScale = absmax(values, from, to);
      float threshold = 0.5f * dequantScale;
      for (int col = from; col < to; col++) {
        boolean small = Math.abs(values[col]) < threshold;
        codes[col] = (byte) (small ? 0 : values[col] < 0 ? -1 : 1);
      }
      return dequantScale;
    }
  },

  /// The scale is the mean magnitude, summed in order in 32 bits, and the code is the sign, with
  /// that of both zeros +1. Source: ggml, `quantize_row_q1_0_ref`.
  SIGN {
    @Override
    float apply(float[] values, int from, int to, byte[] codes) {
      float sum = 0;
      for (int col = from; col < to; col++) {
        sum += Math.abs(values[col]);
        codes[col] = (byte) (values[col] >= 0 ? 1 : -1);
      }
      return sum / (to - from);
    }
  };

  /// Chooses the codes of one group.
  ///
  /// @param values finite
  /// @param from the first column of the group
  /// @param to the column after its last
  /// @param codes receives the codes of those columns
  /// @return the scale that multiplies them to give back the values, as nearly as this rule can
  abstract float apply(float[] values, int from, int to, byte[] codes);

  private static float absmax(float[] values, int from, int to) {
    float absmax = 0;
    for (int col = from; col < to; col++) {
      absmax = Math.max(absmax, Math.abs(values[col]));
    }
    return absmax;
  }
}
