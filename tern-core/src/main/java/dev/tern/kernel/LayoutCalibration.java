package dev.tern.kernel;

import dev.tern.kernel.TernaryMatrix.DequantScales;
import dev.tern.tensor.NativeMemory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;

/// Measures which layout of ternary weights one token reads faster on this machine: rows in 2 bits,
/// or [TernaryTriples].
///
/// Which it is depends on whether memory or the processor is what is slow, and so on the machine,
/// its instruction set and the number of threads. The weights that are read in turn fill more than
/// most caches; both layouts take turns, because memory gets faster and slower within seconds on
/// shared machines. Takes about a tenth of a second.
public final class LayoutCalibration {
  private static final int COLS = 2_560;
  private static final int ROW_BYTES = COLS / 4;

  /// 33 MB in 2 bits and 27 MB in triples, which take turns.
  private static final int ROWS = 800 * TernaryTriples.TILE_ROWS;

  private static final int ROUNDS = 12;

  /// Triples take memory and time to make, so they have to be worth it.
  private static final double WORTHWHILE = 1.1;

  /// 2 bits of four weights of 0.
  private static final byte ZEROS = 0b01_01_01_01;

  private final Backend backend;
  private final Int8Activations x;
  private final FloatMatrix y;

  private LayoutCalibration(Backend backend, Arena arena) {
    this.backend = backend;
    this.x = Int8Activations.allocate(arena, 1, COLS);
    x.set(0, new byte[COLS], 1f);
    this.y = FloatMatrix.allocate(arena, 1, ROWS);
  }

  /// What was found.
  ///
  /// @param speedup how many times as fast as rows triples are
  public record Result(double speedup) {
    /// {@return whether triples are worth their memory}
    public boolean triples() {
      return speedup >= WORTHWHILE;
    }
  }

  /// {@return what this machine is faster with}
  ///
  /// @param backend with kernels that can read triples
  public static Result measure(Backend backend) {
    try (Arena arena = Arena.ofShared()) {
      TernaryMatrix.Part part = part(arena, backend);
      TernaryMatrix rows = new TernaryMatrix(List.of(part), COLS);
      TernaryTriples packed = TernaryTriples.of(part, COLS, arena, backend);
      TernaryMatrix triples = new TernaryMatrix(List.of(part.withTriples(packed)), COLS);
      return new LayoutCalibration(backend, arena).compare(rows, triples);
    }
  }

  private static TernaryMatrix.Part part(Arena arena, Backend backend) {
    MemorySegment codes = NativeMemory.allocate(arena, (long) ROWS * ROW_BYTES, true);
    backend
        .threads()
        .run(
            ROWS,
            1,
            (from, to) ->
                codes.asSlice((long) from * ROW_BYTES, (long) (to - from) * ROW_BYTES).fill(ZEROS));
    return new TernaryMatrix.Part(codes, ROW_BYTES, 0, ROWS, new DequantScales.PerTensor(1f), 1f);
  }

  /// By the fastest of rounds: whatever else the machine does makes a round slower, never faster.
  private Result compare(TernaryMatrix rows, TernaryMatrix triples) {
    double ofRows = Double.POSITIVE_INFINITY;
    double ofTriples = Double.POSITIVE_INFINITY;
    for (int round = 0; round < ROUNDS; round++) {
      ofRows = Math.min(ofRows, seconds(rows));
      ofTriples = Math.min(ofTriples, seconds(triples));
    }
    return new Result(ofRows / ofTriples);
  }

  private double seconds(TernaryMatrix weights) {
    long begin = System.nanoTime();
    backend.linear(weights, x, 1, y);
    return Math.max(1, System.nanoTime() - begin) / 1e9;
  }
}
