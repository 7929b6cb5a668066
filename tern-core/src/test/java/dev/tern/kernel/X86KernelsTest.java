package dev.tern.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.tern.kernel.TernaryMatrix.DequantScales;
import dev.tern.kernel.x86.InstructionSet;
import dev.tern.kernel.x86.X86Kernels;
import dev.tern.quant.Codecs;
import dev.tern.tensor.Shape;
import dev.tern.tensor.Tensor;
import dev.tern.tensor.TensorType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.IntUnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Every kernel in machine code equals its scalar definition, bit for bit, and touches nothing but
/// its input and output.
class X86KernelsTest {
  private final Arena arena = GuardedMemory.arena();
  private final Kernels scalar = new ScalarKernels();
  private final Random random = new Random(12);
  private Kernels x86;

  @BeforeEach
  void makeKernels() {
    assumeTrue(X86Kernels.obstacle().isEmpty(), X86Kernels.obstacle());
    x86 = X86Kernels.create(X86Kernels.best(), new ScalarKernels());
  }

  @AfterEach
  void free() {
    arena.close();
  }

  private int trit() {
    return random.nextInt(3) - 1;
  }

  private int code() {
    return random.nextInt(-127, 128);
  }

  @Test
  void saysWhichInstructionSetItUses() {
    assertEquals("x86, " + X86Kernels.best().label(), x86.description());
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 7, 8, 10, 11, 15, 16, 17, 33, 65, 80})
  void multipliesTernaryWeightsByAnyNumberOfTokens(int tokens) {
    compareTernary(256, List.of(40, 8, 3), tokens, i -> trit(), i -> code());
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 100, 127, 128, 129, 172, 1_000, 1_920, 2_048, 2_560, 6_912, 8_640})
  void multipliesTernaryWeightsOfAnyWidth(int cols) {
    for (int tokens : new int[] {1, 2, 4, 16}) {
      compareTernary(cols, List.of(9), tokens, i -> trit(), i -> code());
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 64, 100})
  void multipliesAnyNumberOfRows(int rows) {
    for (int tokens : new int[] {1, 2, 3, 4, 8, 16}) {
      compareTernary(384, List.of(rows), tokens, i -> trit(), i -> code());
    }
  }

  @ParameterizedTest
  @CsvSource({
    "1920, 1",
    "2048, 1",
    "2176, 1",
    "6912, 1",
    "6912, 2",
    "6912, 4",
    "6912, 16",
    "2560, 20",
    "17280, 16"
  })
  void doesNotOverflowAtTheExtremes(int cols, int tokens) {
    for (IntUnaryOperator weights : List.<IntUnaryOperator>of(i -> 1, i -> -1)) {
      compareTernary(cols, List.of(9), tokens, weights, i -> 127);
      compareTernary(cols, List.of(9), tokens, weights, i -> -127);
      compareTernary(cols, List.of(9), tokens, weights, i -> i % 3 == 0 ? -127 : 127);
    }
  }

  @Test
  void multipliesMoreRowsThanFitIntoTheCacheAtOnce() {
    compareTernary(128, List.of(2_810, 2_050), 16, i -> trit(), i -> code());
    compareTernary(128, List.of(2_001), 64, i -> trit(), i -> code());
  }

  private void compareTernary(
      int cols,
      List<Integer> partRows,
      int tokens,
      IntUnaryOperator weights,
      IntUnaryOperator codes) {
    TernaryMatrix matrix = ternary(cols, partRows, weights);
    Int8Activations x = activations(tokens, cols, codes);
    FloatMatrix expected = FloatMatrix.allocate(arena, tokens, matrix.rows());
    FloatMatrix actual = FloatMatrix.allocate(arena, tokens, matrix.rows());
    scalar.linear(matrix, 0, matrix.rows(), x, 0, tokens, expected);
    x86.linear(matrix, 0, matrix.rows(), x, 0, tokens, actual);
    assertSame(expected, actual);
  }

  @ParameterizedTest
  @CsvSource({"2, 19", "3, 4", "3, 5", "3, 7"})
  void computesOnlyTheRangeItWasAskedFor(int fromToken, int toToken) {
    TernaryMatrix matrix = ternary(256, List.of(10, 20), i -> trit());
    Int8Activations x = activations(20, 256, i -> code());
    FloatMatrix whole = FloatMatrix.allocate(arena, 20, 30);
    FloatMatrix part = FloatMatrix.allocate(arena, 20, 30);
    scalar.linear(matrix, 0, 30, x, 0, 20, whole);
    x86.linear(matrix, 7, 23, x, fromToken, toToken, part);
    for (int t = 0; t < 20; t++) {
      for (int row = 0; row < 30; row++) {
        boolean inside = row >= 7 && row < 23 && t >= fromToken && t < toToken;
        assertEquals(inside ? whole.get(t, row) : 0f, part.get(t, row));
      }
    }
  }

  @Test
  void appliesScalesOfRowsAndGroupsAndOutputs() {
    int cols = 512;
    int rows = 21;
    float[] rowScales = new float[rows];
    float[] groupScales = new float[rows * 8];
    for (int i = 0; i < groupScales.length; i++) {
      rowScales[i % rows] = random.nextFloat();
      groupScales[i] = random.nextFloat();
    }
    for (DequantScales scales :
        List.of(
            new DequantScales.PerRow(rowScales), new DequantScales.PerGroup(groupScales, 64, 8))) {
      TernaryMatrix.Part part = part(cols, rows, 0, i -> trit(), scales, 0.25f);
      TernaryMatrix matrix = new TernaryMatrix(List.of(part), cols);
      for (int tokens : new int[] {1, 2, 4, 18}) {
        Int8Activations x = activations(tokens, cols, i -> code());
        for (int fromRow : new int[] {0, 2, 15}) {
          FloatMatrix expected = FloatMatrix.allocate(arena, tokens, rows);
          FloatMatrix actual = FloatMatrix.allocate(arena, tokens, rows);
          scalar.linear(matrix, fromRow, rows, x, 0, tokens, expected);
          x86.linear(matrix, fromRow, rows, x, 0, tokens, actual);
          assertSame(expected, actual);
        }
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"1, 8", "1, 9", "2, 12", "4, 6", "16, 24", "1, 3", "19, 11"})
  void touchesNothingOutsideItsWeights(int tokens, int rows) {
    assumeTrue(GuardedMemory.isPossible(), "no guard pages on this system");
    int cols = 640;
    TernaryMatrix.Part part =
        part(cols, rows, 0, i -> trit(), new DequantScales.PerTensor(0.5f), 1f);
    Int8Activations x = activations(tokens, cols, i -> code());
    FloatMatrix expected = FloatMatrix.allocate(arena, tokens, rows);
    scalar.linear(new TernaryMatrix(List.of(part), cols), 0, rows, x, 0, tokens, expected);
    long bytes = part.codes().byteSize();
    for (MemorySegment guarded :
        List.of(GuardedMemory.beforeGuard(arena, bytes), GuardedMemory.afterGuard(arena, bytes))) {
      guarded.copyFrom(part.codes());
      TernaryMatrix matrix =
          new TernaryMatrix(
              List.of(new TernaryMatrix.Part(guarded, cols / 4, 0, rows, part.scales(), 1f)), cols);
      FloatMatrix actual = FloatMatrix.allocate(arena, tokens, rows);
      x86.linear(matrix, 0, rows, x, 0, tokens, actual);
      assertSame(expected, actual);
    }
  }

  static final List<TensorType> DENSE_TYPES =
      List.of(
          TensorType.F32,
          TensorType.F16,
          TensorType.BF16,
          TensorType.Q8_0,
          TensorType.Q4_0,
          TensorType.Q4_K,
          TensorType.Q6_K,
          TensorType.Q1_0,
          TensorType.Q2_0,
          TensorType.Q2_0_G128,
          TensorType.TQ2_0);

  @ParameterizedTest
  @FieldSource("DENSE_TYPES")
  void multipliesWeightsOfEveryEncoding(TensorType type) {
    int unit = type.blockElements();
    for (int cols : new int[] {unit, 3 * unit, 32, 100, 2_560}) {
      if (cols % unit == 0) {
        for (int tokens : new int[] {1, 2, 3, 4, 7}) {
          compareDense(type, cols, tokens);
        }
      }
    }
  }

  private void compareDense(TensorType type, int cols, int tokens) {
    int rows = 13;
    Tensor tensor =
        tensor(type, rows, cols, arena.allocate(type.byteSize(Shape.of(rows, cols)), 64));
    DenseMatrix matrix =
        new DenseMatrix(
            List.of(DenseMatrix.part(tensor, 0, 1f), DenseMatrix.part(tensor, rows, 3f)), cols);
    FloatMatrix x = gaussian(tokens, cols, 1);
    FloatMatrix expected = FloatMatrix.allocate(arena, tokens, 2 * rows);
    FloatMatrix actual = FloatMatrix.allocate(arena, tokens, 2 * rows);
    scalar.linear(matrix, 2, 2 * rows - 1, x, 0, tokens, expected);
    x86.linear(matrix, 2, 2 * rows - 1, x, 0, tokens, actual);
    assertSame(expected, actual);
  }

  /// Any code that the encoding has.
  private float lowBit(TensorType type) {
    return switch (type) {
      case Q1_0 -> random.nextBoolean() ? 0.7f : -0.7f;
      case Q2_0, Q2_0_G128 -> random.nextInt(-1, 3) * 0.6f;
      default -> trit();
    };
  }

  private Tensor tensor(TensorType type, int rows, int cols, MemorySegment data) {
    Shape shape = Shape.of(rows, cols);
    Codecs.of(type)
        .encode(
            (row, values) -> {
              for (int col = 0; col < cols; col++) {
                values[col] = type.isLowBit() ? lowBit(type) : (float) random.nextGaussian();
              }
            },
            shape,
            data);
    return new Tensor("w", type, shape, data);
  }

  @ParameterizedTest
  @FieldSource("DENSE_TYPES")
  void touchesNothingOutsideWeightsOfEveryEncoding(TensorType type) {
    assumeTrue(GuardedMemory.isPossible(), "no guard pages on this system");
    int rows = 7;
    int cols = type.blockElements() == 1 ? 100 : 3 * type.blockElements();
    long bytes = type.byteSize(Shape.of(rows, cols));
    for (MemorySegment guarded :
        List.of(GuardedMemory.beforeGuard(arena, bytes), GuardedMemory.afterGuard(arena, bytes))) {
      DenseMatrix matrix =
          new DenseMatrix(
              List.of(DenseMatrix.part(tensor(type, rows, cols, guarded), 0, 1f)), cols);
      for (int tokens : new int[] {1, 4}) {
        FloatMatrix x = gaussian(tokens, cols, 1);
        FloatMatrix expected = FloatMatrix.allocate(arena, tokens, rows);
        FloatMatrix actual = FloatMatrix.allocate(arena, tokens, rows);
        scalar.linear(matrix, 0, rows, x, 0, tokens, expected);
        x86.linear(matrix, 0, rows, x, 0, tokens, actual);
        assertSame(expected, actual);
      }
    }
  }

  @Test
  void refusesRangesOutsideAMatrix() {
    TernaryMatrix matrix = ternary(256, List.of(16), i -> trit());
    Int8Activations x = activations(2, 256, i -> code());
    FloatMatrix y = FloatMatrix.allocate(arena, 2, 16);
    assertThrows(IndexOutOfBoundsException.class, () -> x86.linear(matrix, 0, 16, x, 0, 3, y));
    assertThrows(IndexOutOfBoundsException.class, () -> x86.linear(matrix, 0, 16, x, -1, 1, y));
    assertThrows(
        IndexOutOfBoundsException.class, () -> x86.linear(matrix, 0, 16, x, 0, 1, y.columns(0, 8)));
    Int8Activations narrow = activations(2, 128, i -> code());
    assertThrows(IllegalArgumentException.class, () -> x86.linear(matrix, 0, 16, narrow, 0, 1, y));
  }

  @Test
  void refusesMemoryThatHasBeenFreed() {
    TernaryMatrix.Part part;
    Int8Activations x = activations(1, 256, i -> code());
    FloatMatrix y = FloatMatrix.allocate(arena, 1, 16);
    try (Arena gone = Arena.ofShared()) {
      MemorySegment codes = gone.allocate(16 * 64, 64);
      part = new TernaryMatrix.Part(codes, 64, 0, 16, new DequantScales.PerTensor(1f), 1f);
    }
    TernaryMatrix matrix = new TernaryMatrix(List.of(part), 256);
    assertThrows(IllegalStateException.class, () -> x86.linear(matrix, 0, 16, x, 0, 1, y));
  }

  @Test
  void computesTheSameWithAnyNumberOfThreads() {
    TernaryMatrix matrix = ternary(384, List.of(100, 33), i -> trit());
    Int8Activations x = activations(70, 384, i -> code());
    FloatMatrix expected = FloatMatrix.allocate(arena, 70, 133);
    scalar.linear(matrix, 0, 133, x, 0, 70, expected);
    for (int threads : new int[] {1, 2, 3, 8}) {
      try (Backend backend = new Backend(x86, new ComputeThreads(threads))) {
        for (int tokens : new int[] {1, 2, 4, 16, 70}) {
          FloatMatrix actual = FloatMatrix.allocate(arena, 70, 133);
          backend.linear(matrix, x, tokens, actual);
          for (int t = 0; t < tokens; t++) {
            for (int row = 0; row < 133; row++) {
              assertEquals(expected.get(t, row), actual.get(t, row));
            }
          }
        }
      }
    }
  }

  @Test
  void refusesInstructionSetsThatThisMachineLacks() {
    for (InstructionSet set : InstructionSet.values()) {
      String obstacle = X86Kernels.obstacle(set);
      assertTrue(obstacle.isEmpty() || obstacle.contains("lacks"), obstacle);
    }
  }

  @Test
  void passesItsOwnSelfTest() {
    List<KernelSelfTest.Check> failed =
        KernelSelfTest.run(x86).stream().filter(check -> !check.passed()).toList();
    assertEquals(List.of(), failed);
  }

  private TernaryMatrix ternary(int cols, List<Integer> partRows, IntUnaryOperator weights) {
    List<TernaryMatrix.Part> parts = new ArrayList<>();
    int firstRow = 0;
    for (int rows : partRows) {
      DequantScales scales = new DequantScales.PerTensor(0.5f + random.nextFloat());
      parts.add(part(cols, rows, firstRow, weights, scales, 1f));
      firstRow += rows;
    }
    return new TernaryMatrix(parts, cols);
  }

  private TernaryMatrix.Part part(
      int cols,
      int rows,
      int firstRow,
      IntUnaryOperator weights,
      DequantScales scales,
      float outputScale) {
    int rowBytes = Math.ceilDiv(cols, 128) * 32;
    MemorySegment packed = arena.allocate((long) rows * rowBytes, 64);
    byte[] codes = new byte[cols];
    byte[] bytes = new byte[rowBytes];
    for (int row = 0; row < rows; row++) {
      for (int col = 0; col < cols; col++) {
        codes[col] = (byte) weights.applyAsInt(row * cols + col);
      }
      TernaryMatrix.pack(codes, bytes);
      MemorySegment.copy(bytes, 0, packed, ValueLayout.JAVA_BYTE, (long) row * rowBytes, rowBytes);
    }
    return new TernaryMatrix.Part(packed, rowBytes, firstRow, rows, scales, outputScale);
  }

  private Int8Activations activations(int tokens, int cols, IntUnaryOperator codes) {
    Int8Activations x = Int8Activations.allocate(arena, tokens, cols);
    byte[] values = new byte[cols];
    for (int t = 0; t < tokens; t++) {
      for (int col = 0; col < cols; col++) {
        values[col] = (byte) codes.applyAsInt(col);
      }
      x.set(t, values, 10f + t);
    }
    return x;
  }

  private FloatMatrix gaussian(int rows, int cols, double spread) {
    FloatMatrix matrix = FloatMatrix.allocate(arena, rows, cols);
    for (int row = 0; row < rows; row++) {
      for (int col = 0; col < cols; col++) {
        matrix.set(row, col, (float) (random.nextGaussian() * spread));
      }
    }
    return matrix;
  }

  private static void assertSame(FloatMatrix expected, FloatMatrix actual) {
    boolean any = false;
    for (int row = 0; row < expected.rows(); row++) {
      for (int col = 0; col < expected.cols(); col++) {
        if (Float.floatToRawIntBits(expected.get(row, col))
            != Float.floatToRawIntBits(actual.get(row, col))) {
          assertEquals(
              expected.get(row, col),
              actual.get(row, col),
              "row %d, column %d".formatted(row, col));
        }
        any |= actual.get(row, col) != 0;
      }
    }
    assertTrue(any, "everything is zero");
  }
}
