package dev.tern.cli;

import dev.tern.synthetic.SyntheticModel;
import java.nio.file.Path;

/// A model to measure.
sealed interface BenchModel {
  /// One that somebody trained.
  ///
  /// @param path its GGUF file or Hugging Face folder
  record Trained(Path path) implements BenchModel {}

  /// One of random weights, which is made in memory.
  ///
  /// @param description what to make
  record Random(SyntheticModel description) implements BenchModel {}
}
