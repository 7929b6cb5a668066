package dev.tern.server.api;

import tools.jackson.databind.JsonNode;

/// Server-sent events as OpenAI's clients read them. Each is sent at once. For use by one thread.
public interface EventStream {
  /// Sends an event without a name.
  ///
  /// @param data its value
  /// @throws ClientGoneException if nobody reads any more
  void data(JsonNode data);

  /// Sends an event with a name.
  ///
  /// @param name its kind
  /// @param data its value
  /// @throws ClientGoneException if nobody reads any more
  void event(String name, JsonNode data);

  /// Sends a comment, which clients pass over: it shows that the server is alive, and finds out
  /// whether the client is.
  ///
  /// @param text one line
  /// @throws ClientGoneException if nobody reads any more
  void comment(String text);

  /// Ends the stream with `[DONE]`.
  ///
  /// @throws ClientGoneException if nobody reads any more
  void done();
}
