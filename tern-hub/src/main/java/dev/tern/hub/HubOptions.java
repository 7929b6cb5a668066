package dev.tern.hub;

import java.io.IOException;
import java.net.ProxySelector;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/// Where models come from and where they are kept. Immutable.
///
/// @param endpoint the hub, `http` or `https`, without a slash at the end
/// @param cache the folder of models, laid out as Hugging Face's own tools do
/// @param catalogue a person's own short names; the file need not exist
/// @param token what the hub is shown; it is sent to no other host
/// @param offline whether to use nothing but the cache
/// @param connections how many parts of a file are fetched at once, 1 to 16
/// @param timeout how long a server may be silent
/// @param attempts how often something is tried that brings nothing new, 1 to 100
/// @param firstWait the pause after the first failed attempt; each further one is twice as long
/// @param proxies which proxy leads to which host
public record HubOptions(
    URI endpoint,
    Path cache,
    Path catalogue,
    Optional<String> token,
    boolean offline,
    int connections,
    Duration timeout,
    int attempts,
    Duration firstWait,
    ProxySelector proxies) {
  private static final String DEFAULT_ENDPOINT = "https://huggingface.co";
  private static final Set<String> TRUE = Set.of("1", "ON", "YES", "TRUE");
  private static final int LONGEST_TOKEN = 4096;

  /// Checks the values.
  ///
  /// @throws IllegalArgumentException if one cannot be used
  public HubOptions {
    String scheme = String.valueOf(endpoint.getScheme());
    if ((!scheme.equals("http") && !scheme.equals("https"))
        || endpoint.getHost() == null
        || endpoint.getRawUserInfo() != null
        || endpoint.getRawQuery() != null
        || endpoint.getRawFragment() != null) {
      throw new IllegalArgumentException("the hub's address must look like https://huggingface.co");
    }
    token.ifPresent(text -> {
      if (text.isEmpty()
          || text.length() > LONGEST_TOKEN
          || text.chars().anyMatch(letter -> letter <= ' ' || letter > '~')) {
        throw new IllegalArgumentException("the hub's token has characters that no token has");
      }
    });
    if (connections < 1 || connections > 16) {
      throw new IllegalArgumentException("connections must be from 1 to 16");
    }
    if (attempts < 1 || attempts > 100) {
      throw new IllegalArgumentException("attempts must be from 1 to 100");
    }
    if (timeout.isNegative() || timeout.isZero() || firstWait.isNegative()) {
      throw new IllegalArgumentException("times must not be negative, and the timeout not zero");
    }
  }

  /// {@return what the environment says}
  ///
  /// Read are `HF_ENDPOINT`, `HF_HUB_CACHE`, `HF_HOME`, `XDG_CACHE_HOME`, `HF_TOKEN`,
  /// `HF_TOKEN_PATH`, `HF_HUB_DISABLE_IMPLICIT_TOKEN`, `HF_HUB_OFFLINE`, `HF_HUB_DOWNLOAD_TIMEOUT`
  /// as Hugging Face's tools read them, `TERN_HOME` (whose `models.ini` is the catalogue), and the
  /// usual variables for proxies.
  ///
  /// @throws IllegalArgumentException if a variable cannot be used; the message names it
  public static HubOptions fromEnvironment() {
    return from(System.getenv());
  }

  /// {@return what an environment says}
  ///
  /// @param environment variables as [#fromEnvironment()] describes them
  /// @throws IllegalArgumentException if a variable cannot be used; the message names it
  public static HubOptions from(Map<String, String> environment) {
    Environment variables = new Environment(environment);
    Path home = variables.huggingFaceHome();
    Path cache =
        variables
            .folder("HF_HUB_CACHE")
            .or(() -> variables.folder("HUGGINGFACE_HUB_CACHE"))
            .orElse(home.resolve("hub"));
    return new HubOptions(
        variables.endpoint(),
        cache,
        variables.ternHome().resolve("models.ini"),
        variables.token(home),
        variables.flag("HF_HUB_OFFLINE") || variables.flag("TRANSFORMERS_OFFLINE"),
        4,
        variables.timeout(),
        6,
        Duration.ofSeconds(1),
        EnvironmentProxies.of(environment));
  }

  /// {@return the same with another number of connections}
  ///
  /// @param other how many parts of a file are fetched at once, 1 to 16
  public HubOptions withConnections(int other) {
    return new HubOptions(
        endpoint, cache, catalogue, token, offline, other, timeout, attempts, firstWait, proxies);
  }

  /// {@return the same with other patience}
  ///
  /// @param timeout how long a server may be silent
  /// @param attempts how often something is tried that brings nothing new
  /// @param firstWait the pause after the first failed attempt
  public HubOptions withPatience(Duration timeout, int attempts, Duration firstWait) {
    return new HubOptions(
        endpoint,
        cache,
        catalogue,
        token,
        offline,
        connections,
        timeout,
        attempts,
        firstWait,
        proxies);
  }

  /// {@return the same for a host that is no hub and is shown no token}
  ///
  /// @param address of a file there
  /// @param folder where it is going to be
  HubOptions forOtherHost(URI address, Path folder) {
    return new HubOptions(
        address,
        folder,
        catalogue,
        Optional.empty(),
        false,
        connections,
        timeout,
        attempts,
        firstWait,
        proxies);
  }

  /// {@return the values without the token}
  @Override
  public String toString() {
    return "HubOptions[endpoint=%s, cache=%s, token=%s, offline=%s]"
        .formatted(endpoint, cache, token.isPresent() ? "given" : "none", offline);
  }

  private record Environment(Map<String, String> variables) {
    Optional<String> text(String name) {
      return Optional.ofNullable(variables.get(name)).map(String::strip).filter(v -> !v.isEmpty());
    }

    boolean flag(String name) {
      return text(name).filter(value -> TRUE.contains(value.toUpperCase(Locale.ROOT))).isPresent();
    }

    Path userHome() {
      return text("HOME").map(Path::of).orElseGet(() -> Path.of(System.getProperty("user.home")));
    }

    Optional<Path> folder(String name) {
      return text(name)
          .map(value ->
              value.equals("~") || value.startsWith("~/")
                  ? userHome().resolve(value.substring(Math.min(2, value.length())))
                  : Path.of(value))
          .map(Path::toAbsolutePath);
    }

    Path huggingFaceHome() {
      return folder("HF_HOME")
          .orElseGet(() ->
              folder("XDG_CACHE_HOME").orElse(userHome().resolve(".cache")).resolve("huggingface"));
    }

    Path ternHome() {
      return folder("TERN_HOME")
          .orElseGet(() ->
              folder("XDG_CONFIG_HOME").orElse(userHome().resolve(".config")).resolve("tern"));
    }

    URI endpoint() {
      String address = text("HF_ENDPOINT").orElse(DEFAULT_ENDPOINT).replaceAll("/+$", "");
      try {
        return new URI(address);
      } catch (URISyntaxException noAddress) {
        throw new IllegalArgumentException(
            "HF_ENDPOINT is no address: '%s' must look like https://huggingface.co"
                .formatted(address),
            noAddress);
      }
    }

    Duration timeout() {
      String text = text("HF_HUB_DOWNLOAD_TIMEOUT").orElse("30");
      try {
        return Duration.ofSeconds(Math.clamp(Long.parseLong(text), 1, 3600));
      } catch (NumberFormatException noNumber) {
        throw new IllegalArgumentException(
            "HF_HUB_DOWNLOAD_TIMEOUT must be a number of seconds, not '%s'".formatted(text),
            noNumber);
      }
    }

    Optional<String> token(Path home) {
      Optional<String> given =
          Stream.of("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN")
              .flatMap(n -> text(n).stream())
              .findFirst();
      if (given.isPresent() || flag("HF_HUB_DISABLE_IMPLICIT_TOKEN")) {
        return given;
      }
      Path file = folder("HF_TOKEN_PATH").orElse(home.resolve("token"));
      try {
        return Files.isRegularFile(file) && Files.size(file) <= LONGEST_TOKEN
            ? Optional.of(Files.readString(file).strip()).filter(text -> !text.isEmpty())
            : Optional.empty();
      } catch (IOException unreadable) {
        throw new IllegalArgumentException(
            "the hub's token cannot be read from %s: allow that, or set HF_TOKEN".formatted(file),
            unreadable);
      }
    }
  }
}
