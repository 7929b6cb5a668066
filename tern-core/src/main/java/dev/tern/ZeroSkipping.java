package dev.tern;

/// Whether a squared-ReLU model computes what it multiplies by zero while one token after another
/// is generated. Neither choice changes a bit of what is computed.
public enum ZeroSkipping {
  /// [#ON] for large models whose zeros, counted on a short text, make it faster on this machine by
  /// a short measurement; [#OFF] otherwise.
  AUTO,
  /// Rows of the up projection whose gate is shut and columns of the down projection whose input is
  /// zero are left out. Takes a copy of the down projections.
  ON,
  /// Everything is computed.
  OFF
}
