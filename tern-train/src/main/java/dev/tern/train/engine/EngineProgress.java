package dev.tern.train.engine;

import dev.tern.hub.PullEvent;

/// Is told how the training engine is got ready. May be called by several threads at once.
public interface EngineProgress {
  /// Nobody is told.
  EngineProgress SILENT =
      new EngineProgress() {
        @Override
        public void fetching(PullEvent event) {}

        @Override
        public void unpacking(long done, long size) {}
      };

  /// The libraries are being fetched, which happens once.
  ///
  /// @param event what happens
  void fetching(PullEvent event);

  /// The libraries are being unpacked, which happens once.
  ///
  /// @param done bytes that are unpacked
  /// @param size all bytes
  void unpacking(long done, long size);
}
