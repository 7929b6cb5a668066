package dev.tern;

/// Whether a squared-ReLU model computes what it multiplies by zero while one token after another
/// is generated. Neither choice changes a bit of what is computed.
public enum ZeroSkipping {
  /// [#ON] for large models that have so many zeros, counted in a few tokens when they are loaded,
  /// that leaving them out paid wherever it was measured; [#OFF] otherwise.
  AUTO,
  /// Rows of the up projection whose gate is shut and columns of the down projection whose input is
  /// zero are left out. Takes a copy of the down projections.
  ON,
  /// Everything is computed.
  OFF
}
