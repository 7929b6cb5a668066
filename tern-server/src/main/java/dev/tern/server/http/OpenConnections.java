package dev.tern.server.http;

import java.time.Duration;
import java.util.Collections;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/// The connections that there are, and how they end with the server. Safe for use by many threads.
final class OpenConnections {
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Set<ConnectionInput> open = new HashSet<>();

  void add(ConnectionInput connection) {
    lock.lock();
    try {
      open.add(connection);
    } finally {
      lock.unlock();
    }
  }

  void remove(ConnectionInput connection) {
    lock.lock();
    try {
      open.remove(connection);
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /// Waits until the connections that there are now have been closed, or no request has come by
  /// them for a while.
  ///
  /// @param quiet that while
  /// @param most how long to wait
  /// @throws InterruptedException if this thread is interrupted meanwhile
  void awaitQuiet(Duration quiet, Duration most) throws InterruptedException {
    long end = System.nanoTime() + most.toNanos();
    lock.lock();
    try {
      Set<ConnectionInput> now = Set.copyOf(open);
      long left = missing(now, quiet, end);
      while (left > 0) {
        changed.awaitNanos(left);
        left = missing(now, quiet, end);
      }
    } finally {
      lock.unlock();
    }
  }

  private long missing(Set<ConnectionInput> connections, Duration quiet, long end) {
    long missing = 0;
    for (ConnectionInput connection : connections) {
      if (open.contains(connection)) {
        missing = Math.max(missing, quiet.minus(connection.idleTime()).toNanos());
      }
    }
    return Math.min(missing, end - System.nanoTime());
  }

  /// Lets the connections that there are now end as soon as no request of theirs is being read or
  /// answered, and waits for that.
  ///
  /// @param most how long to wait
  void end(Duration most) {
    lock.lock();
    try {
      Set<ConnectionInput> now = Set.copyOf(open);
      now.forEach(ConnectionInput::endWhenIdle);
      long left = most.toNanos();
      while (!Collections.disjoint(now, open) && left > 0) {
        left = changed.awaitNanos(left);
      }
    } catch (InterruptedException atOnce) {
      Thread.currentThread().interrupt();
    } finally {
      lock.unlock();
    }
  }
}
