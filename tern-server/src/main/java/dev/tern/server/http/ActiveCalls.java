package dev.tern.server.http;

import dev.tern.server.api.ApiException;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/// The calls that are being answered, and whether there may be more. Safe for use by many threads.
final class ActiveCalls {
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Set<HttpCall> calls = new HashSet<>();
  private boolean stopping;

  /// A call that is being answered.
  interface Active extends AutoCloseable {
    /// It has been answered.
    @Override
    void close();
  }

  /// {@return what is closed when the call has been answered}
  ///
  /// @throws ApiException if the server is stopping
  Active begin(HttpCall call) {
    lock.lock();
    try {
      if (stopping) {
        throw ApiException.stopping();
      }
      calls.add(call);
      return () -> end(call);
    } finally {
      lock.unlock();
    }
  }

  private void end(HttpCall call) {
    lock.lock();
    try {
      calls.remove(call);
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /// {@return whether calls are still taken}
  boolean isOpen() {
    lock.lock();
    try {
      return !stopping;
    } finally {
      lock.unlock();
    }
  }

  /// Takes no more calls, and waits for those that there are. Those that take too long are told.
  ///
  /// @param most how long to wait
  /// @return whether all have ended by themselves
  /// @throws InterruptedException if this thread is interrupted meanwhile
  boolean drain(Duration most) throws InterruptedException {
    lock.lock();
    try {
      stopping = true;
      long left = most.toNanos();
      while (!calls.isEmpty() && left > 0) {
        left = changed.awaitNanos(left);
      }
      if (calls.isEmpty()) {
        return true;
      }
    } finally {
      lock.unlock();
    }
    stop();
    return false;
  }

  /// Takes no more calls, and tells those that there are.
  void stop() {
    Set<HttpCall> late;
    lock.lock();
    try {
      stopping = true;
      late = Set.copyOf(calls);
    } finally {
      lock.unlock();
    }
    late.forEach(call -> call.expire(ApiException.stopping()));
  }
}
