package dev.tern.source;

/// Ternary weights with one scale, from wherever they are.
///
/// @param codes row by row; any number of threads may read
/// @param dequantScale weight = code * dequantScale
record TernaryRows(Codes codes, float dequantScale) {
  /// Codes of a matrix.
  @FunctionalInterface
  interface Codes {
    /// Reads one row.
    ///
    /// @param row from 0
    /// @param codes receives -1, 0 and +1
    /// @throws dev.tern.ModelFormatException if the file has another code
    void read(long row, byte[] codes);
  }
}
