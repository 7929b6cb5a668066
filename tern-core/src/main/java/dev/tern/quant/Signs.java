package dev.tern.quant;

import dev.tern.tensor.Shape;
import java.util.Arrays;

/// The binarization of weights after training: signs times the mean magnitude of a group.
///
/// Of all codes -1, +1 with one scale these have the least squared error (XNOR-Net, arXiv
/// 1603.05279, section 3.1), and it is what ggml's `quantize_row_q1_0_ref` does. The first BitNet
/// (arXiv 2310.11453, equations 1 to 3) takes the mean of the tensor away before it takes signs.
/// That is a rule for training: the mean is stored nowhere, so that a model which was not trained
/// with it would get the wrong sign for every weight between 0 and the mean, and nothing for it.
public final class Signs {
  private Signs() {}

  /// {@return the codes of weights, ready for [LowBitCodec#encodeCodes]}
  ///
  /// A weight of 0, of either sign, has the code +1. Magnitudes are summed in order in 32 bits.
  ///
  /// @param source the weights; reading throws [IllegalArgumentException] if one is not finite, and
  ///   names row and column
  /// @param shape their shape
  /// @param groupCols how many columns of a row have one scale, at least 1
  public static CodeSource codes(RowSource source, Shape shape, int groupCols) {
    FiniteRows rows = new FiniteRows(source, shape);
    return (row, codes, dequantScales) -> {
      float[] values = rows.read(row);
      for (int from = 0; from < values.length; ) {
        int to = from + Math.min(groupCols, values.length - from);
        float dequantScale = CodeRule.SIGN.apply(values, from, to, codes);
        Arrays.fill(dequantScales, from, to, dequantScale);
        from = to;
      }
    };
  }
}
