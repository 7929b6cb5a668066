package dev.tern.kernel;

import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
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
  private final Job job = new Job();
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

  /// A range cut into chunks, which threads take one after another. There is one, for all ranges in
  /// turn, so that none costs memory.
  ///
  /// What is left to take is one number: the chunks, and above them how many ranges there have been
  /// so far. A thread that comes late, with what it read of an earlier range, can therefore take
  /// nothing of this one; and who has taken a chunk keeps its range from ending, so that everything
  /// else stays as it is meanwhile.
  private static final class Job {
    private static final int CHUNK_BITS = 20;
    private static final RangeTask NOTHING = (_, _) -> {};
    private static final long CHUNKS = (1L << CHUNK_BITS) - 1;

    private final AtomicLong left = new AtomicLong();
    private final AtomicInteger unfinished = new AtomicInteger();
    private int items;
    private int chunkItems;
    private int chunks;
    private RangeTask task = NOTHING;
    private volatile @Nullable Throwable failure;

    /// Offers a range; only when the one before has been finished.
    void begin(int newItems, int newChunkItems, RangeTask newTask) {
      items = newItems;
      chunkItems = newChunkItems;
      chunks = Math.ceilDiv(newItems, newChunkItems);
      task = newTask;
      failure = null;
      unfinished.set(chunks);
      left.set(((left.get() >> CHUNK_BITS) + 1) << CHUNK_BITS | chunks);
    }

    /// {@return which range this is: another number for each}
    long range() {
      return left.get() >> CHUNK_BITS;
    }

    void work() {
      for (long seen = left.get(); (seen & CHUNKS) != 0; seen = left.get()) {
        if (left.compareAndSet(seen, seen - 1)) {
          compute(chunks - (int) (seen & CHUNKS));
        }
      }
    }

    private void compute(int chunk) {
      int from = chunk * chunkItems;
      try {
        task.run(from, Math.min(from + chunkItems, items));
      } catch (Throwable thrown) {
        failure = thrown;
      } finally {
        unfinished.decrementAndGet();
      }
    }

    boolean isFinished() {
      return unfinished.get() == 0;
    }

    /// Forgets the task, which is its caller's.
    void end() {
      task = NOTHING;
      Throwable thrown = failure;
      failure = null;
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
  /// @param task called with disjoint ranges, possibly at the same time from several threads; does
  ///   not call this itself
  /// @throws IllegalStateException if the threads have been closed, or a task calls this
  public void run(int items, int grain, RangeTask task) {
    if (count == 1 || items <= grain) {
      task.run(0, items);
      return;
    }
    if (turn.isHeldByCurrentThread()) {
      throw new IllegalStateException("work on a range cannot share out another range");
    }
    turn.lock();
    try {
      if (closed) {
        throw new IllegalStateException("the compute threads have been closed");
      }
      int grains = Math.ceilDiv(items, grain);
      int chunkItems = Math.ceilDiv(grains, count * CHUNKS_PER_THREAD) * grain;
      job.begin(items, chunkItems, task);
      for (Worker worker : workers) {
        worker.wake();
      }
      job.work();
      await();
      job.end();
    } finally {
      turn.unlock();
    }
  }

  /// Yields after a while, because with more threads than free cores a spinning caller keeps the
  /// others from running.
  @SuppressWarnings("ThreadPriorityCheck")
  private void await() {
    for (int spins = 0; !job.isFinished(); spins++) {
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
      long done = 0;
      while (!closed) {
        long range = job.range();
        if (range != done) {
          job.work();
          done = range;
        } else {
          awaitOtherThan(done);
        }
      }
    }

    /// Returns when there is another range, or when the threads have been closed; also now and then
    /// for no reason.
    private void awaitOtherThan(long done) {
      for (int spins = 0; spins < SPINS_BEFORE_PARKING; spins++) {
        if (job.range() != done || closed) {
          return;
        }
        Thread.onSpinWait();
      }
      parked = true;
      if (job.range() == done && !closed) {
        LockSupport.park(this);
      }
      parked = false;
    }
  }
}
