package dev.tern.train;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDManager;
import dev.tern.train.engine.EngineProgress;
import dev.tern.train.engine.TrainingEngine;
import java.io.IOException;
import java.io.UncheckedIOException;

/// The engine as tests use it: on the CPU, with one thread, since matrices are tiny.
public final class TestEngine {
  private TestEngine() {}

  /// {@return the engine}
  public static Engine get() {
    try {
      return TrainingEngine.prepare(1, EngineProgress.SILENT);
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
  }

  /// {@return a manager of arrays, to be closed}
  public static NDManager manager() {
    return NDManager.newBaseManager(Device.cpu(), get().getEngineName());
  }
}
