package dev.tern;

/// From what copy ternary weights are read while one token after another is generated. No layout
/// changes a bit of what is computed.
public enum TernaryLayout {
  /// [#TRIPLES] for large models where a short measurement finds them faster on this machine,
  /// [#ROWS] otherwise.
  AUTO,
  /// Rows in 2 bits a weight, where they lie in the file if it has them.
  ROWS,
  /// A copy in 5 bits for 3 weights: a sixth less to read, for more arithmetic and more memory.
  TRIPLES
}
