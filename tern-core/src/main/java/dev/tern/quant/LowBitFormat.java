package dev.tern.quant;

/// What distinguishes one low-bit encoding from the others whose rows are whole blocks: where a
/// block has its codes, where the scale is, and how the reference implementation chooses both.
interface LowBitFormat {
  /// Reads the codes of one block.
  ///
  /// @param block its bytes
  /// @param codes receives its codes
  /// @param from where in `codes`
  void unpack(byte[] block, byte[] codes, int from);

  /// Writes the codes of one block.
  ///
  /// @param codes each one that [#holds(int)]
  /// @param from where in `codes` the block starts
  /// @param block receives them; all 0 before
  void pack(byte[] codes, int from, byte[] block);

  /// {@return whether the encoding has this code}
  default boolean holds(int code) {
    return code >= -1 && code <= 1;
  }

  /// {@return the width of the stored scale}
  default ScaleField scaleField() {
    return ScaleField.HALF;
  }

  /// {@return where the scale is, counted from the first byte of its block, or of its row where the
  /// whole row has one}
  int scaleOffset();

  /// {@return how the reference implementation turns values into codes and a scale}
  CodeRule rule();
}
