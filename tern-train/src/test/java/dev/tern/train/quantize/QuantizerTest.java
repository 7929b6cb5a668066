package dev.tern.train.quantize;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.GradientCollector;
import dev.tern.quant.Absmax;
import dev.tern.quant.Absmean;
import dev.tern.train.TestEngine;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class QuantizerTest {
  private static final int ROWS = 12;
  private static final int COLS = 32;

  static Stream<float[]> matrices() {
    RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(3);
    float[] normal = new float[ROWS * COLS];
    float[] tiny = new float[ROWS * COLS];
    float[] wide = new float[ROWS * COLS];
    float[] ties = new float[ROWS * COLS];
    for (int i = 0; i < normal.length; i++) {
      normal[i] = (float) (random.nextGaussian() * 0.02);
      tiny[i] = (float) (random.nextGaussian() * 1e-7);
      wide[i] = (float) (random.nextGaussian() * Math.pow(10, random.nextInt(-20, 15)));
      // Half of the mean magnitude, which is 1, and odd halves of activation steps.
      ties[i] = List.of(0.5f, -0.5f, 1.5f, -1.5f, 1f, -1f, 2f, 0f).get(i % 8);
    }
    float[] oneToken = new float[ROWS * COLS];
    oneToken[COLS] = -3;
    return Stream.of(normal, tiny, wide, ties, oneToken, new float[ROWS * COLS]);
  }

  @ParameterizedTest
  @MethodSource("matrices")
  void ternaryWeightsEqualTheCores(float[] values) {
    Absmean core =
        Absmean.of(
            (row, into) -> System.arraycopy(values, (int) row * COLS, into, 0, COLS),
            dev.tern.tensor.Shape.of(ROWS, COLS));
    float[] expected = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      expected[i] = core.code(values[i]);
    }
    try (NDManager manager = TestEngine.manager()) {
      Quantized found =
          new TernaryWeights().quantize(manager.create(values, new Shape(ROWS, COLS)), 1);
      assertArrayEquals(expected, found.codes().toFloatArray());
      if (!isOfOneMagnitude(values)) {
        assertEquals(core.dequantScale(), found.scale().getFloat(0));
      }
    }
  }

  /// The core takes such a tensor for one that was rounded before.
  private static boolean isOfOneMagnitude(float[] values) {
    float largest = 0;
    for (float value : values) {
      largest = Math.max(largest, Math.abs(value));
    }
    for (float value : values) {
      if (value != 0 && Math.abs(value) != largest) {
        return false;
      }
    }
    return true;
  }

  @ParameterizedTest
  @MethodSource("matrices")
  void int8ActivationsEqualTheCores(float[] values) {
    try (NDManager manager = TestEngine.manager()) {
      Quantized found =
          new Int8Activations().quantize(manager.create(values, new Shape(ROWS, COLS)), 1);
      float[] codes = found.codes().toFloatArray();
      float[] scales = found.scale().toFloatArray();
      for (int row = 0; row < ROWS; row++) {
        float[] token = java.util.Arrays.copyOfRange(values, row * COLS, (row + 1) * COLS);
        Absmax core = Absmax.of(token);
        assertEquals(1 / core.quantScale(), scales[row]);
        for (int col = 0; col < COLS; col++) {
          assertEquals(core.code(token[col]), codes[row * COLS + col]);
        }
      }
    }
  }

  @Test
  void binaryWeightsAreSignsAroundTheMeanWithAScaleOfSixteenBits() {
    float[] values = {0.5f, -0.25f, 0.1f, 0.3f, -0.7f, 0.05f};
    // Their mean is 0, up to rounding, and that of their magnitudes 19/60.
    try (NDManager manager = TestEngine.manager()) {
      Quantized found = new BinaryWeights().quantize(manager.create(values, new Shape(2, 3)), 1);
      assertArrayEquals(new float[] {1, -1, 1, 1, -1, 1}, found.codes().toFloatArray());
      float scale = found.scale().getFloat(0);
      assertEquals(1.9f / 6, scale, 2e-4f);
      assertEquals(Float.float16ToFloat(Float.floatToFloat16(scale)), scale);
      Quantized shifted =
          new BinaryWeights()
              .quantize(manager.create(new float[] {2, 3, 4, 3}, new Shape(2, 2)), 1);
      assertArrayEquals(new float[] {-1, -1, 1, -1}, shifted.codes().toFloatArray());
    }
  }

  @ParameterizedTest
  @MethodSource("matrices")
  void gradientsPassAsIfNothingWereRounded(float[] values) {
    for (WeightQuantizer quantizer : List.of(new TernaryWeights(), new BinaryWeights())) {
      assertIdentityGradient(values, array -> quantizer.quantize(array, 1));
      assertIdentityGradient(values, array -> quantizer.quantize(array, 0.3));
    }
    assertIdentityGradient(values, array -> new Int8Activations().quantize(array, 1));
  }

  private static void assertIdentityGradient(
      float[] values, java.util.function.Function<NDArray, Quantized> quantizer) {
    RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(5);
    float[] upstream = new float[values.length];
    for (int i = 0; i < upstream.length; i++) {
      upstream[i] = random.nextFloat() - 0.5f;
    }
    try (NDManager manager = TestEngine.manager()) {
      NDArray array = manager.create(values, new Shape(ROWS, COLS));
      array.setRequiresGradient(true);
      try (GradientCollector collector = TestEngine.get().newGradientCollector()) {
        Quantized quantized = quantizer.apply(array);
        NDArray rounded = quantized.codes().mul(quantized.scale());
        collector.backward(rounded.mul(manager.create(upstream, new Shape(ROWS, COLS))).sum());
      }
      assertArrayEquals(upstream, array.getGradient().toFloatArray(), 1e-6f);
    }
  }

  @Test
  void aWarmUpMovesFromTheValuesToTheRoundedOnes() {
    float[] values = {0.3f, -0.9f, 0.02f, 1.4f};
    try (NDManager manager = TestEngine.manager()) {
      NDArray array = manager.create(values, new Shape(2, 2));
      Quantized none = new TernaryWeights().quantize(array, 0);
      assertArrayEquals(values, none.codes().mul(none.scale()).toFloatArray(), 1e-6f);
      Quantized half = new TernaryWeights().quantize(array, 0.5);
      Quantized all = new TernaryWeights().quantize(array, 1);
      float[] halfway = half.codes().mul(half.scale()).toFloatArray();
      float[] rounded = all.codes().mul(all.scale()).toFloatArray();
      for (int i = 0; i < values.length; i++) {
        assertEquals((values[i] + rounded[i]) / 2, halfway[i], 1e-6f);
      }
    }
  }
}
