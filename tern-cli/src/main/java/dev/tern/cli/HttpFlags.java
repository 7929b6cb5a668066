package dev.tern.cli;

import picocli.CommandLine.Option;

/// How a server is reached. Knows nothing of the server's classes, so that options can be listed
/// without them.
final class HttpFlags {
  @Option(
      names = "--host",
      paramLabel = "ADDRESS",
      description = "The address to listen at (default: ${DEFAULT-VALUE}, this machine alone).")
  private String host = "127.0.0.1";

  @Option(
      names = "--port",
      paramLabel = "N",
      description = "The port to listen at; 0 for any that is free (default: ${DEFAULT-VALUE}).")
  private int port = 8080;

  String host() {
    return host;
  }

  int port() {
    if (port < 0 || port > 65_535) {
      throw new IllegalArgumentException("--port: %d is not from 0 to 65535".formatted(port));
    }
    return port;
  }
}
