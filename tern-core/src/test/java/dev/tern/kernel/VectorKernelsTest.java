package dev.tern.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tern.kernel.TernaryMatrix.DequantScales;
import dev.tern.kernel.vector.VectorKernels;
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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Every product of the vector kernels equals its scalar definition, bit for bit.
class VectorKernelsTest {
  private final Arena arena = Arena.ofShared();
  private final Kernels scalar = new ScalarKernels();
  private final Kernels vector = VectorKernels.create();
  private final Random random = new Random(11);

  @AfterEach
  void free() {
    arena.close();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 7, 15, 16, 17, 33, 65, 80})
  void multipliesTernaryWeightsByAnyNumberOfTokens(int tokens) {
    compareTernary(
        256, List.of(40, 8, 3), tokens, i -> random.nextInt(3) - 1, i -> random.nextInt(-127, 128));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 100, 127, 128, 129, 172, 1_000, 1_920, 2_048, 2_560, 6_912, 8_640})
  void multipliesTernaryWeightsOfAnyWidth(int cols) {
    for (int tokens : new int[] {1, 16}) {
      compareTernary(
          cols, List.of(9), tokens, i -> random.nextInt(3) - 1, i -> random.nextInt(-127, 128));
    }
  }

  @ParameterizedTest
  @CsvSource({"1920, 1", "2048, 1", "6912, 1", "6912, 16", "2560, 20", "17280, 16"})
  void doesNotOverflowAtTheExtremes(int cols, int tokens) {
    for (IntUnaryOperator weights : List.<IntUnaryOperator>of(i -> 1, i -> -1)) {
      compareTernary(cols, List.of(3), tokens, weights, i -> 127);
      compareTernary(cols, List.of(3), tokens, weights, i -> -127);
      compareTernary(cols, List.of(3), tokens, weights, i -> i % 3 == 0 ? -127 : 127);
    }
  }

  @Test
  void multipliesMoreRowsThanFitIntoOneTableBlock() {
    compareTernary(
        128, List.of(2_047, 2_050), 16, i -> random.nextInt(3) - 1, i -> random.nextInt(-9, 10));
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
    vector.linear(matrix, 0, matrix.rows(), x, 0, tokens, actual);
    assertSame(expected, actual);
  }

  @Test
  void computesOnlyTheRangeItWasAskedFor() {
    TernaryMatrix matrix = ternary(256, List.of(10, 20), i -> random.nextInt(3) - 1);
    Int8Activations x = activations(20, 256, i -> random.nextInt(-127, 128));
    FloatMatrix whole = FloatMatrix.allocate(arena, 20, 30);
    FloatMatrix part = FloatMatrix.allocate(arena, 20, 30);
    scalar.linear(matrix, 0, 30, x, 0, 20, whole);
    vector.linear(matrix, 7, 23, x, 2, 19, part);
    for (int t = 0; t < 20; t++) {
      for (int row = 0; row < 30; row++) {
        boolean inside = row >= 7 && row < 23 && t >= 2 && t < 19;
        assertEquals(inside ? whole.get(t, row) : 0f, part.get(t, row));
      }
    }
  }

  @Test
  void appliesScalesOfRowsAndGroupsAndOutputs() {
    int cols = 512;
    float[] rowScales = new float[6];
    float[] groupScales = new float[6 * 8];
    for (int i = 0; i < groupScales.length; i++) {
      rowScales[i % 6] = random.nextFloat();
      groupScales[i] = random.nextFloat();
    }
    for (DequantScales scales :
        List.of(
            new DequantScales.PerRow(rowScales), new DequantScales.PerGroup(groupScales, 64, 8))) {
      TernaryMatrix.Part part = part(cols, 6, 0, i -> random.nextInt(3) - 1, scales, 0.25f);
      TernaryMatrix matrix = new TernaryMatrix(List.of(part), cols);
      for (int tokens : new int[] {1, 18}) {
        Int8Activations x = activations(tokens, cols, i -> random.nextInt(-127, 128));
        FloatMatrix expected = FloatMatrix.allocate(arena, tokens, 6);
        FloatMatrix actual = FloatMatrix.allocate(arena, tokens, 6);
        scalar.linear(matrix, 0, 6, x, 0, tokens, expected);
        vector.linear(matrix, 0, 6, x, 0, tokens, actual);
        assertSame(expected, actual);
      }
    }
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
    MemorySegment codes = arena.allocate((long) rows * rowBytes, 64);
    for (int row = 0; row < rows; row++) {
      for (int col = 0; col < rowBytes * 4; col++) {
        int code = col < cols ? weights.applyAsInt(row * cols + col) + 1 : 1;
        long at = (long) row * rowBytes + (long) (col / 128) * 32 + col % 32;
        int shift = 6 - 2 * (col % 128 / 32);
        byte old = codes.get(ValueLayout.JAVA_BYTE, at);
        codes.set(ValueLayout.JAVA_BYTE, at, (byte) (old | code << shift));
      }
    }
    return new TernaryMatrix.Part(codes, rowBytes, firstRow, rows, scales, outputScale);
  }

  private Int8Activations activations(int tokens, int cols, IntUnaryOperator codes) {
    Int8Activations x = Int8Activations.allocate(arena, tokens, cols);
    for (int t = 0; t < tokens; t++) {
      int sum = 0;
      for (int col = 0; col < cols; col++) {
        byte code = (byte) codes.applyAsInt(col);
        x.codes().set(ValueLayout.JAVA_BYTE, (long) t * x.stride() + col, code);
        sum += code;
      }
      x.finish(t, 10f + t, sum);
    }
    return x;
  }

  @ParameterizedTest
  @CsvSource({"1, 1", "31, 2", "32, 1", "64, 3", "172, 5", "2560, 2"})
  void multipliesFloatWeights(int cols, int tokens) {
    int rows = 5;
    MemorySegment data = arena.allocate((long) rows * cols * Float.BYTES, 64);
    for (long i = 0; i < (long) rows * cols; i++) {
      data.setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) random.nextGaussian());
    }
    Tensor tensor = new Tensor("w", TensorType.F32, Shape.of(rows, cols), data);
    DenseMatrix matrix =
        new DenseMatrix(
            List.of(DenseMatrix.part(tensor, 0, 1f), DenseMatrix.part(tensor, rows, 3f)), cols);
    FloatMatrix x = gaussian(tokens, cols, 1);
    FloatMatrix expected = FloatMatrix.allocate(arena, tokens, 2 * rows);
    FloatMatrix actual = FloatMatrix.allocate(arena, tokens, 2 * rows);
    scalar.linear(matrix, 0, 2 * rows, x, 0, tokens, expected);
    vector.linear(matrix, 0, 2 * rows, x, 0, tokens, actual);
    assertSame(expected, actual);
  }

  @ParameterizedTest
  @EnumSource(
      value = TensorType.class,
      names = {"F16", "BF16"})
  void widensHalvesOfEveryExponent(TensorType type) {
    int patterns = 1 << 13;
    MemorySegment data = arena.allocate((long) patterns * Short.BYTES, 64);
    for (int i = 0; i < patterns; i++) {
      data.setAtIndex(ValueLayout.JAVA_SHORT, i, (short) (8 * i + i % 8));
    }
    Tensor tensor = new Tensor("w", type, Shape.of(patterns, 1), data);
    DenseMatrix matrix = new DenseMatrix(List.of(DenseMatrix.part(tensor, 0, 1f)), 1);
    FloatMatrix x = FloatMatrix.allocate(arena, 1, 1);
    x.set(0, 0, 1f);
    FloatMatrix expected = FloatMatrix.allocate(arena, 1, patterns);
    FloatMatrix actual = FloatMatrix.allocate(arena, 1, patterns);
    scalar.linear(matrix, 0, patterns, x, 0, 1, expected);
    vector.linear(matrix, 0, patterns, x, 0, 1, actual);
    assertSame(expected, actual);
  }

  @ParameterizedTest
  @EnumSource(
      value = TensorType.class,
      names = {"F16", "BF16"})
  void multipliesHalves(TensorType type) {
    int cols = 300;
    int rows = 7;
    MemorySegment data = arena.allocate((long) rows * cols * Short.BYTES, 64);
    for (long i = 0; i < (long) rows * cols; i++) {
      float value = (float) random.nextGaussian();
      short bits =
          type == TensorType.F16
              ? Float.floatToFloat16(value)
              : (short) (Float.floatToIntBits(value) >> Short.SIZE);
      data.setAtIndex(ValueLayout.JAVA_SHORT, i, bits);
    }
    Tensor tensor = new Tensor("w", type, Shape.of(rows, cols), data);
    DenseMatrix matrix = new DenseMatrix(List.of(DenseMatrix.part(tensor, 0, 1f)), cols);
    FloatMatrix x = gaussian(3, cols, 1);
    FloatMatrix expected = FloatMatrix.allocate(arena, 3, rows);
    FloatMatrix actual = FloatMatrix.allocate(arena, 3, rows);
    scalar.linear(matrix, 0, rows, x, 0, 3, expected);
    vector.linear(matrix, 0, rows, x, 0, 3, actual);
    assertSame(expected, actual);
  }

  @Test
  void computesTheSameWithAnyNumberOfThreads() {
    TernaryMatrix matrix = ternary(384, List.of(100, 33), i -> random.nextInt(3) - 1);
    Int8Activations x = activations(70, 384, i -> random.nextInt(-127, 128));
    FloatMatrix expected = FloatMatrix.allocate(arena, 70, 133);
    scalar.linear(matrix, 0, 133, x, 0, 70, expected);
    for (int threads : new int[] {1, 2, 3, 8}) {
      try (Backend backend = new Backend(vector, new ComputeThreads(threads))) {
        for (int tokens : new int[] {1, 16, 70}) {
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
        assertEquals(
            Float.floatToIntBits(expected.get(row, col)),
            Float.floatToIntBits(actual.get(row, col)),
            () -> "expected and actual differ in their bits");
        any |= actual.get(row, col) != 0;
      }
    }
    assertTrue(any, "everything is zero");
  }
}
