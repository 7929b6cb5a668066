package dev.tern.server.http;

import dev.tern.server.api.DocumentEndpoint;
import dev.tern.server.api.Endpoint;

/// Where something is found.
///
/// @param verb how it is asked
/// @param path from the root, for example `/v1/models`; `{name}` stands for a part of it, `{+name}`
///   for all the rest
/// @param keyed whether an API key is needed, where there are any; operations that need none are
///   also answered while the server is stopping, and so are all documents
/// @param answer who answers
public record Route(Verb verb, String path, boolean keyed, Answer answer) {
  /// HTTP's methods that routes have.
  public enum Verb {
    /// Reads, without a body; HTTP's HEAD is answered too, with nothing but headers.
    GET,
    /// Asks with a JSON body.
    POST
  }

  /// Who answers.
  public sealed interface Answer {}

  /// An operation of the protocol answers.
  ///
  /// @param endpoint that operation
  public record Operation(Endpoint endpoint) implements Answer {}

  /// A document is answered.
  ///
  /// @param endpoint gives it
  public record Page(DocumentEndpoint endpoint) implements Answer {}

  /// {@return whether the server takes no more such calls when it is stopping}
  boolean endsWithServer() {
    return keyed && answer instanceof Operation;
  }

  /// Makes the route of an operation that needs a key.
  ///
  /// @param verb how it is asked
  /// @param path from the root
  /// @param endpoint answers
  public Route(Verb verb, String path, Endpoint endpoint) {
    this(verb, path, true, new Operation(endpoint));
  }

  /// {@return the route of an operation that needs no key}
  ///
  /// @param path from the root
  /// @param endpoint answers
  public static Route open(String path, Endpoint endpoint) {
    return new Route(Verb.GET, path, false, new Operation(endpoint));
  }

  /// {@return the route of a document that needs no key}
  ///
  /// @param path from the root
  /// @param endpoint gives it
  public static Route openPage(String path, DocumentEndpoint endpoint) {
    return new Route(Verb.GET, path, false, new Page(endpoint));
  }

  /// {@return the route of a document that needs a key}
  ///
  /// @param path from the root
  /// @param endpoint gives it
  public static Route page(String path, DocumentEndpoint endpoint) {
    return new Route(Verb.GET, path, true, new Page(endpoint));
  }
}
