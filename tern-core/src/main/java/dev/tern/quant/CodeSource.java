package dev.tern.quant;

import dev.tern.tensor.Tensor;
import java.util.Arrays;

/// Integer codes of a matrix and the scales that multiply them, handed over one row at a time.
///
/// This is the way for weights that are ternary or binary already: nothing is turned into values
/// and guessed back from them.
@FunctionalInterface
public interface CodeSource {
  /// Reads one row.
  ///
  /// @param row from 0
  /// @param codes receives the codes of the row from index 0
  /// @param dequantScales receives, for each column, the scale that multiplies its code to give the
  ///   value; it matters only where the code is not 0
  void read(long row, byte[] codes, float[] dequantScales);

  /// {@return the codes and scales that a tensor stores}
  ///
  /// @param tensor of a low-bit encoding
  /// @throws IllegalArgumentException if it is of another encoding
  static CodeSource of(Tensor tensor) {
    LowBitCodec codec =
        Codecs.lowBit(tensor.type())
            .orElseThrow(() ->
                new IllegalArgumentException(
                    "%s is %s, whose elements are not codes with a common scale"
                        .formatted(tensor.name(), tensor.type())));
    int cols = tensor.cols();
    int groupCols = Math.min(cols, codec.scaleGroup());
    return (row, codes, dequantScales) -> {
      codec.decodeCodes(tensor, row, codes);
      for (int from = 0; from < cols; from += groupCols) {
        float dequantScale = codec.dequantScale(tensor, row, from / groupCols);
        Arrays.fill(dequantScales, from, from + groupCols, dequantScale);
      }
    };
  }
}
