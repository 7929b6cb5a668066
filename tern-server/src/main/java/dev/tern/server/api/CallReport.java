package dev.tern.server.api;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import tools.jackson.databind.node.ObjectNode;

/// What became of a call.
///
/// @param id of the call
/// @param begun when it came
/// @param method how it was asked, for example `POST`; `OTHER` for what is not known
/// @param route the pattern of the path that answered, never the path itself; `none` for no route
/// @param status of HTTP; 499 for a client that went before the answer
/// @param duration until the end of the answer
/// @param bytes of the answer
/// @param usage tokens, if the call told of any
/// @param client the address that it came from
/// @param body what was asked, if bodies are kept
public record CallReport(
    String id,
    Instant begun,
    String method,
    String route,
    int status,
    Duration duration,
    long bytes,
    Optional<Usage> usage,
    String client,
    Optional<ObjectNode> body) {
  /// Tokens of a call.
  ///
  /// @param promptTokens that were read
  /// @param generatedTokens that were answered
  public record Usage(int promptTokens, int generatedTokens) {}
}
