package dev.tern.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/// What a person types for a model: the path of a file, which wins, or a name: `owner/repo`,
/// `owner/repo:i2_s`, a short one of the catalogue, `tern-story`.
///
/// Whoever gives a path pays nothing for names: the hub's classes are loaded for those alone.
final class ModelArgument {
  static final String DESCRIPTION =
      "A GGUF file or Hugging Face folder; or a name, such as bitnet-2b or owner/repo of Hugging Face.";

  private static final Set<String> FILE_ENDINGS =
      Set.of(".gguf", ".json", ".model", ".safetensors", ".tiktoken", ".bin", ".txt");
  private static final Pattern DRIVE = Pattern.compile("[A-Za-z]:[\\\\/].*");
  private static final Pattern ADDRESS =
      Pattern.compile("(?:https?://)?(?:hf\\.co|huggingface\\.co)/.*");

  private ModelArgument() {}

  /// {@return where a model is; it is fetched if it is a name and not in the cache}
  ///
  /// @param quiet whether to say nothing about fetching
  static Path locate(String text, StandardStreams streams, boolean quiet) throws IOException {
    Optional<Path> path = here(text, streams);
    return path.isPresent() ? path.get() : HubModels.of(streams, quiet).locate(text);
  }

  /// {@return where a model is; if it is a name, it must be in the cache}
  static Path locateHere(String text, StandardStreams streams) throws IOException {
    Optional<Path> path = here(text, streams);
    return path.isPresent() ? path.get() : HubModels.of(streams, true).locateHere(text);
  }

  /// {@return the file of a path, or of the model that comes with Tern}
  private static Optional<Path> here(String text, StandardStreams streams) throws IOException {
    Optional<Path> path = path(text);
    return text.equals(BuiltInModel.NAME) && path.filter(ModelArgument::isModel).isEmpty()
        ? Optional.of(BuiltInModel.locate(streams.environment()))
        : path;
  }

  /// Whether there is more at a path than a folder of the name, as in Tern's own source.
  private static boolean isModel(Path path) {
    return Files.isRegularFile(path) || Files.exists(path.resolve("config.json"));
  }

  /// {@return whether somebody rather means a text than a model: it has several words, and no file
  /// is called so}
  static boolean looksLikeText(String text) {
    return text.strip().indexOf(' ') > 0 && path(text).isEmpty();
  }

  /// {@return the text as a path, if there is something there, or if it cannot be meant as a name}
  private static Optional<Path> path(String text) {
    try {
      Path path = Path.of(text);
      return Files.exists(path) || looksLikeFile(text) ? Optional.of(path) : Optional.empty();
    } catch (InvalidPathException noPath) {
      if (looksLikeFile(text)) {
        throw noPath;
      }
      return Optional.empty();
    }
  }

  /// Whether a text is rather a file that is missing than a name.
  static boolean looksLikeFile(String text) {
    if (text.isEmpty()
        || text.startsWith("/")
        || text.startsWith(".")
        || text.startsWith("~")
        || text.indexOf('\\') >= 0
        || DRIVE.matcher(text).matches()) {
      return true;
    }
    if (ADDRESS.matcher(text).matches()) {
      return false;
    }
    int end = text.length();
    for (char mark : new char[] {'@', ':'}) {
      int at = text.indexOf(mark);
      end = at < 0 ? end : Math.min(end, at);
    }
    String name = text.substring(0, end);
    String lower = name.toLowerCase(Locale.ROOT);
    return name.indexOf('/') != name.lastIndexOf('/')
        || (end == text.length() && FILE_ENDINGS.stream().anyMatch(lower::endsWith));
  }
}
