package dev.tern.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tern.KvCacheType;
import dev.tern.quant.Codecs;
import dev.tern.tensor.Shape;
import dev.tern.tensor.Tensor;
import dev.tern.tensor.TensorType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What holds for the operations on single tokens of any kernels: they equal their scalar
/// definition, bit for bit, and leave their neighbours alone.
abstract class TokenOperationsContract {
  final Arena arena = GuardedMemory.arena();
  final Kernels scalar = new ScalarKernels();
  final Random random = new Random(13);
  Kernels kernels;

  /// Makes the kernels, or skips where there are none.
  abstract Kernels make();

  @BeforeEach
  void makeKernels() {
    kernels = make();
  }

  @AfterEach
  void free() {
    arena.close();
  }

  @ParameterizedTest
  @EnumSource(TensorType.class)
  void decodesRows(TensorType type) {
    int cols = 512;
    Shape shape = Shape.of(3, cols);
    MemorySegment data = arena.allocate(type.byteSize(shape), FloatMatrix.ALIGNMENT);
    Codecs.of(type)
        .encode(
            (_, values) -> {
              for (int col = 0; col < cols; col++) {
                values[col] = random.nextInt(3) - 1;
              }
            },
            shape,
            data);
    Tensor tensor = new Tensor("embedding", type, shape, data);
    FloatMatrix expected = gaussian(2, cols, 1);
    FloatMatrix actual = copy(expected);
    for (int row = 0; row < 3; row++) {
      scalar.decodeRow(tensor, row, expected, row % 2);
      kernels.decodeRow(tensor, row, actual, row % 2);
      assertSame(expected, actual);
    }
    assertThrows(
        RuntimeException.class, () -> kernels.decodeRow(tensor, 3, actual, 0), "no such row");
    assertThrows(
        RuntimeException.class, () -> kernels.decodeRow(tensor, 0, actual, 2), "no such token");
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 7, 8, 100, 128, 2_560})
  void quantizesToInt8(int cols) {
    for (double spread : new double[] {0, 1e-30, 1e-6, 1, 1e6, 1e30}) {
      FloatMatrix x = gaussian(2, cols, spread);
      x.set(1, 0, Float.NaN);
      Int8Activations expected = Int8Activations.allocate(arena, 2, cols);
      Int8Activations actual = Int8Activations.allocate(arena, 2, cols);
      for (int t = 0; t < 2; t++) {
        scalar.quantize(x, t, expected);
        kernels.quantize(x, t, actual);
        assertEquals(expected.quantScale(t), actual.quantScale(t));
        assertEquals(expected.codeSum(t), actual.codeSum(t));
      }
      assertEquals(-1, expected.codes().mismatch(actual.codes()));
    }
  }

  @Test
  void roundsTiesToEvenWhenQuantizing() {
    FloatMatrix x = FloatMatrix.allocate(arena, 1, 8);
    float[] values = {127f, 0.5f, 1.5f, 2.5f, -0.5f, -1.5f, 3.5f, 0f};
    x.setRow(0, values);
    Int8Activations codes = Int8Activations.allocate(arena, 1, 8);
    kernels.quantize(x, 0, codes);
    int[] expected = {127, 0, 2, 2, 0, -2, 4, 0};
    for (int i = 0; i < 8; i++) {
      assertEquals(expected[i], codes.code(0, i));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 5, 8, 13, 64, 100, 2_560})
  void normalizes(int cols) {
    FloatMatrix x = gaussian(1, cols, 3);
    MemorySegment weight = gaussian(1, cols, 1).data();
    for (float eps : new float[] {1e-5f, 1e-13f}) {
      FloatMatrix expected = FloatMatrix.allocate(arena, 1, cols);
      FloatMatrix actual = FloatMatrix.allocate(arena, 1, cols);
      scalar.rmsNorm(x, 0, weight, eps, expected);
      kernels.rmsNorm(x, 0, weight, eps, actual);
      assertSame(expected, actual);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {8, 64, 100})
  void normalizesHeads(int headDim) {
    MemorySegment weight = gaussian(1, headDim, 1).data().asSlice(0, (long) headDim * Float.BYTES);
    FloatMatrix expected = gaussian(1, 3 * headDim, 2);
    FloatMatrix actual = copy(expected);
    scalar.rmsNormHeads(expected, 0, weight, 1e-6f);
    kernels.rmsNormHeads(actual, 0, weight, 1e-6f);
    assertSame(expected, actual);
  }

  @ParameterizedTest
  @EnumSource(RopeStyle.class)
  void rotates(RopeStyle style) {
    RopeAngles angles = new RopeAngles(arena, 2, RopeAngles.inverseFrequencies(20, 10_000));
    angles.fill(77, 2);
    FloatMatrix expected = gaussian(2, 60, 1);
    FloatMatrix actual = copy(expected);
    scalar.rotate(expected, 1, angles, style);
    kernels.rotate(actual, 1, angles, style);
    assertSame(expected, actual);
  }

  @ParameterizedTest
  @CsvSource({
    "8, 4, 8, F32",
    "4, 4, 32, F16",
    "8, 2, 64, F16",
    "5, 1, 100, F32",
    "4, 1, 128, F16",
    "2, 1, 12, F16"
  })
  void attends(int heads, int kvHeads, int headDim, KvCacheType type) {
    KvBlocks cache = new KvBlocks(2, kvHeads, headDim, type, type);
    int positions = 300;
    for (int i = 0; i < 3; i++) {
      cache.add(arena.allocate(cache.blockBytes(), 64));
    }
    FloatMatrix keys = gaussian(positions, kvHeads * headDim, 2);
    FloatMatrix values = gaussian(positions, kvHeads * headDim, 1);
    for (int p = 0; p < positions; p++) {
      kernels.store(keys, values, p, cache, 1, p);
    }
    FloatMatrix queries = gaussian(1, heads * headDim, 2);
    for (int position : new int[] {0, 1, 15, 16, 31, 127, 128, 130, 299}) {
      FloatMatrix expected = FloatMatrix.allocate(arena, 1, heads * headDim);
      FloatMatrix actual = FloatMatrix.allocate(arena, 1, heads * headDim);
      for (int kvHead = 0; kvHead < kvHeads; kvHead++) {
        scalar.attend(queries, 0, cache, 1, kvHead, position, expected);
        kernels.attend(queries, 0, cache, 1, kvHead, position, actual);
      }
      assertSame(expected, actual);
    }
  }

  @ParameterizedTest
  @EnumSource(GatedActivation.class)
  void gates(GatedActivation activation) {
    float[] special = {
      0f,
      -0f,
      1f,
      -1f,
      88f,
      -88f,
      89f,
      -89f,
      1e30f,
      -1e30f,
      Float.NaN,
      Float.POSITIVE_INFINITY,
      Float.NEGATIVE_INFINITY,
      1e-30f,
      87.33654f,
      -88.72283f,
      88.3f
    };
    FloatMatrix gate = gaussian(1, 1_000 + special.length, 30);
    for (int i = 0; i < special.length; i++) {
      gate.set(0, 3 * i, special[i]);
    }
    FloatMatrix up = gaussian(1, gate.cols(), 1);
    FloatMatrix expected = FloatMatrix.allocate(arena, 1, gate.cols());
    FloatMatrix actual = FloatMatrix.allocate(arena, 1, gate.cols());
    scalar.gate(activation, gate, up, 0, expected);
    kernels.gate(activation, gate, up, 0, actual);
    assertSame(expected, actual);
  }

  @Test
  void adds() {
    FloatMatrix x = gaussian(2, 37, 1);
    FloatMatrix expected = gaussian(2, 37, 1);
    FloatMatrix actual = copy(expected);
    scalar.add(x, 1, expected);
    kernels.add(x, 1, actual);
    assertSame(expected, actual);
  }

  @ParameterizedTest
  @CsvSource({"F32, 8", "F16, 8", "F32, 12", "F16, 64", "F32, 128"})
  void storesKeysAndValues(KvCacheType type, int headDim) {
    KvBlocks expected = new KvBlocks(2, 3, headDim, type, type);
    KvBlocks actual = new KvBlocks(2, 3, headDim, type, type);
    FloatMatrix keys = gaussian(200, 3 * headDim, 1_000);
    FloatMatrix values = gaussian(200, 3 * headDim, 1e-6);
    for (KvBlocks cache : new KvBlocks[] {expected, actual}) {
      cache.add(arena.allocate(cache.blockBytes(), 64));
      cache.add(arena.allocate(cache.blockBytes(), 64));
    }
    for (int p = 0; p < 200; p += 3) {
      scalar.store(keys, values, p, expected, 1, p);
      kernels.store(keys, values, p, actual, 1, p);
    }
    for (int block = 0; block < 2; block++) {
      assertEquals(-1, expected.block(block).mismatch(actual.block(block)));
    }
  }

  @ParameterizedTest
  @CsvSource({"HALF, 128", "INTERLEAVED, 128", "INTERLEAVED, 20", "HALF, 6"})
  void rotatesHeadsOfAnyWidth(RopeStyle style, int headDim) {
    RopeAngles angles = new RopeAngles(arena, 1, RopeAngles.inverseFrequencies(headDim, 10_000));
    angles.fill(77, 1);
    FloatMatrix expected = gaussian(1, 5 * headDim, 1);
    FloatMatrix actual = copy(expected);
    scalar.rotate(expected, 0, angles, style);
    kernels.rotate(actual, 0, angles, style);
    assertSame(expected, actual);
  }

  /// Every operation on some columns of a wider matrix, whose other columns must stay as they are.
  @ParameterizedTest
  @ValueSource(ints = {1, 7, 8, 9, 20})
  void leavesNeighboursAlone(int cols) {
    FloatMatrix wide = gaussian(3, 64, 1);
    FloatMatrix view = wide.columns(5, cols);
    FloatMatrix before = copy(wide);
    FloatMatrix x = gaussian(3, cols, 1);
    MemorySegment weight = gaussian(1, cols, 1).data();
    kernels.add(x, 1, view);
    kernels.gate(GatedActivation.SILU, x, x, 1, view);
    kernels.rmsNorm(x, 1, weight, 1e-5f, view);
    if (cols % 2 == 0) {
      RopeAngles angles = new RopeAngles(arena, 3, RopeAngles.inverseFrequencies(cols, 10_000));
      angles.fill(3, 3);
      kernels.rotate(view, 1, angles, RopeStyle.HALF);
    }
    for (int t = 0; t < 3; t++) {
      for (int col = 0; col < 64; col++) {
        boolean inside = t == 1 && col >= 5 && col < 5 + cols;
        assertTrue(
            inside || wide.get(t, col) == before.get(t, col),
            "row %d, column %d".formatted(t, col));
      }
    }
  }

  @Test
  void keepsThePaddingOfCodesZero() {
    Int8Activations codes = Int8Activations.allocate(arena, 2, 130);
    kernels.quantize(gaussian(2, 130, 1), 0, codes);
    for (int col = 130; col < codes.stride(); col++) {
      assertEquals(0, codes.code(0, col));
    }
  }

  FloatMatrix gaussian(int rows, int cols, double spread) {
    FloatMatrix matrix = FloatMatrix.allocate(arena, rows, cols);
    for (int row = 0; row < rows; row++) {
      for (int col = 0; col < cols; col++) {
        matrix.set(row, col, (float) (random.nextGaussian() * spread));
      }
    }
    return matrix;
  }

  FloatMatrix copy(FloatMatrix source) {
    FloatMatrix copy = FloatMatrix.allocate(arena, source.rows(), source.cols());
    copy.data().copyFrom(source.data());
    return copy;
  }

  static void assertSame(FloatMatrix expected, FloatMatrix actual) {
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
