package dev.tern.kernel;

import dev.tern.KvCacheType;
import dev.tern.kernel.TernaryMatrix.DequantScales;
import dev.tern.quant.Codecs;
import dev.tern.tensor.Shape;
import dev.tern.tensor.Tensor;
import dev.tern.tensor.TensorType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.IntUnaryOperator;

/// Compares kernels with their scalar definition on this machine, bit for bit, on random and
/// extreme input.
///
/// For people who want to know whether their processor, Java runtime or virtual machine computes
/// what it should; the tests of the project do more. Takes well under a second.
public final class KernelSelfTest {
  private static final int[] WIDTHS = {128, 320, 2_560, 6_912};
  private static final int[] TOKENS = {1, 3, 16, 21};
  private static final int ROWS = 19;

  private final Kernels definition = new ScalarKernels();
  private final Kernels candidate;
  private final Arena arena;
  private final SplittableRandom random = new SplittableRandom(5);
  private final List<Check> checks = new ArrayList<>();

  /// What came of one comparison.
  ///
  /// @param operation what was compared
  /// @param passed whether every bit was the same
  public record Check(String operation, boolean passed) {}

  private KernelSelfTest(Kernels candidate, Arena arena) {
    this.candidate = candidate;
    this.arena = arena;
  }

  /// {@return the comparisons of all operations}
  ///
  /// @param kernels what to compare with the definition
  public static List<Check> run(Kernels kernels) {
    try (Arena arena = Arena.ofConfined()) {
      KernelSelfTest test = new KernelSelfTest(kernels, arena);
      test.ternary();
      test.triples();
      test.sparse();
      test.rows();
      for (TensorType type : TensorType.values()) {
        test.dense(type);
      }
      test.elementwise();
      for (KvCacheType type : KvCacheType.values()) {
        test.attention(type);
      }
      return List.copyOf(test.checks);
    }
  }

  private void ternary() {
    boolean random = true;
    boolean extreme = true;
    for (int cols : WIDTHS) {
      for (int tokens : TOKENS) {
        random &= sameTernary(cols, tokens, _ -> this.random.nextInt(3) - 1, _ -> code());
        extreme &= sameTernary(cols, tokens, _ -> 1, _ -> 127);
        extreme &= sameTernary(cols, tokens, _ -> -1, _ -> 127);
      }
    }
    checks.add(new Check("ternary weights, random", random));
    checks.add(new Check("ternary weights, extreme", extreme));
  }

  private int code() {
    return random.nextInt(-127, 128);
  }

  private void triples() {
    boolean passed = true;
    boolean samePacked = true;
    try (Backend expected = new Backend(definition, new ComputeThreads(1));
        Backend actual = new Backend(candidate, new ComputeThreads(1))) {
      for (int cols : WIDTHS) {
        TernaryMatrix.Part plain = ternaryPart(cols, _ -> random.nextInt(3) - 1);
        TernaryTriples triples = TernaryTriples.of(plain, cols, arena, expected);
        TernaryTriples packed = TernaryTriples.of(plain, cols, arena, actual);
        samePacked &= triples.data().mismatch(packed.data()) < 0;
        TernaryMatrix matrix = new TernaryMatrix(List.of(plain.withTriples(triples)), cols);
        passed &= sameTernary(matrix, activations(1, cols, _ -> code()));
        passed &= sameTernary(matrix, activations(1, cols, _ -> 127));
      }
    }
    checks.add(new Check("packing of ternary weights in triples", samePacked));
    checks.add(new Check("ternary weights in triples", passed));
  }

  private void sparse() {
    boolean sameRows = true;
    boolean sameColumns = true;
    int[] rows = {1, 2, 5, 6, 7, 9, 11, 12, 13, 17};
    try (Backend backend = new Backend(definition, new ComputeThreads(1))) {
      for (int cols : WIDTHS) {
        TernaryMatrix.Part part = ternaryPart(cols, _ -> random.nextInt(3) - 1);
        TernaryMatrix matrix = new TernaryMatrix(List.of(part), cols);
        Int8Activations x = activations(1, cols, _ -> random.nextBoolean() ? 0 : code());
        FloatMatrix expected = FloatMatrix.allocate(arena, 1, ROWS);
        FloatMatrix actual = FloatMatrix.allocate(arena, 1, ROWS);
        definition.linear(matrix, rows, 0, rows.length, x, 0, expected);
        candidate.linear(matrix, rows, 0, rows.length, x, 0, actual);
        sameRows &= same(expected, actual);

        TernaryColumns columns = TernaryColumns.of(part, cols, arena, backend);
        long bytes = (long) columns.paddedRows() * Integer.BYTES;
        MemorySegment expectedSums = arena.allocate(bytes, FloatMatrix.ALIGNMENT);
        MemorySegment actualSums = arena.allocate(bytes, FloatMatrix.ALIGNMENT);
        definition.sumColumns(columns, 3, cols, x, 0, expectedSums);
        candidate.sumColumns(columns, 3, cols, x, 0, actualSums);
        sameColumns &= expectedSums.mismatch(actualSums) < 0;
      }
    }
    checks.add(new Check("some rows of ternary weights", sameRows));
    checks.add(new Check("columns of ternary weights that are not skipped", sameColumns));
  }

  private void rows() {
    int cols = 2_560;
    MemorySegment data = gaussian(ROWS, cols).data();
    Tensor tensor = new Tensor("self-test", TensorType.F32, Shape.of(ROWS, cols), data);
    DenseMatrix matrix = new DenseMatrix(List.of(DenseMatrix.part(tensor, 0, 1f)), cols);
    int[] expected = new int[ROWS];
    int[] actual = new int[ROWS];
    try (Backend defined = new Backend(definition, new ComputeThreads(1));
        Backend tried = new Backend(candidate, new ComputeThreads(1))) {
      QuantizedRows rows = QuantizedRows.of(matrix, arena, defined);
      boolean sameRows = rows.isSameAs(QuantizedRows.of(matrix, arena, tried));
      checks.add(new Check("int8 copies of a head's rows", sameRows));
      Int16Vector x = new Int16Vector(arena, cols, rows.stride());
      boolean bounded = x.set(gaussian(1, cols));
      definition.dots(rows, 0, ROWS, x, expected);
      candidate.dots(rows, 0, ROWS, x, actual);
      checks.add(new Check("int8 rows of a head", bounded && Arrays.equals(expected, actual)));
      List<Int16Vector> several = new ArrayList<>();
      for (int i = 0; i < 5; i++) {
        several.add(new Int16Vector(arena, cols, rows.stride()));
        bounded &= several.get(i).set(gaussian(1, cols));
      }
      int[][] expectedOfAll = new int[several.size()][ROWS];
      int[][] actualOfAll = new int[several.size()][ROWS];
      definition.dots(rows, 0, ROWS, several, expectedOfAll);
      candidate.dots(rows, 0, ROWS, several, actualOfAll);
      boolean sameOfAll = Arrays.deepEquals(expectedOfAll, actualOfAll);
      checks.add(new Check("int8 rows of a head for several texts", bounded && sameOfAll));
    }
  }

  private boolean sameTernary(
      int cols, int tokens, IntUnaryOperator weight, IntUnaryOperator activation) {
    TernaryMatrix matrix = new TernaryMatrix(List.of(ternaryPart(cols, weight)), cols);
    return sameTernary(matrix, activations(tokens, cols, activation));
  }

  private TernaryMatrix.Part ternaryPart(int cols, IntUnaryOperator weight) {
    int rowBytes = Math.ceilDiv(cols, TernaryMatrix.BLOCK_COLUMNS) * TernaryMatrix.BLOCK_BYTES;
    MemorySegment packed = arena.allocate((long) ROWS * rowBytes, FloatMatrix.ALIGNMENT);
    byte[] codes = new byte[cols];
    byte[] bytes = new byte[rowBytes];
    for (int row = 0; row < ROWS; row++) {
      for (int col = 0; col < cols; col++) {
        codes[col] = (byte) weight.applyAsInt(col);
      }
      TernaryMatrix.pack(codes, bytes);
      MemorySegment.copy(bytes, 0, packed, ValueLayout.JAVA_BYTE, (long) row * rowBytes, rowBytes);
    }
    return new TernaryMatrix.Part(
        packed, rowBytes, 0, ROWS, new DequantScales.PerTensor(0.37f), 1f);
  }

  private boolean sameTernary(TernaryMatrix matrix, Int8Activations x) {
    FloatMatrix expected = FloatMatrix.allocate(arena, x.tokens(), ROWS);
    FloatMatrix actual = FloatMatrix.allocate(arena, x.tokens(), ROWS);
    definition.linear(matrix, 0, ROWS, x, 0, x.tokens(), expected);
    candidate.linear(matrix, 0, ROWS, x, 0, x.tokens(), actual);
    return same(expected, actual);
  }

  private Int8Activations activations(int tokens, int cols, IntUnaryOperator code) {
    Int8Activations x = Int8Activations.allocate(arena, tokens, cols);
    for (int t = 0; t < tokens; t++) {
      int sum = 0;
      for (int col = 0; col < cols; col++) {
        byte value = (byte) code.applyAsInt(col);
        x.codes().set(ValueLayout.JAVA_BYTE, (long) t * x.stride() + col, value);
        sum += value;
      }
      x.finish(t, 17f + t, sum);
    }
    return x;
  }

  private void dense(TensorType type) {
    int cols = 512;
    Shape shape = Shape.of(ROWS, cols);
    MemorySegment data = arena.allocate(type.byteSize(shape), FloatMatrix.ALIGNMENT);
    Codecs.of(type)
        .encode(
            (row, values) -> {
              SplittableRandom ofRow = new SplittableRandom(row);
              for (int col = 0; col < cols; col++) {
                values[col] = type.isLowBit() ? ofRow.nextInt(3) - 1 : (float) ofRow.nextGaussian();
              }
            },
            shape,
            data);
    Tensor tensor = new Tensor("self-test", type, shape, data);
    DenseMatrix matrix = new DenseMatrix(List.of(DenseMatrix.part(tensor, 0, 1f)), cols);
    FloatMatrix x = gaussian(3, cols);
    FloatMatrix expected = FloatMatrix.allocate(arena, 3, ROWS);
    FloatMatrix actual = FloatMatrix.allocate(arena, 3, ROWS);
    definition.linear(matrix, 0, ROWS, x, 0, 3, expected);
    candidate.linear(matrix, 0, ROWS, x, 0, 3, actual);
    checks.add(new Check(type + " weights times floats", same(expected, actual)));
  }

  private void elementwise() {
    int cols = 1_000;
    FloatMatrix x = gaussian(1, cols);
    Int8Activations expectedCodes = Int8Activations.allocate(arena, 1, cols);
    Int8Activations actualCodes = Int8Activations.allocate(arena, 1, cols);
    definition.quantize(x, 0, expectedCodes);
    candidate.quantize(x, 0, actualCodes);
    checks.add(
        new Check("int8 quantization", expectedCodes.codes().mismatch(actualCodes.codes()) < 0));

    MemorySegment weight = gaussian(1, cols).data();
    compare("RMSNorm", cols, (kernels, y) -> kernels.rmsNorm(x, 0, weight, 1e-5f, y));
    FloatMatrix up = gaussian(1, cols);
    for (GatedActivation activation : GatedActivation.values()) {
      compare("gated " + activation, cols, (kernels, y) -> kernels.gate(activation, x, up, 0, y));
    }
    RopeAngles angles = new RopeAngles(arena, 1, RopeAngles.inverseFrequencies(100, 10_000));
    angles.fill(1_234, 1);
    for (RopeStyle style : RopeStyle.values()) {
      compare(
          "RoPE " + style,
          cols,
          (kernels, y) -> {
            kernels.add(x, 0, y);
            kernels.rotate(y, 0, angles, style);
          });
    }
  }

  @FunctionalInterface
  private interface Operation {
    void run(Kernels kernels, FloatMatrix y);
  }

  private void compare(String name, int cols, Operation operation) {
    FloatMatrix expected = FloatMatrix.allocate(arena, 1, cols);
    FloatMatrix actual = FloatMatrix.allocate(arena, 1, cols);
    operation.run(definition, expected);
    operation.run(candidate, actual);
    checks.add(new Check(name, same(expected, actual)));
  }

  private void attention(KvCacheType type) {
    int headDim = 64;
    int positions = 200;
    KvBlocks cache = new KvBlocks(1, 2, headDim, type, type);
    while (cache.positions() < positions) {
      cache.add(arena.allocate(cache.blockBytes(), FloatMatrix.ALIGNMENT));
    }
    FloatMatrix keys = gaussian(positions, 2 * headDim);
    FloatMatrix values = gaussian(positions, 2 * headDim);
    for (int p = 0; p < positions; p++) {
      candidate.store(keys, values, p, cache, 0, p);
    }
    FloatMatrix queries = gaussian(1, 8 * headDim);
    compare(
        "attention, KV cache " + type,
        8 * headDim,
        (kernels, y) -> {
          for (int kvHead = 0; kvHead < 2; kvHead++) {
            kernels.attend(queries, 0, cache, 0, kvHead, positions - 1, y);
          }
        });
  }

  private FloatMatrix gaussian(int rows, int cols) {
    FloatMatrix matrix = FloatMatrix.allocate(arena, rows, cols);
    for (int row = 0; row < rows; row++) {
      for (int col = 0; col < cols; col++) {
        matrix.set(row, col, (float) random.nextGaussian());
      }
    }
    return matrix;
  }

  private static boolean same(FloatMatrix expected, FloatMatrix actual) {
    return expected.data().mismatch(actual.data()) < 0;
  }
}
