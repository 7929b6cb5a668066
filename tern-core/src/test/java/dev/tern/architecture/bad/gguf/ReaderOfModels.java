package dev.tern.architecture.bad.gguf;

import dev.tern.model.ModelConfig;

/// A container reader that knows models.
final class ReaderOfModels {
  private ReaderOfModels() {}

  static String describe(ModelConfig config) {
    return config.architecture();
  }
}
