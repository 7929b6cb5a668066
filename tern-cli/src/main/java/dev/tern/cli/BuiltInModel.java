package dev.tern.cli;

import dev.tern.story.StoryModel;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;

/// The model that comes with Tern, as a file in the cache.
final class BuiltInModel {
  /// What people call it.
  static final String NAME = StoryModel.NAME;

  /// What it goes on from where nobody says.
  static final String PROMPT = "Once upon a time";

  private BuiltInModel() {}

  /// {@return its file, which is written where it is not there}
  ///
  /// @param environment of the process
  /// @throws IOException if the cache cannot be written
  static Path locate(Map<String, String> environment) throws IOException {
    String cache = environment.getOrDefault("XDG_CACHE_HOME", "");
    Path home = Path.of(System.getProperty("user.home"));
    Path root = cache.isBlank() ? home.resolve(".cache") : Path.of(cache);
    Path folder = root.resolve("tern").resolve("models");
    try {
      return StoryModel.file(folder);
    } catch (IOException unwritable) {
      throw new IOException(
          "the model that comes with Tern cannot be put into %s: set XDG_CACHE_HOME to a folder that can be written to, or name a model"
              .formatted(folder),
          unwritable);
    }
  }
}
