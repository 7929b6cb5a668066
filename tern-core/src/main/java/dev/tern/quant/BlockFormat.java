package dev.tern.quant;

/// What the bytes of one block mean, in an encoding whose rows are whole blocks and whose blocks
/// stand alone.
interface BlockFormat {
  /// Decodes one block.
  ///
  /// @param block its bytes
  /// @param values receives its values
  /// @param from where in `values`
  void decode(byte[] block, float[] values, int from);

  /// Encodes one block.
  ///
  /// @param values finite
  /// @param from where in `values` the block starts
  /// @param block receives its bytes; all 0 before
  /// @throws ArithmeticException if the scale of the block is too large for its field
  void encode(float[] values, int from, byte[] block);
}
