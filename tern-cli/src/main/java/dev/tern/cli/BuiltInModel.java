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
  static Path locate(Map<String, String> environment) throws IOException {
    String cache = environment.getOrDefault("XDG_CACHE_HOME", "");
    Path home = Path.of(System.getProperty("user.home"));
    Path root = cache.isBlank() ? home.resolve(".cache") : Path.of(cache);
    return StoryModel.file(root.resolve("tern").resolve("models"));
  }
}
