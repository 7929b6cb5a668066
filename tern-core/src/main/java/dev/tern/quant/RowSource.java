package dev.tern.quant;

/// Values of a matrix, handed over one row at a time, so that a large tensor never has to be in
/// memory as floats.
@FunctionalInterface
public interface RowSource {
  /// Reads one row.
  ///
  /// @param row from 0
  /// @param values receives the row from index 0
  void read(long row, float[] values);
}
