package dev.tern.train.config;

/// What the inputs of linear layers are rounded to.
public enum ActivationMethod {
  /// Eight bits with one scale a token, its largest magnitude (BitNet b1.58, arXiv 2402.17764).
  INT8,
  /// Not rounded.
  FULL
}
