package dev.tern;

import dev.tern.generate.BatchText;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import org.jspecify.annotations.Nullable;

/// Brings a request's tokens to its listener on a thread of its own.
///
/// Tokens that the listener is not ready for wait here, so that a slow reader holds up nobody and
/// keeps neither a place in the batch nor KV memory. They cannot become more than the context has
/// positions, and the request keeps its place in the queue until the last has been read.
final class Delivery implements BatchText.Observer {
  private final TokenListener listener;
  private final LinkedBlockingQueue<Event> events = new LinkedBlockingQueue<>();
  private final CompletableFuture<GenerationResult> completion = new CompletableFuture<>();

  private sealed interface Event {
    record Chosen(Token token) implements Event {}

    record Ended(GenerationResult result) implements Event {}

    record Failed(Throwable reason) implements Event {}
  }

  Delivery(TokenListener listener) {
    this.listener = listener;
  }

  CompletableFuture<GenerationResult> completion() {
    return completion;
  }

  @Override
  public void chosen(Token token) {
    events.add(new Event.Chosen(token));
  }

  @Override
  public void ended(GenerationResult result) {
    events.add(new Event.Ended(result));
  }

  @Override
  public void failed(Throwable reason) {
    events.add(new Event.Failed(reason));
  }

  /// Brings everything, until the end.
  ///
  /// @param text cancelled when the listener fails
  /// @param whenRead runs when the listener has nothing left to read, before the end is told
  void run(BatchText text, Runnable whenRead) {
    @Nullable Throwable fault = null;
    while (true) {
      switch (next()) {
        case Event.Chosen chosen -> {
          if (!text.isCancelled()) {
            fault = tell(chosen.token);
          }
          if (fault != null) {
            text.cancel();
          }
        }
        case Event.Ended ended -> {
          whenRead.run();
          if (fault == null) {
            completion.complete(ended.result);
          } else {
            completion.completeExceptionally(fault);
          }
          return;
        }
        case Event.Failed failed -> {
          whenRead.run();
          completion.completeExceptionally(fault == null ? failed.reason : fault);
          return;
        }
      }
    }
  }

  /// Whatever a listener throws is its request's affair.
  private @Nullable Throwable tell(Token token) {
    try {
      listener.onToken(token);
      return null;
    } catch (Throwable thrown) {
      return thrown;
    }
  }

  /// Only the listener knows this thread and can interrupt it; what follows is still to be brought.
  private Event next() {
    @Nullable Event event = null;
    while (event == null) {
      try {
        event = events.take();
      } catch (InterruptedException byListener) {
        event = events.poll();
      }
    }
    return event;
  }
}
