package dev.tern.kernel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.tern.kernel.TernaryMatrix.DequantScales;
import dev.tern.kernel.x86.InstructionSet;
import dev.tern.kernel.x86.X86Kernels;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.IntUnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// A feed-forward network without its zeros gives what the whole one gives, bit for bit, whatever
/// kernels and threads compute it, and touches nothing but its input and output.
class SparseFeedForwardTest {
  private static final DequantScales ONE = new DequantScales.PerTensor(0.4f);

  private final Arena arena = GuardedMemory.arena();
  private final Random random = new Random(21);
  private final Kernels scalar = new ScalarKernels();

  @AfterEach
  void free() {
    arena.close();
  }

  private static List<Kernels> kernels() {
    List<Kernels> all = new ArrayList<>(List.of(new ScalarKernels()));
    if (X86Kernels.isArchitecture()) {
      for (InstructionSet set : InstructionSet.values()) {
        if (X86Kernels.obstacle(set).isEmpty()) {
          all.add(X86Kernels.create(set, new ScalarKernels()));
        }
      }
    }
    return all;
  }

  private int trit() {
    return random.nextInt(3) - 1;
  }

  private int code() {
    return random.nextInt(-127, 128);
  }

  /// Each gate row has one sign, so that a token of positive codes shuts the wanted share.
  private TernaryMatrix gateUp(int hidden, int intermediate, double shut, DequantScales scales) {
    boolean[] open = new boolean[intermediate];
    for (int row = 0; row < intermediate; row++) {
      open[row] = random.nextDouble() >= shut;
    }
    return new TernaryMatrix(
        List.of(
            part(hidden, intermediate, 0, i -> open[i / hidden] ? 1 : -1, scales),
            part(hidden, intermediate, intermediate, _ -> trit(), scales)),
        hidden);
  }

  private TernaryMatrix down(int hidden, int intermediate, IntUnaryOperator weights) {
    return new TernaryMatrix(List.of(part(intermediate, hidden, 0, weights, ONE)), intermediate);
  }

  private TernaryMatrix.Part part(
      int cols, int rows, int firstRow, IntUnaryOperator weights, DequantScales scales) {
    int rowBytes = Math.ceilDiv(cols, 128) * 32;
    MemorySegment packed = arena.allocate((long) rows * rowBytes, 32);
    byte[] codes = new byte[cols];
    byte[] bytes = new byte[rowBytes];
    for (int row = 0; row < rows; row++) {
      for (int col = 0; col < cols; col++) {
        codes[col] = (byte) weights.applyAsInt(row * cols + col);
      }
      TernaryMatrix.pack(codes, bytes);
      MemorySegment.copy(bytes, 0, packed, ValueLayout.JAVA_BYTE, (long) row * rowBytes, rowBytes);
    }
    return new TernaryMatrix.Part(packed, rowBytes, firstRow, rows, scales, 0.5f);
  }

  private Int8Activations activations(int cols, IntUnaryOperator codes) {
    Int8Activations x = Int8Activations.allocate(arena, 1, cols);
    byte[] values = new byte[cols];
    for (int col = 0; col < cols; col++) {
      values[col] = (byte) codes.applyAsInt(col);
    }
    x.set(0, values, 9f);
    return x;
  }

  /// All that follows a network's input, as the whole network has it or as the sparse one.
  private int[] network(
      Backend backend,
      TernaryMatrix gateUp,
      TernaryMatrix down,
      boolean sparse,
      Int8Activations x) {
    int hidden = gateUp.cols();
    int width = down.cols();
    FloatMatrix both = FloatMatrix.allocate(arena, 1, 2 * width);
    for (int i = 0; i < 2 * width; i++) {
      both.set(0, i, Float.NaN); // what an earlier token has left
    }
    FloatMatrix product = FloatMatrix.allocate(arena, 1, width);
    FloatMatrix y = FloatMatrix.allocate(arena, 1, hidden);
    Int8Activations codes = Int8Activations.allocate(arena, 1, width);
    MemorySegment norm = arena.allocate((long) width * Float.BYTES, 4);
    for (int i = 0; i < width; i++) {
      norm.setAtIndex(ValueLayout.JAVA_FLOAT, i, i % 5 == 0 ? -0.7f : 1.3f);
    }
    SparseFeedForward network = SparseFeedForward.of(gateUp, down, arena, backend);
    int threads = backend.threads().count();
    var scratch = new SparseFeedForward.Scratch(arena, hidden, width, threads);
    if (sparse) {
      network.gateUp(backend, x, both, scratch);
    } else {
      backend.linear(gateUp, x, 1, both);
    }
    FloatMatrix gate = both.columns(0, width);
    FloatMatrix up = both.columns(width, width);
    backend.gate(GatedActivation.SQUARED_RELU, gate, up, 1, product);
    backend.rmsNorm(product, 1, norm, 1e-5f, product);
    backend.quantize(product, 1, codes);
    if (sparse) {
      network.down(backend, codes, y, scratch);
    } else {
      backend.linear(down, codes, 1, y);
    }
    return IntStream.range(0, hidden).map(i -> Float.floatToIntBits(y.get(0, i))).toArray();
  }

  private void compare(
      TernaryMatrix gateUp, TernaryMatrix down, Int8Activations x, int... threads) {
    int[] expected;
    try (Backend backend = new Backend(scalar, new ComputeThreads(1))) {
      expected = network(backend, gateUp, down, false, x);
    }
    for (Kernels kernels : kernels()) {
      for (int count : threads) {
        try (Backend backend = new Backend(kernels, new ComputeThreads(count))) {
          int[] actual = network(backend, gateUp, down, true, x);
          assertArrayEquals(expected, actual, kernels.description());
        }
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "128, 128, 0.5",
    "128, 256, 0",
    "128, 256, 1",
    "256, 130, 0.7",
    "384, 1000, 0.85",
    "200, 333, 0.5",
    "1, 1, 0",
    "130, 7, 0.3",
    "640, 2200, 0",
    "640, 2200, 0.95"
  })
  void givesWhatTheWholeNetworkGives(int hidden, int intermediate, double shut) {
    TernaryMatrix gateUp = gateUp(hidden, intermediate, shut, ONE);
    TernaryMatrix down = down(hidden, intermediate, _ -> trit());
    compare(gateUp, down, activations(hidden, _ -> random.nextInt(1, 128)), 1, 2, 4);
    compare(gateUp, down, activations(hidden, _ -> code()), 2);
  }

  @Test
  void givesWhatTheWholeNetworkGivesWithScalesOfRows() {
    float[] scales = new float[300];
    for (int i = 0; i < scales.length; i++) {
      scales[i] = (float) random.nextGaussian();
    }
    TernaryMatrix gateUp = gateUp(256, 300, 0.5, new DequantScales.PerRow(scales));
    compare(gateUp, down(256, 300, _ -> trit()), activations(256, _ -> code()), 1, 2);
  }

  @Test
  void leavesNothingOutWhereAnUpMayNotBeFinite() {
    for (float scale : new float[] {3e38f, Float.NaN, Float.POSITIVE_INFINITY}) {
      float[] ups = new float[300];
      Arrays.fill(ups, 0.1f);
      ups[17] = scale;
      TernaryMatrix.Part gates = gateUp(256, 300, 1, ONE).parts().getFirst();
      TernaryMatrix.Part up = part(256, 300, 300, _ -> 1, new DequantScales.PerRow(ups));
      TernaryMatrix gateUp = new TernaryMatrix(List.of(gates, up), 256);
      TernaryMatrix down = down(256, 300, _ -> trit());
      compare(gateUp, down, activations(256, _ -> 127), 1, 2);
    }
    Int8Activations x = activations(256, _ -> 1);
    x.finish(0, Float.NaN, x.codeSum(0));
    compare(gateUp(256, 300, 0.5, ONE), down(256, 300, _ -> trit()), x, 2);
  }

  @Test
  void takesGatesThatAreNotANumberForOpen() {
    float[] scales = new float[128];
    Arrays.fill(scales, 1f);
    scales[5] = Float.NaN;
    TernaryMatrix.Part gates = part(128, 128, 0, _ -> -1, new DequantScales.PerRow(scales));
    TernaryMatrix gateUp = new TernaryMatrix(List.of(gates, part(128, 128, 128, _ -> 1, ONE)), 128);
    TernaryMatrix down = down(128, 128, _ -> trit());
    Int8Activations x = activations(128, _ -> 1);
    for (Kernels kernels : kernels()) {
      try (Backend backend = new Backend(kernels, new ComputeThreads(1))) {
        FloatMatrix both = FloatMatrix.allocate(arena, 1, 256);
        SparseFeedForward.of(gateUp, down, arena, backend)
            .gateUp(backend, x, both, new SparseFeedForward.Scratch(arena, 128, 128, 1));
        assertTrue(Float.isNaN(both.get(0, 5)));
        for (int row = 0; row < 128; row++) {
          assertEquals(row == 5 ? 128 / 9f * 0.4f * 0.5f : 0f, both.get(0, 128 + row));
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 7, 8, 9, 127, 128, 129, 1_024, 2_500})
  void addsUpColumnsWithoutOverflow(int cols) {
    for (IntUnaryOperator weights : List.<IntUnaryOperator>of(_ -> 1, _ -> -1, _ -> trit())) {
      for (IntUnaryOperator codes :
          List.<IntUnaryOperator>of(
              _ -> 127, _ -> -127, _ -> 0, i -> i % 3 == 0 ? 0 : code(), i -> i % 2 * 127)) {
        compareColumns(130, cols, weights, codes);
      }
    }
  }

  private void compareColumns(
      int rows, int cols, IntUnaryOperator weights, IntUnaryOperator codes) {
    TernaryMatrix.Part part = part(cols, rows, 0, weights, ONE);
    Int8Activations x = activations(cols, codes);
    int from = cols / 3;
    int[] expected = new int[rows];
    byte[] packed = new byte[(int) part.rowBytes()];
    byte[] row = new byte[4 * packed.length];
    for (int i = 0; i < rows; i++) {
      part.copyRow(i, packed);
      TernaryMatrix.unpack(packed, row);
      for (int col = from; col < cols; col++) {
        expected[i] += row[col] * x.code(0, col);
      }
    }
    try (Backend backend = new Backend(scalar, new ComputeThreads(2))) {
      MemorySegment packedColumns = TernaryColumns.of(part, cols, arena, backend).codes();
      long bytes = packedColumns.byteSize();
      for (MemorySegment codesOfColumns :
          GuardedMemory.isPossible()
              ? List.of(
                  GuardedMemory.beforeGuard(arena, bytes), GuardedMemory.afterGuard(arena, bytes))
              : List.of(arena.allocate(bytes))) {
        codesOfColumns.copyFrom(packedColumns);
        TernaryColumns columns = new TernaryColumns(codesOfColumns, rows, cols);
        for (Kernels kernels : kernels()) {
          MemorySegment sums = arena.allocate(columns.paddedRows() * 4L, 4);
          kernels.sumColumns(columns, from, cols, x, 0, sums);
          int[] actual = Arrays.copyOf(sums.toArray(ValueLayout.JAVA_INT), rows);
          assertArrayEquals(expected, actual, kernels.description());
        }
      }
    }
  }

  @Test
  void multipliesTheListedRowsAndNoOthers() {
    for (int cols : new int[] {100, 128, 256, 2_560, 6_912}) {
      TernaryMatrix matrix = gateUp(cols, 40, 0.5, ONE);
      for (int count : new int[] {0, 1, 7, 8, 9, 31, 80}) {
        int[] list =
            IntStream.generate(() -> random.nextInt(80)).distinct().limit(count).sorted().toArray();
        for (IntUnaryOperator codes : List.<IntUnaryOperator>of(_ -> 127, _ -> -127, _ -> code())) {
          compareRows(matrix, list, activations(cols, codes));
        }
      }
    }
  }

  private void compareRows(TernaryMatrix matrix, int[] list, Int8Activations x) {
    FloatMatrix whole = FloatMatrix.allocate(arena, 1, 80);
    scalar.linear(matrix, 0, 80, x, 0, 1, whole);
    for (Kernels kernels : kernels()) {
      FloatMatrix y = FloatMatrix.allocate(arena, 1, 80);
      kernels.linear(matrix, list, 0, list.length, x, 0, y);
      for (int row = 0; row < 80; row++) {
        boolean listed = Arrays.binarySearch(list, row) >= 0;
        assertEquals(listed ? whole.get(0, row) : 0f, y.get(0, row), kernels.description());
      }
    }
  }

  @Test
  void refusesRowsAndColumnsThatDoNotExist() {
    assumeTrue(X86Kernels.obstacle().isEmpty(), X86Kernels.obstacle());
    Kernels x86 = X86Kernels.create(X86Kernels.best(), scalar);
    TernaryMatrix matrix = down(128, 256, _ -> trit());
    Int8Activations x = activations(256, _ -> code());
    FloatMatrix y = FloatMatrix.allocate(arena, 1, 200);
    for (int[] rows : new int[][] {{-1}, {3, 128}, {Integer.MAX_VALUE}}) {
      assertThrows(
          IndexOutOfBoundsException.class, () -> x86.linear(matrix, rows, 0, rows.length, x, 0, y));
    }
    assertThrows(
        IndexOutOfBoundsException.class, () -> x86.linear(matrix, new int[1], 0, 2, x, 0, y));
    TernaryColumns columns = new TernaryColumns(arena.allocate(256 * 32, 64), 128, 256);
    MemorySegment sums = arena.allocate(128 * 4, 64);
    assertThrows(
        IndexOutOfBoundsException.class, () -> x86.sumColumns(columns, 0, 257, x, 0, sums));
    assertThrows(
        IndexOutOfBoundsException.class,
        () -> x86.sumColumns(columns, 0, 256, x, 0, sums.asSlice(4)));
    assertThrows(IndexOutOfBoundsException.class, () -> new TernaryColumns(sums, 128, 256));
  }

  @Test
  void fitsOnlyNetworksWithOneScaleForEachRow() {
    DequantScales groups = new DequantScales.PerGroup(new float[1_000], 64, 2);
    TernaryMatrix down = down(128, 128, _ -> 1);
    assertTrue(SparseFeedForward.fits(gateUp(128, 128, 0, ONE), down));
    assertFalse(SparseFeedForward.fits(gateUp(128, 128, 0, groups), down));
    assertFalse(SparseFeedForward.fits(down, down));
    assertFalse(SparseFeedForward.fits(gateUp(128, 128, 0, ONE), gateUp(128, 128, 0, ONE)));
  }
}
