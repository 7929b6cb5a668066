package dev.tern.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.tern.kernel.TernaryMatrix.DequantScales;
import dev.tern.kernel.x86.X86Kernels;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import java.util.function.IntUnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Ternary rows in 5 bits for 3 weights say what the rows say that they were made of, and their
/// product with one token is the definition's, bit for bit.
class TernaryTriplesTest {
  private final Arena arena = Arena.ofShared();
  private final Random random = new Random(27);

  @AfterEach
  void free() {
    arena.close();
  }

  @Test
  void givesEveryRowOfATileItsOwnPlace() {
    BitSet places = new BitSet();
    for (int row = 0; row < TernaryTriples.TILE_ROWS; row++) {
      places.set(TernaryTriples.position(row));
    }
    assertEquals(TernaryTriples.TILE_ROWS, places.cardinality());
    assertEquals(TernaryTriples.TILE_ROWS, places.length());
  }

  @ParameterizedTest
  @CsvSource({"64, 128", "1, 3", "70, 100", "130, 2560", "3, 25"})
  void holdsTheSameWeights(int rows, int cols) {
    byte[] weights = new byte[rows * cols];
    for (int i = 0; i < weights.length; i++) {
      weights[i] = (byte) (random.nextInt(3) - 1);
    }
    TernaryTriples triples = triples(rows, cols, i -> weights[i]);
    for (int row = 0; row < rows; row++) {
      int negative = 0;
      for (int col = 0; col < cols; col += 3) {
        int number = number(triples, row, col);
        negative += number < 0 ? 1 : 0;
        for (int i = 0; i < 3 && col + i < cols; i++) {
          int place = (int) Math.pow(3, 2 - i);
          int digit = Math.floorMod(Math.floorDiv(number + place / 2, place) + 1, 3) - 1;
          assertEquals(
              weights[row * cols + col + i], digit, "row %d, column %d".formatted(row, col));
        }
      }
      assertEquals(28 * negative, correction(triples, row));
    }
  }

  private static int number(TernaryTriples triples, int row, int col) {
    int unit = col / TernaryTriples.UNIT_COLUMNS;
    int triple = col % TernaryTriples.UNIT_COLUMNS / 3;
    long at =
        row / TernaryTriples.TILE_ROWS * triples.tileBytes()
            + (long) unit * TernaryTriples.UNIT_BYTES
            + TernaryTriples.position(row % TernaryTriples.TILE_ROWS);
    int magnitudes = triples.data().get(ValueLayout.JAVA_BYTE, at + triple / 2 * 64L);
    int magnitude = magnitudes >> (4 * (triple % 2)) & 15;
    int signs = triples.data().get(ValueLayout.JAVA_BYTE, at + 256);
    return (signs >> triple & 1) == 0 ? magnitude : -magnitude;
  }

  private static int correction(TernaryTriples triples, int row) {
    long at =
        (row / TernaryTriples.TILE_ROWS + 1) * triples.tileBytes()
            - TernaryTriples.CORRECTION_BYTES
            + (long) (row % TernaryTriples.TILE_ROWS) * Integer.BYTES;
    return triples.data().get(ValueLayout.JAVA_INT, at);
  }

  private TernaryTriples triples(int rows, int cols, IntUnaryOperator weights) {
    return packed(part(rows, cols, weights, 1f), cols, new ScalarKernels(), 2);
  }

  private TernaryTriples packed(TernaryMatrix.Part part, int cols, Kernels kernels, int threads) {
    try (Backend backend = new Backend(kernels, new ComputeThreads(threads))) {
      return TernaryTriples.of(part, cols, arena, backend);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "64, 128",
    "1, 3",
    "70, 100",
    "130, 2560",
    "3, 25",
    "65, 127",
    "200, 384",
    "64, 6912"
  })
  void isPackedByMachineCodeAsByTheDefinition(int rows, int cols) {
    Kernels x86 = x86();
    for (IntUnaryOperator weights :
        List.<IntUnaryOperator>of(_ -> random.nextInt(3) - 1, _ -> 1, _ -> -1, _ -> 0)) {
      TernaryMatrix.Part part = part(rows, cols, weights, 1f);
      TernaryTriples expected = packed(part, cols, new ScalarKernels(), 1);
      TernaryTriples actual = packed(part, cols, x86, 2);
      assertEquals(-1, expected.data().mismatch(actual.data()));
    }
  }

  /// Its scratch memory is longer than narrow rows that come after wide ones need.
  @Test
  void packsNarrowRowsAfterWideOnes() {
    Kernels x86 = x86();
    for (int cols : new int[] {2_560, 100, 2_560, 3}) {
      TernaryMatrix.Part part = part(3, cols, _ -> random.nextInt(3) - 1, 1f);
      TernaryTriples expected = packed(part, cols, new ScalarKernels(), 1);
      assertEquals(-1, expected.data().mismatch(packed(part, cols, x86, 1).data()), cols + "");
    }
  }

  @Test
  void isPackedWithinItsMemory() {
    assumeTrue(GuardedMemory.isPossible(), "there are no guard pages on this system");
    Kernels x86 = x86();
    try (Arena guarded = GuardedMemory.arena();
        Backend backend = new Backend(x86, new ComputeThreads(1))) {
      for (int[] shape : new int[][] {{1, 128}, {64, 256}, {65, 128}, {3, 384}}) {
        TernaryMatrix.Part part = part(guarded, shape[0], shape[1], _ -> 1, 1f);
        TernaryTriples expected = packed(part, shape[1], new ScalarKernels(), 1);
        TernaryTriples actual = TernaryTriples.of(part, shape[1], guarded, backend);
        assertEquals(-1, expected.data().mismatch(actual.data()));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      ints = {1, 3, 23, 24, 25, 100, 127, 128, 129, 1_920, 2_560, 6_144, 6_168, 6_912, 8_640})
  void multipliesRowsOfAnyWidth(int cols) {
    compare(70, cols, _ -> random.nextInt(3) - 1, _ -> random.nextInt(-127, 128));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 7, 63, 64, 65, 128, 200})
  void multipliesAnyNumberOfRows(int rows) {
    compare(rows, 384, _ -> random.nextInt(3) - 1, _ -> random.nextInt(-127, 128));
  }

  /// Among them 121, 121, 122, the activations whose sum leaves the largest lower part.
  @ParameterizedTest
  @ValueSource(ints = {2_560, 6_912, 17_280})
  void doesNotOverflowAtTheExtremes(int cols) {
    for (IntUnaryOperator weights :
        List.<IntUnaryOperator>of(_ -> 1, _ -> -1, i -> i % 5 == 0 ? -1 : 1)) {
      compare(64, cols, weights, _ -> 127);
      compare(64, cols, weights, _ -> -127);
      compare(64, cols, weights, i -> i % 3 == 2 ? 122 : 121);
      compare(64, cols, weights, i -> i % 3 == 2 ? -122 : -121);
      compare(64, cols, weights, i -> i % 3 == 0 ? 13 : 0);
      compare(64, cols, weights, i -> i % 3 == 0 ? -14 : 0);
    }
  }

  private void compare(int rows, int cols, IntUnaryOperator weights, IntUnaryOperator codes) {
    Kernels x86 = x86();
    TernaryMatrix matrix = matrix(rows, cols, weights);
    Int8Activations x = activations(cols, codes);
    assertSame(matrix, x, x86, 0, matrix.rows());
  }

  @Test
  void computesOnlyTheRangeItWasAskedFor() {
    Kernels x86 = x86();
    TernaryMatrix matrix = matrix(150, 256, _ -> random.nextInt(3) - 1);
    Int8Activations x = activations(256, _ -> random.nextInt(-127, 128));
    for (int[] range : new int[][] {{0, 64}, {5, 9}, {60, 150}, {64, 128}, {63, 193}, {149, 300}}) {
      assertSame(matrix, x, x86, range[0], range[1]);
    }
  }

  @Test
  void buildsNewTablesForNewActivations() {
    Kernels x86 = x86();
    TernaryMatrix matrix = matrix(64, 256, _ -> random.nextInt(3) - 1);
    Int8Activations x = activations(256, _ -> 1);
    assertSame(matrix, x, x86, 0, 128);
    byte[] other = new byte[256];
    random.nextBytes(other);
    for (int i = 0; i < other.length; i++) {
      other[i] = (byte) Math.max(-127, other[i]);
    }
    x.set(0, other, 3f);
    assertSame(matrix, x, x86, 0, 128);
    assertSame(matrix, activations(256, _ -> -5), x86, 0, 128);
  }

  private static Kernels x86() {
    assumeTrue(X86Kernels.obstacle().isEmpty(), X86Kernels.obstacle());
    return X86Kernels.create(X86Kernels.best(), new ScalarKernels());
  }

  /// Two parts, the second with a scale for each row.
  private TernaryMatrix matrix(int rows, int cols, IntUnaryOperator weights) {
    float[] scales = new float[rows];
    for (int i = 0; i < rows; i++) {
      scales[i] = random.nextFloat();
    }
    TernaryMatrix.Part first = part(rows, cols, weights, 1f);
    TernaryMatrix.Part second =
        new TernaryMatrix.Part(
            first.codes(), first.rowBytes(), rows, rows, new DequantScales.PerRow(scales), 0.7f);
    TernaryTriples triples = packed(first, cols, new ScalarKernels(), 1);
    return new TernaryMatrix(
        List.of(first.withTriples(triples), second.withTriples(triples)), cols);
  }

  private TernaryMatrix.Part part(int rows, int cols, IntUnaryOperator weights, float outputScale) {
    return part(arena, rows, cols, weights, outputScale);
  }

  private static TernaryMatrix.Part part(
      Arena arena, int rows, int cols, IntUnaryOperator weights, float outputScale) {
    DequantScales scales = new DequantScales.PerTensor(0.37f);
    return new TernaryInputs(arena).part(rows, cols, 0, weights, scales, outputScale);
  }

  private Int8Activations activations(int cols, IntUnaryOperator codes) {
    return new TernaryInputs(arena).activations(1, cols, codes);
  }

  private void assertSame(
      TernaryMatrix matrix, Int8Activations x, Kernels kernels, int from, int to) {
    FloatMatrix expected = FloatMatrix.allocate(arena, 1, matrix.rows());
    FloatMatrix actual = FloatMatrix.allocate(arena, 1, matrix.rows());
    new ScalarKernels().linear(matrix, from, to, x, 0, 1, expected);
    kernels.linear(matrix, from, to, x, 0, 1, actual);
    boolean any = false;
    for (int row = 0; row < matrix.rows(); row++) {
      assertEquals(expected.get(0, row), actual.get(0, row), "row " + row);
      any |= actual.get(0, row) != 0;
    }
    assertTrue(any, "everything is zero");
  }
}
