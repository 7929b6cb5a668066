package dev.tern.kernel;

import dev.tern.KvCacheType;
import dev.tern.kernel.TernaryMatrix.DequantScales;
import dev.tern.tensor.Shape;
import dev.tern.tensor.Tensor;
import dev.tern.tensor.TensorType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/// Runs one group of operations on made-up data, with kernels and with their definition, until the
/// kernels are no slower or patience ends.
final class WarmUp {
  /// Rounds that are run at least, so that chance does not decide.
  private static final int LEAST_ROUNDS = 3;

  /// What still counts as no slower: the compiler vectorizes some loops of the definition too, and
  /// two equal times differ by chance. Kernels that are not compiled yet are far beyond it.
  private static final double TOLERANCE = 1.25;

  private static final long PATIENCE_NANOS = 20_000_000_000L;
  private static final int COLS = 2_560;
  private static final int ROWS = 32;
  private static final int TILE = 16;
  private static final int HEAD_DIM = 128;
  private static final int POSITIONS = 64;

  private final Group group;
  private final Kernels definition;
  private final Kernels candidate;
  private final SplittableRandom random = new SplittableRandom(3);

  /// Operations that change over together, those first that cost most.
  enum Group {
    /// Ternary weights times int8 activations.
    TERNARY,
    /// Other weights times floats: the head.
    DENSE,
    /// Attention.
    ATTENTION,
    /// Norms, quantization, non-linearities, RoPE.
    ELEMENTWISE
  }

  /// What came of it.
  enum Outcome {
    /// The kernels are compiled and right.
    READY,
    /// They stayed slower than the definition.
    SLOW,
    /// They compute something else.
    WRONG
  }

  /// Operations whose results end up in one matrix.
  @FunctionalInterface
  private interface Work {
    void run(Kernels kernels, FloatMatrix y);
  }

  WarmUp(Group group, Kernels definition, Kernels candidate) {
    this.group = group;
    this.definition = definition;
    this.candidate = candidate;
  }

  Outcome run() {
    try (Arena arena = Arena.ofConfined()) {
      List<Work> works =
          switch (group) {
            case TERNARY -> List.of(ternary(arena, 1), ternary(arena, TILE));
            case DENSE -> List.of(dense(arena, TensorType.F16), dense(arena, TensorType.F32));
            case ATTENTION ->
                List.of(attention(arena, KvCacheType.F32), attention(arena, KvCacheType.F16));
            case ELEMENTWISE -> elementwise(arena);
          };
      for (Work work : works) {
        Outcome outcome = run(work, arena);
        if (outcome != Outcome.READY) {
          return outcome;
        }
      }
      return Outcome.READY;
    }
  }

  private Outcome run(Work work, Arena arena) {
    FloatMatrix expected = FloatMatrix.allocate(arena, TILE, COLS);
    FloatMatrix actual = FloatMatrix.allocate(arena, TILE, COLS);
    long begin = System.nanoTime();
    // The least times, because on a busy machine every other time is somebody else's.
    long definitionNanos = Long.MAX_VALUE;
    long candidateNanos = Long.MAX_VALUE;
    for (int round = 1;
        round <= LEAST_ROUNDS || candidateNanos > TOLERANCE * definitionNanos;
        round++) {
      definitionNanos = Math.min(definitionNanos, time(work, definition, expected));
      candidateNanos = Math.min(candidateNanos, time(work, candidate, actual));
      if (System.nanoTime() - begin > PATIENCE_NANOS) {
        return Outcome.SLOW;
      }
    }
    return expected.data().mismatch(actual.data()) < 0 ? Outcome.READY : Outcome.WRONG;
  }

  private static long time(Work work, Kernels kernels, FloatMatrix y) {
    long begin = System.nanoTime();
    work.run(kernels, y);
    return System.nanoTime() - begin;
  }

  private Work ternary(Arena arena, int tokens) {
    int rowBytes = COLS / 4;
    MemorySegment packed = arena.allocate((long) ROWS * rowBytes, FloatMatrix.ALIGNMENT);
    byte[] codes = new byte[COLS];
    byte[] bytes = new byte[rowBytes];
    for (int row = 0; row < ROWS; row++) {
      for (int col = 0; col < COLS; col++) {
        codes[col] = (byte) (random.nextInt(3) - 1);
      }
      TernaryMatrix.pack(codes, bytes);
      MemorySegment.copy(bytes, 0, packed, ValueLayout.JAVA_BYTE, (long) row * rowBytes, rowBytes);
    }
    TernaryMatrix matrix =
        new TernaryMatrix(
            List.of(
                new TernaryMatrix.Part(
                    packed, rowBytes, 0, ROWS, new DequantScales.PerTensor(0.5f), 1f)),
            COLS);
    Int8Activations x = Int8Activations.allocate(arena, tokens, COLS);
    for (int t = 0; t < tokens; t++) {
      random.nextBytes(codes);
      for (int col = 0; col < COLS; col++) {
        codes[col] = (byte) Math.max(codes[col], -127);
      }
      x.set(t, codes, 20f);
    }
    return (kernels, y) -> kernels.linear(matrix, 0, ROWS, x, 0, tokens, y);
  }

  private Work dense(Arena arena, TensorType type) {
    Shape shape = Shape.of(ROWS, COLS);
    MemorySegment data = arena.allocate(type.byteSize(shape), FloatMatrix.ALIGNMENT);
    for (long i = 0; i < shape.elements(); i++) {
      float value = random.nextFloat() - 0.5f;
      if (type == TensorType.F16) {
        data.setAtIndex(ValueLayout.JAVA_SHORT, i, Float.floatToFloat16(value));
      } else {
        data.setAtIndex(ValueLayout.JAVA_FLOAT, i, value);
      }
    }
    Tensor tensor = new Tensor("warm-up", type, shape, data);
    DenseMatrix matrix = new DenseMatrix(List.of(DenseMatrix.part(tensor, 0, 1f)), COLS);
    FloatMatrix x = floats(arena, 1, COLS);
    return (kernels, y) -> kernels.linear(matrix, 0, ROWS, x, 0, 1, y);
  }

  private Work attention(Arena arena, KvCacheType type) {
    KvBlocks cache = new KvBlocks(1, 1, HEAD_DIM, type, type);
    cache.add(arena.allocate(cache.blockBytes(), FloatMatrix.ALIGNMENT));
    FloatMatrix keys = floats(arena, POSITIONS, HEAD_DIM);
    FloatMatrix values = floats(arena, POSITIONS, HEAD_DIM);
    for (int position = 0; position < POSITIONS; position++) {
      definition.store(keys, values, position, cache, 0, position);
    }
    FloatMatrix queries = floats(arena, 1, 4 * HEAD_DIM);
    return (kernels, y) ->
        kernels.attend(queries, 0, cache, 0, 0, POSITIONS - 1, y.columns(0, 4 * HEAD_DIM));
  }

  private List<Work> elementwise(Arena arena) {
    FloatMatrix x = floats(arena, 1, COLS);
    FloatMatrix up = floats(arena, 1, COLS);
    MemorySegment weight = floats(arena, 1, COLS).data();
    Int8Activations codes = Int8Activations.allocate(arena, 1, COLS);
    List<Work> works = new ArrayList<>();
    works.add((kernels, y) -> kernels.rmsNorm(x, 0, weight, 1e-5f, y));
    for (GatedActivation activation : GatedActivation.values()) {
      works.add((kernels, y) -> kernels.gate(activation, x, up, 0, y));
    }
    works.add((kernels, y) -> {
      kernels.quantize(x, 0, codes);
      for (int col = 0; col < COLS; col++) {
        y.set(0, col, codes.code(0, col));
      }
    });
    return works;
  }

  private FloatMatrix floats(Arena arena, int rows, int cols) {
    FloatMatrix matrix = FloatMatrix.allocate(arena, rows, cols);
    for (int row = 0; row < rows; row++) {
      for (int col = 0; col < cols; col++) {
        matrix.set(row, col, 4 * random.nextFloat() - 2);
      }
    }
    return matrix;
  }
}
