package dev.tern.train.network;

/// Is shown the heads of a layer's queries, keys and values while a network computes.
@FunctionalInterface
interface HeadObserver {
  /// Looks at nothing.
  HeadObserver NONE = heads -> {};

  /// Shows heads before they are turned by position.
  ///
  /// @param heads of one layer
  void observe(Attention.Heads heads);
}
