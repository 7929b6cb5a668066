package dev.tern.server.openai;

import dev.tern.GenerationResult;
import dev.tern.Token;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/// What becomes of the texts of a call, on its way from the engine's threads to the call's. Those
/// that bring tokens wait while too many have not been taken, so that a client that reads slowly
/// keeps its place in the engine's queue.
final class GenerationEvents {
  private static final int MOST_TOKENS_WAITING = 256;

  private final LinkedBlockingQueue<Event> events = new LinkedBlockingQueue<>();
  private final Semaphore room = new Semaphore(MOST_TOKENS_WAITING);
  private volatile boolean closed;

  /// Something that becomes of a text.
  sealed interface Event {
    /// It has another token.
    ///
    /// @param choice which text
    /// @param token the next one
    record Chosen(int choice, Token token) implements Event {}

    /// It has ended.
    ///
    /// @param choice which text
    /// @param result what came of it
    record Ended(int choice, GenerationResult result) implements Event {}

    /// It cannot go on.
    ///
    /// @param reason why
    record Failed(Throwable reason) implements Event {}

    /// Nobody wants any of them any more.
    record Gone() implements Event {}
  }

  void token(int choice, Token token) {
    room.acquireUninterruptibly();
    if (!closed) {
      events.add(new Event.Chosen(choice, token));
    }
  }

  void ended(int choice, GenerationResult result) {
    events.add(new Event.Ended(choice, result));
  }

  void failed(Throwable failure) {
    Throwable cause = failure.getCause();
    events.add(
        new Event.Failed(
            failure instanceof CompletionException && cause != null ? cause : failure));
  }

  void gone() {
    events.add(new Event.Gone());
  }

  /// {@return what happens next; empty if nothing does for a while}
  ///
  /// @param patience how long to wait
  /// @throws InterruptedException if this thread is interrupted meanwhile
  Optional<Event> next(Duration patience) throws InterruptedException {
    Optional<Event> next =
        Optional.ofNullable(events.poll(patience.toNanos(), TimeUnit.NANOSECONDS));
    if (next.isPresent() && next.get() instanceof Event.Chosen) {
      room.release();
    }
    return next;
  }

  /// Takes nothing more, and lets those go on that wait.
  void close() {
    closed = true;
    room.release(Integer.MAX_VALUE / 2);
  }
}
