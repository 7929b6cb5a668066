package dev.tern.convert;

import dev.tern.safetensors.SafetensorsFolder;
import dev.tern.safetensors.SafetensorsWriter;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// Writes Hugging Face folders in an order in which an unfinished one is none: without its
/// `config.json` nothing loads it.
final class ModelFolder {
  private static final String CONFIG = "config.json";

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

  static void requireFree(Path folder, boolean overwrite) throws IOException {
    if (Files.exists(folder) && !Files.isDirectory(folder)) {
      throw new FileAlreadyExistsException(
          folder.toString(), null, "it is a file, and a model of this kind is a folder");
    }
    for (String name : List.of(CONFIG, SafetensorsFolder.SINGLE, SafetensorsFolder.INDEX)) {
      Path file = folder.resolve(name);
      if (Files.exists(file) && !overwrite) {
        throw new FileAlreadyExistsException(
            file.toString(), null, "it exists already; --force replaces it");
      }
    }
  }

  /// Writes the folder, which is made if it is not there.
  ///
  /// @return the size of the weights' file
  static long write(Path folder, SafetensorsWriter weights, Extras extras, byte[] config)
      throws IOException {
    Path file = folder.resolve(SafetensorsFolder.SINGLE);
    Files.createDirectories(folder);
    Targets.requireSpace(file, weights.dataBytes());
    Files.deleteIfExists(folder.resolve(CONFIG));
    Files.deleteIfExists(folder.resolve(SafetensorsFolder.INDEX));
    weights.write(file);
    extras.write(folder);
    Targets.writeWhole(folder.resolve(CONFIG), config);
    return Files.size(file);
  }
}
