package dev.tern.hub;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// The bytes of an answer, taken as they come; a server that falls silent does not hold whoever
/// takes them for ever, which `java.net.http`'s own streams cannot promise.
final class ResponseBody implements HttpResponse.BodySubscriber<ResponseBody>, AutoCloseable {
  private sealed interface Signal {
    record Bytes(List<ByteBuffer> buffers) implements Signal {}

    record Failed(Throwable why) implements Signal {}

    record Complete() implements Signal {}
  }

  private final BlockingQueue<Signal> signals = new LinkedBlockingQueue<>();
  private Flow.@Nullable Subscription subscription;
  private boolean closed;

  @Override
  public CompletionStage<ResponseBody> getBody() {
    return CompletableFuture.completedStage(this);
  }

  @Override
  public synchronized void onSubscribe(Flow.Subscription given) {
    subscription = given;
    if (closed) {
      given.cancel();
    } else {
      given.request(1);
    }
  }

  @Override
  public void onNext(List<ByteBuffer> buffers) {
    signals.add(new Signal.Bytes(buffers));
  }

  @Override
  public void onError(Throwable why) {
    signals.add(new Signal.Failed(why));
  }

  @Override
  public void onComplete() {
    signals.add(new Signal.Complete());
  }

  /// {@return the next bytes; empty at the end}
  ///
  /// @param timeout how long the server may be silent
  /// @throws TransientFailure if it is silent for longer, or the connection breaks
  Optional<List<ByteBuffer>> next(Duration timeout) throws IOException {
    Signal signal;
    try {
      signal = signals.poll(timeout.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while reading from the hub");
    }
    return switch (signal) {
      case null ->
          throw new TransientFailure(
              "the server sent nothing for %d ms".formatted(timeout.toMillis()));
      case Signal.Failed(Throwable why) ->
          throw new TransientFailure("the connection broke", Duration.ZERO, why);
      case Signal.Complete _ -> Optional.empty();
      case Signal.Bytes(List<ByteBuffer> buffers) -> {
        requestNext();
        yield Optional.of(buffers);
      }
    };
  }

  private synchronized void requestNext() {
    if (subscription != null && !closed) {
      subscription.request(1);
    }
  }

  @Override
  public synchronized void close() {
    closed = true;
    if (subscription != null) {
      subscription.cancel();
    }
  }
}
