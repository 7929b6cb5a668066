package dev.tern.train.run;

import java.nio.file.Path;

/// What lies where in the folder of a run.
///
/// @param root the run's folder
public record RunFolder(Path root) {
  /// {@return the tokenizer, where it was learnt}
  public Path tokenizer() {
    return root.resolve("tokenizer");
  }

  /// {@return text as tokens; can be deleted, and is made again}
  public Path tokens() {
    return root.resolve("tokens");
  }

  /// {@return checkpoints}
  public Path checkpoints() {
    return root.resolve("checkpoints");
  }

  /// {@return the model of a run that has ended}
  ///
  /// @param name of the model
  public Path model(String name) {
    return root.resolve(name + ".gguf");
  }

  /// {@return the same model as a Hugging Face folder}
  ///
  /// @param name of the model
  public Path huggingFace(String name) {
    return root.resolve(name);
  }
}
