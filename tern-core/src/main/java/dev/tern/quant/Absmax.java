package dev.tern.quant;

/// The quantization of activations in a BitLinear layer: one token's values as codes -127..127 with
/// one scale, so that the largest magnitude becomes 127.
///
/// `quantScale = 127 / max(max |x|, 1e-5)` and `code = rint(x * quantScale)`, in 32 bits, ties to
/// even. The reference clamps to -128..127; -128 cannot occur, and kernels rely on its absence. A
/// NaN among the values makes the scale NaN and all codes 0. A layer's output is `sum(weight code *
/// code) / quantScale`, times the scale of the weights: first the division, then the
/// multiplication.
///
/// Source: BitNet b1.58 (arXiv 2402.17764), section 2; bitnet.cpp, `quantize_row_i8_s`; Hugging
/// Face transformers, integrations/bitnet.py.
///
/// @param quantScale multiplies a value to give a code before rounding
public record Absmax(float quantScale) {
  private static final float MIN_ABSMAX = 1e-5f;

  /// {@return the scale of one token's values}
  ///
  /// @param values any numbers
  public static Absmax of(float[] values) {
    float absmax = MIN_ABSMAX;
    for (float value : values) {
      absmax = Math.max(absmax, Math.abs(value));
    }
    return new Absmax(127 / absmax);
  }

  /// {@return the code of a value}
  ///
  /// @param value one of those that were measured
  public byte code(float value) {
    return (byte) Math.clamp(Math.rint(value * quantScale), -127, 127);
  }

  /// Quantizes the values that were measured.
  ///
  /// @param values of one token
  /// @param codes receives a code for each
  public void quantize(float[] values, byte[] codes) {
    for (int i = 0; i < values.length; i++) {
      codes[i] = code(values[i]);
    }
  }
}
