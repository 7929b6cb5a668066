package dev.tern.quant;

/// The quantization of activations in a BitLinear layer: one token's values as codes -127..127 with
/// one scale, so that the largest magnitude becomes 127.
///
/// `quantScale = 127 / max(max |x|, 1e-5)` and `code = clamp(rint(x * quantScale), -128, 127)`, in
/// 32 bits, ties to even. A layer's output is `sum(weight code * code) / quantScale`, times the
/// scale of the weights: first the division, then the multiplication.
///
/// Source: BitNet b1.58 (arXiv 2402.17764), section 2; bitnet.cpp, `quantize_row_i8_s`; Hugging
/// Face transformers, integrations/bitnet.py.
///
/// @param quantScale multiplies a value to give a code before rounding
public record Absmax(float quantScale) {
  private static final float MIN_ABSMAX = 1e-5f;

  /// Measures the values of one token.
  ///
  /// @param values finite
  /// @return their scale
  /// @throws IllegalArgumentException if a value is not finite; the message names its index
  public static Absmax of(float[] values) {
    float absmax = MIN_ABSMAX;
    for (int i = 0; i < values.length; i++) {
      if (!Float.isFinite(values[i])) {
        throw new IllegalArgumentException(
            "value %d: %s is not a finite value".formatted(i, values[i]));
      }
      absmax = Math.max(absmax, Math.abs(values[i]));
    }
    return new Absmax(127 / absmax);
  }

  /// {@return the code of a value}
  ///
  /// @param value one of those that were measured
  public byte code(float value) {
    return (byte) Math.clamp(Math.rint(value * quantScale), -128, 127);
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
