package dev.tern.hub;

/// Is told how a pull goes on. Several threads may call it at once; it must return fast.
@FunctionalInterface
public interface PullListener {
  /// Does nothing.
  PullListener SILENT = _ -> {};

  /// Takes note of something that happened.
  ///
  /// @param event what happened
  void on(PullEvent event);
}
