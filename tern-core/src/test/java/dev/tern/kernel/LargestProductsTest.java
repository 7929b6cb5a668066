package dev.tern.kernel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.tern.kernel.vector.VectorKernels;
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
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// The search finds the largest products with the bits of the whole product, and computes few
/// others.
class LargestProductsTest {
  private final Arena arena = Arena.ofShared();
  private final Arena guarded = GuardedMemory.arena();
  private final Random random = new Random(8);
  private final Backend backend = new Backend(new ScalarKernels(), new ComputeThreads(2));

  @AfterEach
  void free() {
    backend.close();
    arena.close();
    guarded.close();
  }

  @ParameterizedTest
  @CsvSource({
    "2000, 64, 1",
    "2000, 64, 40",
    "2000, 200, 1",
    "2000, 200, 40",
    "700, 33, 5",
    "5000, 96, 100"
  })
  void findsTheLargestOfRandomRows(int rows, int cols, int count) {
    DenseMatrix matrix = matrix(rows, cols, (row, col) -> (float) random.nextGaussian());
    for (int i = 0; i < 5; i++) {
      check(matrix, vector(cols), count, new int[] {3, rows - 1}, rows);
    }
  }

  @Test
  void computesFewRowsOfMany() {
    DenseMatrix matrix = matrix(20_000, 256, (row, col) -> (float) random.nextGaussian());
    int computed = check(matrix, vector(256), 40, new int[0], 20_000);
    assertTrue(computed >= 40 && computed < 1_000, computed + " rows");
  }

  @Test
  void findsAllOfManyEqualProducts() {
    DenseMatrix matrix = matrix(1_000, 64, (row, col) -> row % 7 == 0 ? 1f : (float) -col);
    check(matrix, vector(64), 1, new int[0], 1_000);
    check(matrix, vector(64), 3, new int[0], 1_000);
  }

  @Test
  void findsRowsThatDifferByLessThanTheEstimateSees() {
    float[] common = new float[64];
    for (int col = 0; col < 64; col++) {
      common[col] = (float) random.nextGaussian();
    }
    DenseMatrix matrix =
        matrix(3_000, 64, (row, col) -> common[col] + 1e-3f * (float) random.nextGaussian());
    check(matrix, vector(64), 10, new int[0], 3_000);
  }

  @Test
  void findsOutliersOfAnySize() {
    DenseMatrix matrix =
        matrix(
            2_000,
            64,
            (row, col) -> (float) (random.nextGaussian() * Math.pow(10, random.nextInt(-20, 12))));
    for (int i = 0; i < 5; i++) {
      check(matrix, vector(64), 5, new int[0], 2_000);
    }
  }

  @Test
  void findsRowsWhoseSquaresAreTooSmallForFloats() {
    DenseMatrix matrix = matrix(2_000, 64, (row, col) -> 1e-24f * (float) random.nextGaussian());
    for (int i = 0; i < 5; i++) {
      check(matrix, vector(64), 5, new int[0], 2_000);
    }
  }

  @Test
  void leavesOutRowsBeyondTheTokensThatCanBeChosen() {
    DenseMatrix matrix =
        matrix(1_000, 64, (row, col) -> row >= 900 ? 1_000f * col : (float) random.nextGaussian());
    check(matrix, vector(64), 3, new int[] {7}, 900);
  }

  @ParameterizedTest
  @ValueSource(floats = {0f, Float.NaN, Float.POSITIVE_INFINITY, 3e38f, 1e-42f})
  void computesEverythingForVectorsThatHaveNoBound(float value) {
    DenseMatrix matrix = matrix(1_000, 64, (row, col) -> (float) random.nextGaussian());
    FloatMatrix x = FloatMatrix.allocate(arena, 1, 64);
    x.set(0, 5, value);
    assertEquals(1_000, find(matrix, x, 1, new int[0], new float[1_000]));
  }

  /// Also the same others: a text must not change with what is computed beside it.
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 5, 17})
  void findsForSeveralVectorsWhatItFindsForEach(int vectors) {
    DenseMatrix matrix = matrix(3_000, 96, (row, col) -> (float) random.nextGaussian());
    QuantizedRows rows = QuantizedRows.of(matrix, arena, backend);
    LargestProducts together = new LargestProducts(arena, rows);
    FloatMatrix y = FloatMatrix.allocate(arena, 1, 3_000);
    for (int round = 0; round < 3; round++) {
      List<LargestProducts.Demand> demands = new ArrayList<>();
      for (int i = 0; i < vectors + round; i++) {
        int count = i == 3 ? 2_000 : 1 + random.nextInt(60);
        FloatMatrix x = i == 4 ? FloatMatrix.allocate(arena, 1, 96) : vector(96);
        int[] also = {random.nextInt(2_900)};
        demands.add(new LargestProducts.Demand(x, count, also, new float[2_900]));
      }
      together.find(backend, demands, y);
      for (LargestProducts.Demand demand : demands) {
        float[] alone = new float[2_900];
        new LargestProducts(arena, rows)
            .find(backend, demand.x(), demand.count(), demand.also(), y, alone);
        assertArrayEquals(alone, demand.products());
      }
    }
  }

  @Test
  void showsDamagedRows() {
    DenseMatrix matrix =
        matrix(1_000, 64, (row, col) -> row == 77 && col == 1 ? Float.NaN : random.nextFloat());
    float[] products = new float[1_000];
    find(matrix, vector(64), 1, new int[0], products);
    assertTrue(Float.isNaN(products[77]));
  }

  @ParameterizedTest
  @CsvSource({
    "F32, 32",
    "F32, 96",
    "F32, 2560",
    "F16, 64",
    "F16, 2560",
    "BF16, 160",
    "F16, 50",
    "Q6_K, 256"
  })
  void copiesRowsInMachineCodeAsByTheDefinition(TensorType type, int cols) {
    assumeTrue(X86Kernels.obstacle().isEmpty(), X86Kernels.obstacle());
    DenseMatrix matrix = encoded(type, 70, cols);
    try (Backend x86 =
        new Backend(
            X86Kernels.create(X86Kernels.best(), new ScalarKernels()), new ComputeThreads(2))) {
      QuantizedRows expected = QuantizedRows.of(matrix, arena, backend);
      QuantizedRows actual = QuantizedRows.of(matrix, arena, x86);
      assertTrue(expected.isSameAs(actual));
    }
  }

  /// Rows of zeros, of numbers that are hardly there, huge, infinite or none among ordinary ones.
  private DenseMatrix encoded(TensorType type, int rows, int cols) {
    Shape shape = Shape.of(rows, cols);
    MemorySegment data = guarded.allocate(type.byteSize(shape), 2);
    float[] extremes = {0f, 1e-42f, 6e-8f, 6e4f};
    boolean floats = type == TensorType.F32 || type == TensorType.F16 || type == TensorType.BF16;
    Codecs.of(type)
        .encode(
            (row, values) -> {
              for (int col = 0; col < cols; col++) {
                boolean extreme = floats && row < extremes.length;
                values[col] =
                    extreme ? extremes[(int) row] * (col % 2) : (float) random.nextGaussian();
              }
            },
            shape,
            data);
    if (type == TensorType.F32) {
      float[] worse = {3e38f, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, Float.NaN};
      for (int i = 0; i < worse.length; i++) {
        data.setAtIndex(ValueLayout.JAVA_FLOAT_UNALIGNED, (10L + i) * cols + 5, worse[i]);
      }
    }
    Tensor tensor = new Tensor("rows", type, shape, data);
    return new DenseMatrix(
        List.of(DenseMatrix.part(tensor, 0, 0.7f), DenseMatrix.part(tensor, rows, -1f)), cols);
  }

  @Test
  void leavesOutOfTheCopyWhatItsBoundSays() {
    DenseMatrix matrix = encoded(TensorType.F32, 70, 96);
    QuantizedRows rows = QuantizedRows.of(matrix, arena, backend);
    float[] values = new float[96];
    for (int row = 0; row < rows.rows(); row++) {
      DenseMatrix.Part part = matrix.parts().get(row / 70);
      part.codec().decodeRow(part.tensor(), row % 70, values);
      float outputScale = row < 70 ? 0.7f : -1f;
      double squares = 0;
      double residual = 0;
      for (int col = 0; col < 96; col++) {
        double weight = (double) values[col] * outputScale;
        int code = rows.codes().get(ValueLayout.JAVA_BYTE, (long) row * rows.stride() + col);
        squares += weight * weight;
        residual += Math.pow(weight - (double) code * rows.scale(row), 2);
      }
      assertTrue(!(Math.sqrt(squares) > rows.length(row)), "length of row " + row);
      assertTrue(!(Math.sqrt(residual) > rows.residual(row)), "residual of row " + row);
    }
  }

  @Test
  void isTheSameInMachineCode() {
    assumeTrue(X86Kernels.obstacle().isEmpty(), X86Kernels.obstacle());
    compareDots(X86Kernels.create(X86Kernels.best(), new ScalarKernels()));
  }

  @Test
  void isTheSameInVectors() {
    compareDots(VectorKernels.create());
  }

  private void compareDots(Kernels kernels) {
    for (int cols : new int[] {1, 63, 64, 65, 200, 2_560}) {
      DenseMatrix matrix = matrix(300, cols, (row, col) -> row % 2 == 0 ? 1f : -random.nextFloat());
      QuantizedRows rows = QuantizedRows.of(matrix, arena, backend);
      Int16Vector x = new Int16Vector(arena, cols, rows.stride());
      FloatMatrix values = FloatMatrix.allocate(arena, 1, cols);
      for (float sign : new float[] {1f, -1f}) {
        for (int col = 0; col < cols; col++) {
          values.set(0, col, sign * (col % 3 == 0 ? random.nextFloat() : 1f));
        }
        assertTrue(x.set(values));
        for (int[] range : new int[][] {{0, 256}, {0, 1}, {299, 300}, {17, 130}, {5, 5}}) {
          int[] expected = new int[256];
          int[] actual = new int[256];
          new ScalarKernels().dots(rows, range[0], range[1], x, expected);
          kernels.dots(rows, range[0], range[1], x, actual);
          assertTrue(Arrays.equals(expected, actual), cols + " columns");
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource(InstructionSet.class)
  void areTheSameForSeveralVectorsInMachineCode(InstructionSet set) {
    assumeTrue(X86Kernels.obstacle(set).isEmpty(), X86Kernels.obstacle(set));
    Kernels kernels = X86Kernels.create(set, new ScalarKernels());
    for (int cols : new int[] {1, 64, 65, 2_560}) {
      QuantizedRows rows = guardedRows(71, cols);
      for (int count = 0; count <= 14; count++) {
        List<Int16Vector> x = new ArrayList<>();
        for (int i = 0; i < count; i++) {
          x.add(new Int16Vector(guarded, cols, rows.stride()));
          assertTrue(x.get(i).set(extremeVector(cols, i)));
        }
        for (int[] range : new int[][] {{0, 64}, {0, 71}, {70, 71}, {17, 38}, {5, 5}}) {
          int[][] expected = new int[count][71];
          int[][] actual = new int[count][71];
          for (int i = 0; i < count; i++) {
            new ScalarKernels().dots(rows, range[0], range[1], x.get(i), expected[i]);
          }
          kernels.dots(rows, range[0], range[1], x, actual);
          assertTrue(Arrays.deepEquals(expected, actual), cols + " columns, " + count);
        }
      }
    }
  }

  /// Codes that end where memory does.
  private QuantizedRows guardedRows(int rows, int cols) {
    DenseMatrix matrix = matrix(rows, cols, (row, col) -> row % 2 == 0 ? 1f : -random.nextFloat());
    return QuantizedRows.of(matrix, guarded, backend);
  }

  /// The first ones have nothing but the largest codes.
  private FloatMatrix extremeVector(int cols, int number) {
    FloatMatrix values = FloatMatrix.allocate(arena, 1, cols);
    for (int col = 0; col < cols; col++) {
      values.set(0, col, number < 2 ? 1f - 2 * number : random.nextFloat() - 0.5f);
    }
    return values;
  }

  private int check(DenseMatrix matrix, FloatMatrix x, int count, int[] also, int choices) {
    FloatMatrix all = FloatMatrix.allocate(arena, 1, matrix.rows());
    backend.linear(matrix, x, 1, all);
    float[] expected = new float[choices];
    all.columns(0, choices).copyRow(0, expected);
    float[] actual = new float[choices];
    int computed = find(matrix, x, count, also, actual);
    float[] sorted = expected.clone();
    Arrays.sort(sorted);
    float least = sorted[choices - count];
    for (int row = 0; row < choices; row++) {
      boolean needed = expected[row] >= least || contains(also, row);
      if (needed || actual[row] != Float.NEGATIVE_INFINITY) {
        assertEquals(expected[row], actual[row], "row " + row);
      }
    }
    return computed;
  }

  private static boolean contains(int[] rows, int row) {
    return Arrays.stream(rows).anyMatch(each -> each == row);
  }

  private int find(DenseMatrix matrix, FloatMatrix x, int count, int[] also, float[] products) {
    QuantizedRows rows = QuantizedRows.of(matrix, arena, backend);
    FloatMatrix y = FloatMatrix.allocate(arena, 1, matrix.rows());
    return new LargestProducts(arena, rows).find(backend, x, count, also, y, products);
  }

  private FloatMatrix vector(int cols) {
    FloatMatrix x = FloatMatrix.allocate(arena, 1, cols);
    for (int col = 0; col < cols; col++) {
      x.set(0, col, (float) random.nextGaussian());
    }
    return x;
  }

  @FunctionalInterface
  private interface Element {
    float at(int row, int col);
  }

  private DenseMatrix matrix(int rows, int cols, Element element) {
    MemorySegment data = arena.allocate((long) rows * cols * Float.BYTES, 64);
    for (int row = 0; row < rows; row++) {
      for (int col = 0; col < cols; col++) {
        data.setAtIndex(ValueLayout.JAVA_FLOAT, (long) row * cols + col, element.at(row, col));
      }
    }
    Tensor tensor = new Tensor("w", TensorType.F32, Shape.of(rows, cols), data);
    return new DenseMatrix(List.of(DenseMatrix.part(tensor, 0, 1f)), cols);
  }
}
