package dev.tern.cli;

import static dev.tern.cli.OptionCheck.named;

import dev.tern.server.ServerOptions;
import dev.tern.server.http.Access;
import dev.tern.server.http.HttpOptions;
import dev.tern.server.http.HttpServer;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Makes a server's options from what a person asked for.
final class ServeOptions {
  private static final String KEY_VARIABLE = "TERN_API_KEY";

  /// A list with commas, as llama.cpp's server reads it.
  private static final String KEYS_VARIABLE = "LLAMA_API_KEY";

  private static final String BYTE_ORDER_MARK = "\ufeff";
  private static final int LARGEST_PORT = 65_535;

  private ServeOptions() {}

  /// {@return the options}
  ///
  /// @param flags what was asked for
  /// @param environment of the process, which may have a key
  /// @throws IllegalArgumentException if a value is wrong, or other machines could ask without key
  /// @throws IOException if a file cannot be read
  static ServerOptions of(HttpFlags flags, Map<String, String> environment) throws IOException {
    requireRange("--port", flags.port, 0, LARGEST_PORT);
    requireRange("--timeout", flags.timeout, 1, Integer.MAX_VALUE);
    requireRange("--ping", flags.ping, 0, Integer.MAX_VALUE);
    HttpOptions defaults = HttpOptions.defaults();
    HttpOptions http =
        defaults
            .withHost(flags.host)
            .withPort(flags.port)
            .withAccess(access(flags, environment))
            .withTimeouts(defaults.timeouts().withRequest(Duration.ofSeconds(flags.timeout)))
            .withLogging(
                new HttpOptions.Logging(flags.logRequests || flags.logPrompts, flags.logPrompts));
    Path key = flags.sslKeyFile;
    Path certificate = flags.sslCertFile;
    if (key != null && certificate != null) {
      http = http.withTls(new HttpOptions.TlsFiles(requireFile(key), requireFile(certificate)));
    } else if (key != null || certificate != null) {
      throw new IllegalArgumentException(
          "--ssl-key-file and --ssl-cert-file belong together: give both");
    }
    HttpServer.requireSafe(http);
    return ServerOptions.defaults().withHttp(http).withPing(Duration.ofSeconds(flags.ping));
  }

  private static Access access(HttpFlags flags, Map<String, String> environment)
      throws IOException {
    Set<String> keys = keys(flags, environment);
    Access access =
        named("--api-key", () -> Access.defaults().withApiKeys(keys)).withInsecure(flags.insecure);
    Access asked =
        named("--allowed-host", () -> access.withAllowedHosts(Set.copyOf(flags.allowedHosts)));
    return named("--cors-origin", () -> asked.withCorsOrigins(Set.copyOf(flags.corsOrigins)));
  }

  private static Set<String> keys(HttpFlags flags, Map<String, String> environment)
      throws IOException {
    Set<String> keys = new HashSet<>();
    flags.apiKeys.forEach(key -> keys.add(key.strip()));
    keys.add(environment.getOrDefault(KEY_VARIABLE, "").strip());
    for (String key : environment.getOrDefault(KEYS_VARIABLE, "").split(",", -1)) {
      keys.add(key.strip());
    }
    if (flags.apiKeys.stream().noneMatch(String::isBlank)) {
      keys.remove("");
    }
    Path file = flags.apiKeyFile;
    if (file != null) {
      keys.addAll(keysOf(file));
    }
    return keys;
  }

  private static List<String> keysOf(Path file) throws IOException {
    String text;
    try {
      text = Files.readString(file);
    } catch (CharacterCodingException notText) {
      throw new IOException("--api-key-file: %s is not UTF-8 text".formatted(file), notText);
    }
    List<String> keys =
        (text.startsWith(BYTE_ORDER_MARK) ? text.substring(1) : text)
            .lines()
            .map(String::strip)
            .filter(line -> !line.isEmpty() && !line.startsWith("#"))
            .toList();
    if (keys.isEmpty()) {
      throw new IllegalArgumentException("--api-key-file: there is no key in " + file);
    }
    return keys;
  }

  private static Path requireFile(Path file) throws IOException {
    if (!Files.isReadable(file)) {
      throw new IOException("the file %s cannot be read".formatted(file));
    }
    return file;
  }

  private static void requireRange(String option, int value, int least, int most) {
    if (value < least || value > most) {
      throw new IllegalArgumentException(
          "%s: %d is not from %d to %d".formatted(option, value, least, most));
    }
  }
}
