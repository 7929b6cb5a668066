package dev.tern.train.network;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.GradientCollector;
import dev.tern.train.TestEngine;
import dev.tern.train.config.ActivationMethod;
import dev.tern.train.config.BlockStyle;
import dev.tern.train.config.DistillationSettings;
import dev.tern.train.config.ModelSettings;
import dev.tern.train.config.WeightMethod;
import dev.tern.train.data.TokenBatch;
import dev.tern.train.quantize.BinaryWeights;
import dev.tern.train.quantize.Int8Activations;
import dev.tern.train.quantize.Quantized;
import dev.tern.train.quantize.TernaryWeights;
import dev.tern.train.quantize.WeightQuantizer;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Gradients against finite differences, and those through quantizers against their definition.
class GradientTest {
  private static final int VOCABULARY = 11;

  @Test
  void ofANorm() {
    check(new Shape(3, 8), x -> new RmsNorm(random(x, new Shape(8), 5), 1e-5f).apply(x));
    check(new Shape(8), w -> new RmsNorm(w, 1e-5f).apply(random(w, new Shape(3, 8), 6)));
  }

  @Test
  void ofRotaryPositions() {
    check(new Shape(2, 4, 3, 8), x -> Rope.of(x.getManager(), 6, 8, 100).apply(x));
  }

  @ParameterizedTest
  @EnumSource(BlockStyle.class)
  void ofAFeedForwardNetwork(BlockStyle style) {
    check(
        new Shape(3, 4),
        x ->
            new FeedForward(
                    style,
                    random(x, new Shape(6, 4), 1),
                    random(x, new Shape(6, 4), 2),
                    random(x, new Shape(4, 6), 3),
                    Optional.of(new RmsNorm(random(x, new Shape(6), 4), 1e-2f)))
                .apply(new FullLinear(), x));
  }

  @Test
  void ofAttentionWithGroupedQueries() {
    int[] documents = {0, 0, 1, 1, 1, 0, 0, 0, 0, 1};
    check(
        new Shape(10, 8),
        x ->
            new Attention(
                    full(8, 4, 2),
                    random(x, new Shape(8, 8), 1),
                    random(x, new Shape(4, 8), 2),
                    random(x, new Shape(4, 8), 3),
                    random(x, new Shape(8, 8), 4),
                    Optional.empty())
                .apply(
                    new FullLinear(),
                    x,
                    Rope.of(x.getManager(), 5, 2, 100),
                    AttentionMask.of(x.getManager(), documents, 2, 5),
                    HeadObserver.NONE));
  }

  @Test
  void ofTheLossOfAWholeModel() {
    checkModel(new CrossEntropy(), full(8, 2, 1));
  }

  @Test
  void ofDistillation() {
    ModelSettings settings = full(8, 2, 1);
    try (NDManager manager = TestEngine.manager()) {
      CausalLanguageModel teacher =
          CausalLanguageModel.create(full(12, 2, 1), VOCABULARY, large(9), manager);
      CausalLanguageModel student =
          CausalLanguageModel.create(settings, VOCABULARY, large(1), manager);
      DistillationSettings how = new DistillationSettings(Path.of("t"), 0.4, 2, 0.7, 1);
      checkModel(new Distillation(teacher, student, how), settings);
    }
  }

  /// The first token of a document sees itself alone, so all models agree on its relations.
  @Test
  void relationsAreOfWhatAttentionSeesAndOfTokensWithTargets() {
    int none = TokenBatch.IGNORED;
    assertEquals(0, relations(new int[] {5, none, none, 9, 3, none, none, none}), 1e-4);
    assertTrue(relations(new int[] {5, 2, none, 9, 3, none, none, none}) > 1e-3);
  }

  private static double relations(int[] targets) {
    try (NDManager manager = TestEngine.manager()) {
      CausalLanguageModel teacher =
          CausalLanguageModel.create(full(12, 2, 1), VOCABULARY, large(9), manager);
      CausalLanguageModel student =
          CausalLanguageModel.create(full(8, 2, 1), VOCABULARY, large(1), manager);
      TokenBatch batch = new TokenBatch(2, 4, batch().inputs(), targets, batch().documents());
      Objective.Losses losses =
          new Distillation(teacher, student, new DistillationSettings(Path.of("t"), 0, 2, 1, 1))
              .of(student, batch, 1);
      return losses.objective().getFloat() - (double) losses.crossEntropy().getFloat();
    }
  }

  /// That is the definition of the straight-through estimator in a linear layer.
  @Test
  void ofBitLinearAreThoseOfAPlainLayerWithTheRoundedValues() {
    for (WeightQuantizer quantizer : List.of(new TernaryWeights(), new BinaryWeights())) {
      try (NDManager manager = TestEngine.manager()) {
        NDArray x = random(manager, new Shape(5, 16), 1);
        NDArray w = random(manager, new Shape(7, 16), 2);
        NDArray upstream = random(manager, new Shape(5, 7), 3);
        x.setRequiresGradient(true);
        w.setRequiresGradient(true);
        try (GradientCollector collector = TestEngine.get().newGradientCollector()) {
          BitLinear layer = new BitLinear(quantizer, new Int8Activations(), 1);
          collector.backward(layer.apply(layer.prepare(x), w).mul(upstream).sum());
        }
        NDArray roundedX = values(new Int8Activations().quantize(x.stopGradient(), 1));
        NDArray roundedW = values(quantizer.quantize(w.stopGradient(), 1));
        assertArrayEquals(
            upstream.matMul(roundedW).toFloatArray(), x.getGradient().toFloatArray(), 1e-4f);
        assertArrayEquals(
            upstream.transpose().matMul(roundedX).toFloatArray(),
            w.getGradient().toFloatArray(),
            1e-4f);
      }
    }
  }

  private static NDArray values(Quantized quantized) {
    return quantized.codes().mul(quantized.scale());
  }

  /// The engine's own products with numbers free the number's memory too early.
  @ParameterizedTest
  @EnumSource(BlockStyle.class)
  void areTheSameWhenGarbageIsCollectedBetweenForwardAndBackward(BlockStyle style) {
    ModelSettings settings =
        new ModelSettings(
            style,
            WeightMethod.TERNARY,
            ActivationMethod.INT8,
            16,
            2,
            2,
            1,
            32,
            8,
            100,
            1e-5f,
            true);
    try (NDManager manager = TestEngine.manager()) {
      CausalLanguageModel model =
          CausalLanguageModel.create(settings, VOCABULARY, CausalLanguageModel.random(1), manager);
      Map<String, float[]> expected = gradients(model, manager, () -> {});
      Map<String, float[]> found = gradients(model, manager, GradientTest::reuseFreedMemory);
      expected.forEach((name, values) -> assertArrayEquals(values, found.get(name), name));
    }
  }

  private static void reuseFreedMemory() {
    System.gc();
    try {
      Thread.sleep(100);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
    for (int i = 0; i < 5000; i++) {
      ByteBuffer.allocateDirect(4).asFloatBuffer().put(0, Float.MAX_VALUE);
    }
  }

  private static Map<String, float[]> gradients(
      CausalLanguageModel model, NDManager manager, Runnable between) {
    Map<String, float[]> gradients = new TreeMap<>();
    try (NDManager scope = manager.newSubManager()) {
      model.parameters().forEach(parameter -> parameter.value().tempAttach(scope));
      try (GradientCollector collector = TestEngine.get().newGradientCollector()) {
        NDArray loss = new CrossEntropy().of(model, batch(), 1).objective();
        between.run();
        collector.backward(loss);
      }
      for (Parameter parameter : model.parameters()) {
        NDArray gradient = parameter.value().getGradient();
        gradients.put(parameter.name(), gradient.toFloatArray());
        gradient.subi(gradient.duplicate());
      }
    }
    return gradients;
  }

  private static void checkModel(Objective objective, ModelSettings settings) {
    try (NDManager manager = TestEngine.manager()) {
      CausalLanguageModel model =
          CausalLanguageModel.create(settings, VOCABULARY, large(1), manager);
      try (GradientCollector collector = TestEngine.get().newGradientCollector()) {
        collector.backward(objective.of(model, batch(), 1).objective());
      }
      for (Parameter parameter : model.parameters()) {
        float[] gradient = parameter.value().getGradient().toFloatArray();
        float[] values = parameter.value().toFloatArray();
        for (int i = 0; i < values.length; i += Math.max(1, values.length / 4)) {
          double slope = slope(objective, model, parameter, values, i);
          assertEquals(
              slope, gradient[i], 0.02 * Math.abs(slope) + 0.02, parameter.name() + " " + i);
        }
      }
    }
  }

  private static double slope(
      Objective objective,
      CausalLanguageModel model,
      Parameter parameter,
      float[] values,
      int index) {
    float step = 4e-3f;
    double[] results = new double[2];
    for (int side = 0; side < 2; side++) {
      float[] moved = values.clone();
      moved[index] += side == 0 ? -step : step;
      parameter.value().set(FloatBuffer.wrap(moved));
      results[side] = objective.of(model, batch(), 1).objective().getFloat();
    }
    parameter.value().set(FloatBuffer.wrap(values));
    return (results[1] - results[0]) / (2.0 * step);
  }

  /// Weights that are large enough for differences to be seen in 32 bits.
  private static CausalLanguageModel.Source large(long seed) {
    return entry -> {
      float[] values = CausalLanguageModel.random(seed).values(entry);
      if (entry.role() != Parameter.Role.NORM) {
        for (int i = 0; i < values.length; i++) {
          values[i] *= 20;
        }
      }
      return values;
    };
  }

  private static ModelSettings full(int hidden, int heads, int kvHeads) {
    return new ModelSettings(
        BlockStyle.LLAMA,
        WeightMethod.FULL,
        ActivationMethod.FULL,
        hidden,
        2,
        heads,
        kvHeads,
        12,
        8,
        100,
        1e-5f,
        false);
  }

  private static TokenBatch batch() {
    return new TokenBatch(
        2,
        4,
        new int[] {1, 5, 2, 7, 3, 3, 0, 10},
        new int[] {5, 2, TokenBatch.IGNORED, 9, 3, 0, 10, 4},
        new int[] {0, 0, 0, 1, 0, 0, 0, 0});
  }

  /// Compares the derivatives of a random linear function of the result by each input.
  private static void check(Shape shape, Function<NDArray, NDArray> operation) {
    try (NDManager manager = TestEngine.manager()) {
      NDArray input = random(manager, shape, 11);
      float[] values = input.toFloatArray();
      input.setRequiresGradient(true);
      try (GradientCollector collector = TestEngine.get().newGradientCollector()) {
        NDArray output = operation.apply(input);
        collector.backward(output.mul(random(output, output.getShape(), 12)).sum());
      }
      float[] gradient = input.getGradient().toFloatArray();
      float step = 1e-2f;
      for (int i = 0; i < values.length; i++) {
        double[] results = new double[2];
        for (int side = 0; side < 2; side++) {
          float[] moved = values.clone();
          moved[i] += side == 0 ? -step : step;
          NDArray output = operation.apply(manager.create(moved, shape));
          results[side] = output.mul(random(output, output.getShape(), 12)).sum().getFloat();
        }
        double slope = (results[1] - results[0]) / (2.0 * step);
        assertEquals(slope, gradient[i], 0.02 * Math.abs(slope) + 0.01, "input " + i);
      }
    }
  }

  private static NDArray random(NDArray like, Shape shape, long seed) {
    return random(like.getManager(), shape, seed);
  }

  private static NDArray random(NDManager manager, Shape shape, long seed) {
    RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
    float[] values = new float[(int) shape.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return manager.create(values, shape);
  }
}
