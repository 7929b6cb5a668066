package dev.tern.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// How fast threads can read memory: what decoding a token, which reads all weights once, cannot
/// exceed for long.
///
/// A pass reads a buffer that no cache holds from beginning to end, every thread its own part, each
/// part as four streams side by side, because one alone does not keep the memory busy. On virtual
/// machines the bandwidth drifts by factors within minutes, so that it says something only next to
/// what was measured at the same moment.
///
/// Safe for use by many threads, whose measurements disturb each other.
public final class ReadBandwidth {
  private static final int BLOCK_BYTES = 1 << 20;
  private static final int STREAMS = 4;
  private static final int STREAM_BYTES = BLOCK_BYTES / STREAMS;

  /// Bytes of one stream read in one step.
  private static final int STEP_BYTES = 4 * Long.BYTES;

  /// The buffer is this many times as large as the largest cache.
  private static final int TIMES_CACHE = 4;

  private static final long LEAST_BYTES = 64L << 20;
  private static final long MOST_BYTES = 1L << 30;

  /// Calls until the loop is compiled as well as it will be.
  private static final int WARM_UP_BLOCKS = 512;

  private final MemorySegment buffer;
  private volatile long sum;

  private ReadBandwidth(MemorySegment buffer) {
    this.buffer = buffer;
  }

  /// Prepares to measure, which takes some tenths of a second.
  ///
  /// @param arena owns the buffer
  /// @return a measurement with a buffer for this machine: some times the largest cache, 64 MiB at
  ///   least and 1 GiB at most
  public static ReadBandwidth create(Arena arena) {
    return create(arena, bufferBytes(CpuTopology.largestCacheBytes()));
  }

  static ReadBandwidth create(Arena arena, long bytes) {
    MemorySegment buffer = arena.allocate(bytes, 64);
    // Pages that were never written may all be the same one.
    buffer.fill((byte) 1);
    ReadBandwidth bandwidth = new ReadBandwidth(buffer);
    for (int i = 0; i < WARM_UP_BLOCKS; i++) {
      bandwidth.read(0, 1);
    }
    return bandwidth;
  }

  static long bufferBytes(long largestCache) {
    long wanted = Math.clamp(largestCache * TIMES_CACHE, LEAST_BYTES, MOST_BYTES);
    return Math.ceilDiv(wanted, BLOCK_BYTES) * BLOCK_BYTES;
  }

  /// {@return the size of the buffer in bytes}
  public long byteSize() {
    return buffer.byteSize();
  }

  /// {@return what one pass over the buffer reached, in bytes per second}
  ///
  /// @param threads who reads
  public double measure(ComputeThreads threads) {
    int blocks = Math.toIntExact(buffer.byteSize() / BLOCK_BYTES);
    long begin = System.nanoTime();
    threads.run(blocks, 1, this::read);
    return buffer.byteSize() * 1e9 / Math.max(1, System.nanoTime() - begin);
  }

  private void read(int fromBlock, int toBlock) {
    long total = 0;
    for (int block = fromBlock; block < toBlock; block++) {
      total += read(buffer, (long) block * BLOCK_BYTES);
    }
    // Somebody could look at it, so that nothing is left out.
    sum = total;
  }

  /// {@return the sum of what the passes read last, which nobody needs}
  long sum() {
    return sum;
  }

  private static long read(MemorySegment buffer, long from) {
    long first = 0;
    long second = 0;
    long third = 0;
    long fourth = 0;
    for (int step = 0; step < STREAM_BYTES / STEP_BYTES; step++) {
      long at = from + (long) step * STEP_BYTES;
      first += step(buffer, at);
      second += step(buffer, at + STREAM_BYTES);
      third += step(buffer, at + 2L * STREAM_BYTES);
      fourth += step(buffer, at + 3L * STREAM_BYTES);
    }
    return first + second + third + fourth;
  }

  private static long step(MemorySegment buffer, long at) {
    return buffer.get(ValueLayout.JAVA_LONG, at)
        + buffer.get(ValueLayout.JAVA_LONG, at + Long.BYTES)
        + buffer.get(ValueLayout.JAVA_LONG, at + 2 * Long.BYTES)
        + buffer.get(ValueLayout.JAVA_LONG, at + 3 * Long.BYTES);
  }
}
