package dev.tern;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Supplier;

/// Keeps memory from being freed under somebody who is using it: ending waits until nobody is, and
/// from then on every use is refused with a sentence.
///
/// Safe for use by many threads. An action must not end the lifetime that it uses.
final class Lifetime {
  private final String what;
  private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();
  private final AtomicBoolean over = new AtomicBoolean();

  /// Begins.
  ///
  /// @param what what lives, for messages: `the model`
  Lifetime(String what) {
    this.what = what;
  }

  /// {@return whether the end has begun}
  boolean isOver() {
    return over.get();
  }

  /// Refuses what comes too late.
  ///
  /// @throws ClosedException if the end has begun
  void requireOpen() {
    if (isOver()) {
      throw new ClosedException(what + " has been closed");
    }
  }

  /// {@return what an action gives, during which the end waits}
  ///
  /// @param action several threads may run theirs at once
  /// @throws ClosedException if the end has begun
  <T> T use(Supplier<T> action) {
    lock.readLock().lock();
    try {
      requireOpen();
      return action.get();
    } finally {
      lock.readLock().unlock();
    }
  }

  /// Ends, once; later calls do nothing.
  ///
  /// @param free frees the memory when nobody uses it any more
  void end(Runnable free) {
    if (!over.compareAndSet(false, true)) {
      return;
    }
    lock.writeLock().lock();
    try {
      free.run();
    } finally {
      lock.writeLock().unlock();
    }
  }
}
