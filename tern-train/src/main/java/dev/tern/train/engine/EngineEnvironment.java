package dev.tern.train.engine;

import dev.tern.train.engine.TrainingEngineException.Reason;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/// What the environment says about the training engine.
///
/// @param variables of the environment
record EngineEnvironment(Map<String, String> variables) {
  static final String REPOSITORY = "TERN_MAVEN_REPOSITORY";
  static final String LIBRARY_PATH = "PYTORCH_LIBRARY_PATH";
  static final String FLAVOR = "PYTORCH_FLAVOR";
  static final String PYTORCH_VERSION = "PYTORCH_VERSION";

  private static final String MAVEN_CENTRAL = "https://repo1.maven.org/maven2";

  Optional<String> text(String name) {
    return Optional.ofNullable(variables.get(name)).map(String::strip).filter(v -> !v.isEmpty());
  }

  /// {@return the folder of all that Tern keeps for training}
  Path folder() {
    Path cache =
        text("XDG_CACHE_HOME")
            .map(Path::of)
            .filter(Path::isAbsolute)
            .orElseGet(() ->
                Path.of(text("HOME").orElseGet(() -> System.getProperty("user.home")), ".cache"));
    return cache.resolve("tern").resolve("engine");
  }

  /// {@return where a file of the Maven repository is}
  ///
  /// @param path of the file in the repository
  /// @throws TrainingEngineException if the variable is no address
  URI address(String path) throws TrainingEngineException {
    String base = text(REPOSITORY).orElse(MAVEN_CENTRAL).replaceAll("/+$", "");
    try {
      URI uri = new URI(base + "/" + path);
      boolean web = "http".equals(uri.getScheme()) || "https".equals(uri.getScheme());
      if (web
          && uri.getHost() != null
          && uri.getRawUserInfo() == null
          && uri.getRawQuery() == null
          && uri.getRawFragment() == null) {
        return uri;
      }
    } catch (URISyntaxException _) {
      // Reported below, like an address of another kind. It is not shown: it may hold a password.
    }
    throw new TrainingEngineException(
        Reason.SETTING, "%s is no address like %s".formatted(REPOSITORY, MAVEN_CENTRAL));
  }
}
