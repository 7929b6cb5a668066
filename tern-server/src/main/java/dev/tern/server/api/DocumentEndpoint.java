package dev.tern.server.api;

/// Gives a document. Safe for use by many threads.
@FunctionalInterface
public interface DocumentEndpoint {
  /// {@return the document as it is now}
  Document read();
}
