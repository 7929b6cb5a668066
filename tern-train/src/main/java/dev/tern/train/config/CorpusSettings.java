package dev.tern.train.config;

import java.nio.file.Path;
import java.util.Optional;

/// A source of training text. White space around the documents of a text file is left out.
///
/// @param path a file, or a folder whose files are taken in the order of their names
/// @param format how its files are read
/// @param separator what stands between the documents of a text file; without, a file is one
///   document
/// @param repeat how often its documents come in one pass over the data; 0.5 for a random half
public record CorpusSettings(Path path, Format format, Optional<String> separator, double repeat) {
  /// How a file is read. Documents without text are none.
  public enum Format {
    /// UTF-8 text.
    TEXT,
    /// JSON objects, one a line, whose `text` is a document.
    JSON_LINES,
    /// JSON objects, one a line, whose `messages` are a conversation: a list of objects with `role`
    /// and `content`. Only what the assistant says is learnt.
    CHAT
  }

  /// Checks the settings.
  ///
  /// @throws ConfigException if they contradict each other
  public CorpusSettings {
    Check.within("repeat of " + path, repeat, 0.001, 1000);
    if (separator.isPresent() && format != Format.TEXT) {
      throw new ConfigException(
          "separator of %s: documents of JSON lines are lines; leave it out".formatted(path));
    }
    if (separator.isPresent() && separator.get().isEmpty()) {
      throw new ConfigException(
          "separator of %s: an empty text separates nothing; leave it out".formatted(path));
    }
  }
}
