package dev.tern.server.api;

/// Wants to know what becomes of calls. Safe for use by many threads.
@FunctionalInterface
public interface CallObserver {
  /// Told of a call that has ended, in whatever way.
  ///
  /// @param report what became of it
  void ended(CallReport report);
}
