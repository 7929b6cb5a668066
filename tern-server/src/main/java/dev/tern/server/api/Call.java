package dev.tern.server.api;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// A call of the protocol that waits for its answer, whatever carries it: a connection, or a line
/// of a file. For use by one thread, except [#onGone].
public interface Call {
  /// {@return what tells this call from all others in logs and answers}
  String id();

  /// {@return what was asked, a JSON object; empty for calls that have no body}
  ///
  /// @throws ApiException if it is no JSON object, or larger or deeper than calls may be
  ObjectNode body();

  /// {@return what stands in the path of the call where that of its endpoint has a name}
  ///
  /// @param name the one in braces
  /// @throws IllegalArgumentException if the path has no such name
  default String pathParameter(String name) {
    throw new IllegalArgumentException("the path has nothing called " + name);
  }

  /// Answers with one JSON value.
  ///
  /// @param answer the whole answer
  /// @throws ClientGoneException if nobody waits for it any more
  void reply(JsonNode answer);

  /// {@return the answer as a stream of events, which begins now}
  ///
  /// @throws ClientGoneException if nobody waits for it any more
  EventStream stream();

  /// Lets something be done, once and soon, when nobody waits for the answer any more: the client
  /// has gone, or the time of the call is over. It is done at once if that is so already.
  ///
  /// @param action does not block; called on any thread
  void onGone(Runnable action);

  /// Tells how many tokens the call took, for logs.
  ///
  /// @param promptTokens that were read
  /// @param generatedTokens that were answered
  default void used(int promptTokens, int generatedTokens) {}
}
