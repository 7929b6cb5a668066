package dev.tern.convert;

import dev.tern.safetensors.SafetensorsFolderWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// Writes Hugging Face folders, each of which is there when all of it is.
final class ModelFolder {
  private ModelFolder() {}

  /// Writes files beside the weights.
  @FunctionalInterface
  interface Extras {
    /// Writes them.
    ///
    /// @param folder where the weights are already
    void write(Path folder) throws IOException;
  }

  /// Hands out a `config.json`.
  @FunctionalInterface
  interface Config {
    /// {@return its bytes}
    byte[] read() throws IOException;
  }

  /// Writes the folder, which is made if it is not there.
  ///
  /// @return the size of the files with the weights
  static long write(Path folder, SafetensorsFolderWriter weights, Extras extras, byte[] config)
      throws IOException {
    long bytes = 0;
    try (StagedFolder staged = StagedFolder.in(folder)) {
      Targets.requireSpace(staged.path(), weights.dataBytes());
      for (Path file : weights.write(staged.path())) {
        bytes += Files.size(file);
      }
      extras.write(staged.path());
      Targets.writeWhole(staged.path().resolve(StagedFolder.CONFIG), config);
      staged.publish();
    }
    return bytes;
  }
}
