package dev.tern.kernel;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// The one class that owns compute threads: a fixed set that splits ranges of independent items.
///
/// Which items a thread gets depends only on the number of items and threads, and every item is
/// computed whole by one thread, so results never depend on the number of threads. The calling
/// thread works too; between calls the others spin for a moment and then park. Safe for use by many
/// callers, which take turns.
public final class ComputeThreads implements AutoCloseable {
  /// About 50 microseconds of spinning: longer than the gap between two operations of one forward
  /// pass, shorter than anything a person would notice as a busy core.
  private static final int SPINS_BEFORE_PARKING = 20_000;

  private static final int SPINS_BEFORE_YIELDING = 2_000;

  private final int count;
  private final Worker[] workers;
  private final ReentrantLock turn = new ReentrantLock();
  private final AtomicInteger unfinished = new AtomicInteger();
  private @Nullable Job job;
  private final AtomicLong generation = new AtomicLong();
  private volatile boolean closed;
  private volatile @Nullable Throwable failure;

  /// Work on a contiguous range of items.
  @FunctionalInterface
  public interface RangeTask {
    /// Computes the items of a range.
    ///
    /// @param from the first item
    /// @param to one past the last item
    void run(int from, int to);
  }

  private record Job(int items, int grain, RangeTask task) {}

  /// Starts the threads.
  ///
  /// @param count at least 1, the calling thread included
  public ComputeThreads(int count) {
    if (count < 1) {
      throw new IllegalArgumentException("the number of threads must be at least 1, not " + count);
    }
    this.count = count;
    this.workers = new Worker[count - 1];
    for (int i = 0; i < workers.length; i++) {
      workers[i] = new Worker(i + 1);
      workers[i].thread.start();
    }
  }

  /// {@return the number of threads that compute, the calling one included}
  public int count() {
    return count;
  }

  /// Computes all items, each exactly once, and returns when all are done.
  ///
  /// @param items how many, from index 0
  /// @param grain ranges begin at multiples of this, at least 1
  /// @param task called with disjoint ranges, possibly at the same time from several threads
  /// @throws IllegalStateException if the threads have been closed
  public void run(int items, int grain, RangeTask task) {
    if (count == 1 || items <= grain) {
      task.run(0, items);
      return;
    }
    turn.lock();
    try {
      if (closed) {
        throw new IllegalStateException("the compute threads have been closed");
      }
      Job current = new Job(items, grain, task);
      job = current;
      failure = null;
      unfinished.set(workers.length);
      generation.incrementAndGet();
      for (Worker worker : workers) {
        worker.wake();
      }
      try {
        runShare(current, 0);
      } finally {
        awaitOthers();
      }
      rethrow();
    } finally {
      job = null;
      turn.unlock();
    }
  }

  private void runShare(Job current, int worker) {
    int grains = Math.ceilDiv(current.items, current.grain);
    int from = (int) ((long) grains * worker / count) * current.grain;
    int to = Math.min((int) ((long) grains * (worker + 1) / count) * current.grain, current.items);
    if (from < to) {
      current.task.run(from, to);
    }
  }

  /// Yields after a while, because with more threads than free cores a spinning caller keeps the
  /// others from running.
  @SuppressWarnings("ThreadPriorityCheck")
  private void awaitOthers() {
    for (int spins = 0; unfinished.get() > 0; spins++) {
      if (spins < SPINS_BEFORE_YIELDING) {
        Thread.onSpinWait();
      } else {
        Thread.yield();
      }
    }
  }

  private void rethrow() {
    Throwable thrown = failure;
    if (thrown instanceof RuntimeException unchecked) {
      throw unchecked;
    }
    if (thrown instanceof Error error) {
      throw error;
    }
  }

  /// Lets the threads end. Work that another thread is waiting for is finished first.
  @Override
  public void close() {
    turn.lock();
    try {
      closed = true;
      for (Worker worker : workers) {
        worker.wake();
      }
    } finally {
      turn.unlock();
    }
  }

  private final class Worker implements Runnable {
    private final int index;
    private final Thread thread;
    private volatile boolean parked;

    Worker(int index) {
      this.index = index;
      this.thread = Thread.ofPlatform().name("tern-compute-" + index).daemon().unstarted(this);
    }

    void wake() {
      if (parked) {
        LockSupport.unpark(thread);
      }
    }

    @Override
    public void run() {
      long seen = 0;
      while (true) {
        awaitWork(seen);
        if (generation.get() == seen) {
          return;
        }
        seen = generation.get();
        try {
          Job current = job;
          if (current != null) {
            runShare(current, index);
          }
        } catch (Throwable thrown) {
          failure = thrown;
        } finally {
          unfinished.decrementAndGet();
        }
      }
    }

    /// Returns when there is a newer generation than `seen`, or when the threads have been closed.
    private void awaitWork(long seen) {
      for (int spins = 0; generation.get() == seen && !closed; spins++) {
        if (spins < SPINS_BEFORE_PARKING) {
          Thread.onSpinWait();
          continue;
        }
        parked = true;
        if (generation.get() == seen && !closed) {
          LockSupport.park(this);
        }
        parked = false;
      }
    }
  }
}
