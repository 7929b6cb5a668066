package dev.tern.train.config;

/// What the linear layers of a model compute with.
public enum WeightMethod {
  /// -1, 0, +1 times the mean magnitude (BitNet b1.58, arXiv 2402.17764).
  TERNARY,
  /// -1, +1 times the mean magnitude (BitNet, arXiv 2310.11453).
  BINARY,
  /// The weights themselves.
  FULL
}
