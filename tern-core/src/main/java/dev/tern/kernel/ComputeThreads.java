package dev.tern.kernel;

import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// The one class that owns compute threads: a fixed set that shares ranges of independent items.
///
/// Every item is computed whole, by one thread, so results never depend on the number of threads. A
/// range is cut into a few chunks for each thread, which threads take as they come: a thread that
/// the operating system has put aside holds up only the chunk that it is working on. The calling
/// thread works too; between calls the others spin for a moment and then park. Safe for use by many
/// callers, which take turns.
public final class ComputeThreads implements AutoCloseable {
  private static final System.Logger LOGGER = System.getLogger("dev.tern");
  private static final int ANY_CPU = -1;

  /// Chunks for each thread: enough to even out a slow thread, few enough that preparing a chunk
  /// costs nothing.
  private static final int CHUNKS_PER_THREAD = 4;

  /// Some tens of microseconds of spinning: longer than the gap between two operations of one
  /// forward pass, shorter than anything a person would notice as a busy core.
  private static final int SPINS_BEFORE_PARKING = 5_000;

  private static final int SPINS_BEFORE_YIELDING = 500;

  private final int count;
  private final Worker[] workers;
  private final ReentrantLock turn = new ReentrantLock();
  private volatile @Nullable Job job;
  private volatile boolean closed;

  /// Work on a contiguous range of items.
  @FunctionalInterface
  public interface RangeTask {
    /// Computes the items of a range.
    ///
    /// @param from the first item
    /// @param to one past the last item
    void run(int from, int to);
  }

  /// A range cut into chunks, which threads take one after another.
  private static final class Job {
    private final int items;
    private final int chunkItems;
    private final int chunks;
    private final RangeTask task;
    private final AtomicInteger next = new AtomicInteger();
    private final AtomicInteger finished = new AtomicInteger();
    private volatile @Nullable Throwable failure;

    Job(int items, int chunkItems, RangeTask task) {
      this.items = items;
      this.chunkItems = chunkItems;
      this.chunks = Math.ceilDiv(items, chunkItems);
      this.task = task;
    }

    void work() {
      for (int chunk = next.getAndIncrement(); chunk < chunks; chunk = next.getAndIncrement()) {
        int from = chunk * chunkItems;
        try {
          task.run(from, Math.min(from + chunkItems, items));
        } catch (Throwable thrown) {
          failure = thrown;
        } finally {
          finished.incrementAndGet();
        }
      }
    }

    boolean isFinished() {
      return finished.get() == chunks;
    }

    void rethrow() {
      Throwable thrown = failure;
      if (thrown instanceof RuntimeException unchecked) {
        throw unchecked;
      }
      if (thrown instanceof Error error) {
        throw error;
      }
    }
  }

  /// Starts the threads.
  ///
  /// @param count at least 1, the calling thread included
  public ComputeThreads(int count) {
    this(count, List.of());
  }

  /// Starts the threads, each on a processor of its own.
  ///
  /// The calling thread belongs to somebody else and stays where it is; the first core is left to
  /// it.
  ///
  /// @param count at least 1, the calling thread included
  /// @return threads that are kept on processors
  /// @throws IllegalArgumentException if the system offers no such thing, or this process has fewer
  ///   cores
  public static ComputeThreads pinned(int count) {
    return new ComputeThreads(count, ThreadAffinity.cpusFor(count));
  }

  private ComputeThreads(int count, List<Integer> cpus) {
    if (count < 1) {
      throw new IllegalArgumentException("the number of threads must be at least 1, not " + count);
    }
    this.count = count;
    this.workers = new Worker[count - 1];
    for (int i = 0; i < workers.length; i++) {
      workers[i] = new Worker(i + 1, cpus.isEmpty() ? ANY_CPU : cpus.get(i + 1));
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
      int grains = Math.ceilDiv(items, grain);
      int chunkItems = Math.ceilDiv(grains, count * CHUNKS_PER_THREAD) * grain;
      Job current = new Job(items, chunkItems, task);
      job = current;
      for (Worker worker : workers) {
        worker.wake();
      }
      current.work();
      await(current);
      current.rethrow();
    } finally {
      turn.unlock();
    }
  }

  /// Yields after a while, because with more threads than free cores a spinning caller keeps the
  /// others from running.
  @SuppressWarnings("ThreadPriorityCheck")
  private static void await(Job current) {
    for (int spins = 0; !current.isFinished(); spins++) {
      if (spins < SPINS_BEFORE_YIELDING) {
        Thread.onSpinWait();
      } else {
        Thread.yield();
      }
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
    private final Thread thread;
    private final int cpu;
    private volatile boolean parked;

    Worker(int index, int cpu) {
      this.cpu = cpu;
      this.thread = Thread.ofPlatform().name("tern-compute-" + index).daemon().unstarted(this);
    }

    void wake() {
      if (parked) {
        LockSupport.unpark(thread);
      }
    }

    @Override
    public void run() {
      if (cpu != ANY_CPU && !ThreadAffinity.pin(cpu)) {
        LOGGER.log(System.Logger.Level.WARNING, "a thread could not be kept on processor {0}", cpu);
      }
      Job done = null;
      while (!closed) {
        Job current = job;
        if (current != null && !current.equals(done)) {
          current.work();
          done = current;
        } else {
          awaitOtherThan(done);
        }
      }
    }

    /// Returns when there is another job, or when the threads have been closed; also now and then
    /// for no reason.
    private void awaitOtherThan(@Nullable Job done) {
      for (int spins = 0; spins < SPINS_BEFORE_PARKING; spins++) {
        if (job != done || closed) {
          return;
        }
        Thread.onSpinWait();
      }
      parked = true;
      if (job == done && !closed) {
        LockSupport.park(this);
      }
      parked = false;
    }
  }
}
