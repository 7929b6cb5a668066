package dev.tern.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// How a server is reached, by whom, and what it logs. Knows nothing of the server's classes, so
/// that options can be listed without them.
final class HttpFlags {
  @Option(
      names = "--host",
      paramLabel = "ADDRESS",
      description = "The address to listen at (default: ${DEFAULT-VALUE}, this machine alone).")
  String host = "127.0.0.1";

  @Option(
      names = "--port",
      paramLabel = "N",
      description = "The port to listen at; 0 for any that is free (default: ${DEFAULT-VALUE}).")
  int port = 8080;

  @Option(
      names = "--api-key",
      paramLabel = "KEY",
      description =
          "A key that callers have to show; as often as needed. Others see the arguments of a process: rather use the environment (TERN_API_KEY, or LLAMA_API_KEY with commas between several) or a file.")
  List<String> apiKeys = new ArrayList<>();

  @Option(
      names = "--api-key-file",
      paramLabel = "FILE",
      description = "A file with such keys, one a line; empty lines and those with # are left out.")
  @Nullable Path apiKeyFile;

  @Option(
      names = "--insecure",
      description = "Let other machines ask without a key, where --host lets them.")
  boolean insecure;

  @Option(
      names = "--allowed-host",
      paramLabel = "NAME",
      description =
          "A name by which the server may be asked, besides localhost; as often as needed.")
  List<String> allowedHosts = new ArrayList<>();

  @Option(
      names = "--cors-origin",
      paramLabel = "ORIGIN",
      description =
          "A site whose pages may ask, such as https://chat.example.com; as often as needed.")
  List<String> corsOrigins = new ArrayList<>();

  @Option(
      names = "--ssl-key-file",
      paramLabel = "FILE",
      description = "A private key in PEM (PKCS #8), to encrypt connections.")
  @Nullable Path sslKeyFile;

  @Option(
      names = "--ssl-cert-file",
      paramLabel = "FILE",
      description = "Its certificate in PEM, followed by those it depends on.")
  @Nullable Path sslCertFile;

  @Option(
      names = {"-to", "--timeout"},
      paramLabel = "SECONDS",
      description = "How long a request may take as a whole (default: ${DEFAULT-VALUE}).")
  int timeout = 600;

  @Option(
      names = {"--ping", "--sse-ping-interval"},
      paramLabel = "SECONDS",
      description =
          "How often a stream in which nothing happens says that it is alive; 0 for never (default: ${DEFAULT-VALUE}).")
  int ping = 30;

  @Option(
      names = "--log-requests",
      description = "Log each request as a line of JSON on standard error, without its text.")
  boolean logRequests;

  @Option(
      names = "--log-prompts",
      description = "Log what people ask, too; implies --log-requests.")
  boolean logPrompts;
}
