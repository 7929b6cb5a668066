package dev.tern.server.engine;

import dev.tern.BatchTimings;
import dev.tern.GenerationResult;

/// Wants to know what becomes of requests to the engine. Safe for use by many threads.
@FunctionalInterface
public interface RequestObserver {
  /// Told of a request that has ended well or was cancelled.
  ///
  /// @param result what came of it
  /// @param timings when
  void ended(GenerationResult result, BatchTimings timings);
}
