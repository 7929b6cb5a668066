package dev.tern.quant;

import dev.tern.tensor.Tensor;

/// Values of a matrix, handed over one row at a time, so that a large tensor never has to be in
/// memory as floats.
@FunctionalInterface
public interface RowSource {
  /// Reads one row.
  ///
  /// @param row from 0
  /// @param values receives the row from index 0
  void read(long row, float[] values);

  /// {@return the values that a tensor stores}
  ///
  /// @param tensor of any encoding
  static RowSource of(Tensor tensor) {
    Codec codec = Codecs.of(tensor.type());
    return (row, values) -> codec.decodeRow(tensor, row, values);
  }
}
