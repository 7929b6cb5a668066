package dev.tern.server.api;

/// An operation of the protocol. Immutable and safe for use by many threads.
@FunctionalInterface
public interface Endpoint {
  /// Answers a call: with one reply, or with a stream of events. Runs on a virtual thread of the
  /// call's own, so it may wait.
  ///
  /// @param call to be answered
  /// @throws ApiException if the call is refused; before anything was answered it becomes the
  ///   answer, after that an event of the stream
  /// @throws ClientGoneException if nobody waits for the answer any more
  /// @throws InterruptedException if the server is shutting down
  void answer(Call call) throws InterruptedException;
}
