package dev.tern.server.http;

import dev.tern.server.api.ApiException;
import dev.tern.server.http.HttpOptions.Timeouts;
import io.helidon.common.socket.HelidonSocket;
import io.helidon.http.DirectHandler;
import io.helidon.http.RequestException;
import io.helidon.http.Status;
import io.helidon.webserver.CloseConnectionException;
import java.io.UncheckedIOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// What a client sends. A thread of its own reads it, a bounded piece ahead of who asks for it: so
/// it is known at once that a client has gone, also while its request is being answered, and
/// requests that come early are not lost. A client that ends its side of the connection counts as
/// gone.
///
/// Whoever asks waits for a bounded time, which depends on what is expected. A connection that is
/// to end does so where nothing of a request has come, so that each that has is answered.
final class ConnectionInput implements Supplier<byte[]> {
  private static final int MOST_AHEAD = 64 << 10;
  private static final Duration FIRST_REQUEST = Duration.ofMillis(250);

  /// What is expected next.
  private enum Phase {
    REQUEST,
    HEAD,
    BODY
  }

  private final HelidonSocket socket;
  private final Timeouts timeouts;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final ArrayDeque<byte[]> ahead = new ArrayDeque<>();
  private int bytesAhead;
  private boolean ended;
  private boolean closed;
  private boolean touched;
  private boolean waiting;
  private boolean endsWhenIdle;
  private @Nullable Runnable whenEnded;
  private Phase phase = Phase.HEAD;
  private long deadline;
  private long idleSince = System.nanoTime();

  ConnectionInput(HelidonSocket socket, Timeouts timeouts) {
    this.socket = socket;
    this.timeouts = timeouts;
    this.deadline = System.nanoTime() + timeouts.headers().toNanos();
  }

  /// Begins to read.
  void start() {
    Thread.ofVirtual().name("tern-connection-input").start(this::readAhead);
  }

  private void readAhead() {
    boolean more = true;
    while (more) {
      byte[] bytes = read();
      more = bytes != null && add(bytes);
    }
    end();
  }

  private byte @Nullable [] read() {
    while (true) {
      try {
        return socket.get();
      } catch (UncheckedIOException failure) {
        if (!(failure.getCause() instanceof SocketTimeoutException)) {
          return null;
        }
      } catch (RuntimeException failure) {
        return null;
      }
    }
  }

  /// {@return whether there is somebody to read for}
  private boolean add(byte[] bytes) {
    lock.lock();
    try {
      ahead.add(bytes);
      bytesAhead += bytes.length;
      changed.signalAll();
      while (bytesAhead >= MOST_AHEAD && !closed) {
        changed.awaitUninterruptibly();
      }
      return !closed;
    } finally {
      lock.unlock();
    }
  }

  private void end() {
    Runnable action;
    lock.lock();
    try {
      ended = true;
      action = whenEnded;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    if (action != null) {
      action.run();
    }
  }

  /// {@return what comes next; null at the end}
  @Override
  @SuppressWarnings("NullAway") // Null is how Helidon's readers are told of the end.
  public byte[] get() {
    lock.lock();
    try {
      awaitBytes();
      byte[] bytes = ahead.poll();
      if (bytes == null) {
        return null;
      }
      touched = true;
      bytesAhead -= bytes.length;
      changed.signalAll();
      if (phase == Phase.REQUEST) {
        expect(Phase.HEAD, timeouts.headers());
      }
      return bytes;
    } finally {
      lock.unlock();
    }
  }

  private void awaitBytes() {
    waiting = true;
    try {
      while (ahead.isEmpty() && !ended) {
        long left = deadline - System.nanoTime();
        if (left <= 0) {
          throw tooSlow();
        }
        long untilIdle = nanosUntilIdle();
        if (endsWhenIdle && untilIdle <= 0) {
          throw new CloseConnectionException("the server is stopping");
        }
        changed.awaitNanos(endsWhenIdle ? Math.min(left, untilIdle) : left);
      }
    } catch (InterruptedException ending) {
      Thread.currentThread().interrupt();
      throw new CloseConnectionException("the server is stopping", ending);
    } finally {
      waiting = false;
    }
  }

  /// {@return when nothing of a request is to be expected, as long as none comes; zero for now}
  private long nanosUntilIdle() {
    if (touched) {
      return phase == Phase.REQUEST ? 0 : Long.MAX_VALUE;
    }
    // Whoever has just connected is about to ask.
    return Math.max(0, FIRST_REQUEST.toNanos() - (System.nanoTime() - idleSince));
  }

  /// {@return whether nothing of a request has come that is not answered}
  boolean isIdle() {
    lock.lock();
    try {
      return waiting && ahead.isEmpty() && nanosUntilIdle() == 0;
    } finally {
      lock.unlock();
    }
  }

  /// {@return how long that has been so; zero where it is not}
  Duration idleTime() {
    lock.lock();
    try {
      return isIdle() ? Duration.ofNanos(System.nanoTime() - idleSince) : Duration.ZERO;
    } finally {
      lock.unlock();
    }
  }

  /// Lets the connection end, at once or when what has come of requests is answered; a new one
  /// waits a moment for its first.
  void endWhenIdle() {
    lock.lock();
    try {
      endsWhenIdle = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private RuntimeException tooSlow() {
    return switch (phase) {
      case REQUEST -> new CloseConnectionException("no request came");
      case HEAD ->
          RequestException.builder()
              .type(DirectHandler.EventType.OTHER)
              .status(Status.REQUEST_TIMEOUT_408)
              .setKeepAlive(false)
              .message("the head of the request did not arrive in time")
              .build();
      case BODY ->
          ApiException.of(
              408,
              "invalid_request_error",
              "request_timeout",
              "the body did not arrive within %d s".formatted(timeouts.body().toSeconds()));
    };
  }

  private void expect(Phase next, Duration within) {
    phase = next;
    deadline = System.nanoTime() + within.toNanos();
  }

  /// A request's head has been read; its body may follow.
  ///
  /// @param gone done once if the client goes
  void begin(Runnable gone) {
    boolean already;
    lock.lock();
    try {
      expect(Phase.BODY, timeouts.body());
      whenEnded = gone;
      already = ended;
    } finally {
      lock.unlock();
    }
    if (already) {
      gone.run();
    }
  }

  /// A request has been answered; another may follow.
  void finish() {
    lock.lock();
    try {
      whenEnded = null;
      idleSince = System.nanoTime();
      expect(Phase.REQUEST, timeouts.idle());
    } finally {
      lock.unlock();
    }
  }

  /// Reads what a client still sends after an answer that it did not wait for: closing a connection
  /// with unread bytes could take the answer away from it.
  ///
  /// @param most how long
  void skip(Duration most) {
    lock.lock();
    try {
      long left = most.toNanos();
      while (!ended && left > 0) {
        ahead.clear();
        bytesAhead = 0;
        changed.signalAll();
        left = changed.awaitNanos(left);
      }
    } catch (InterruptedException ending) {
      Thread.currentThread().interrupt();
    } finally {
      lock.unlock();
    }
  }

  /// Nobody asks any more.
  void close() {
    lock.lock();
    try {
      closed = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }
}
