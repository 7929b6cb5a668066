package dev.tern;

import dev.tern.generate.BatchText;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/// A request to a [BatchEngine]: on its way, or answered. Safe for use by many threads.
public final class BatchRequest {
  private final BatchText text;
  private final Delivery delivery;

  BatchRequest(BatchText text, Delivery delivery) {
    this.text = text;
    this.delivery = delivery;
  }

  /// Ends the request before its next token, and frees its place. Its listener is told of no more
  /// tokens from now on, except one that it is being told of. A request that has ended stays as it
  /// is.
  public void cancel() {
    text.cancel();
  }

  /// {@return the answer, when it has ended and the listener has been told of all of its tokens; a
  /// cancelled one is [StopReason#CANCELLED]. It fails with what the listener threw, with
  /// [ModelFormatException] if the model computes what no sound model does, with
  /// `IllegalArgumentException` if logit biases ban all tokens, with [ClosedException] if the
  /// engine or its model was closed before the end, and with [KvMemoryException] if the system has
  /// no memory for its keys and values. Cancelling the future does not cancel the request}
  public CompletableFuture<GenerationResult> completion() {
    return delivery.completion().copy();
  }

  /// Waits for the answer.
  ///
  /// @return see [#completion()]
  /// @throws InterruptedException if this thread is interrupted; the request goes on
  /// @throws RuntimeException what the request failed with
  public GenerationResult await() throws InterruptedException {
    try {
      return delivery.completion().get();
    } catch (ExecutionException failed) {
      switch (failed.getCause()) {
        case RuntimeException unchecked -> throw unchecked;
        case Error error -> throw error;
        case null, default -> throw new IllegalStateException("the request failed", failed);
      }
    }
  }

  /// {@return when what happened so far}
  public BatchTimings timings() {
    return text.timings();
  }
}
