package dev.tern.server.http;

import dev.tern.server.api.Endpoint;

/// Where an endpoint is found.
///
/// @param verb how it is asked
/// @param path from the root, for example `/v1/models`; `{name}` stands for a part of it, `{+name}`
///   for all the rest
/// @param endpoint answers
public record Route(Verb verb, String path, Endpoint endpoint) {
  /// HTTP's methods that endpoints have.
  public enum Verb {
    /// Reads, without a body.
    GET,
    /// Asks with a JSON body.
    POST
  }
}
