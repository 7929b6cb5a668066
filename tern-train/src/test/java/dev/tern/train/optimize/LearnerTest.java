package dev.tern.train.optimize;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDManager;
import dev.tern.train.TestEngine;
import dev.tern.train.config.ActivationMethod;
import dev.tern.train.config.BlockStyle;
import dev.tern.train.config.DistillationSettings;
import dev.tern.train.config.ModelSettings;
import dev.tern.train.config.OptimizerSettings;
import dev.tern.train.config.WeightMethod;
import dev.tern.train.data.TokenBatch;
import dev.tern.train.network.CausalLanguageModel;
import dev.tern.train.network.CrossEntropy;
import dev.tern.train.network.Distillation;
import dev.tern.train.network.Objective;
import java.nio.file.Path;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LearnerTest {
  private static final int VOCABULARY = 61;
  private static final OptimizerSettings SETTINGS =
      new OptimizerSettings(4e-3, 2e-3, 10, 0.5, 0.1, 0.9, 0.95, 1e-8, 1);

  @ParameterizedTest
  @CsvSource({
    "BITNET, TERNARY, INT8",
    "BITNET, BINARY, INT8",
    "LLAMA, TERNARY, INT8",
    "LLAMA, FULL, FULL"
  })
  void overfitsOneBatch(BlockStyle style, WeightMethod weights, ActivationMethod activations) {
    Engine engine = TestEngine.get();
    try (NDManager manager = TestEngine.manager()) {
      ModelSettings settings =
          new ModelSettings(style, weights, activations, 64, 2, 4, 2, 128, 32, 10_000, 1e-5f, true);
      CausalLanguageModel model =
          CausalLanguageModel.create(settings, VOCABULARY, CausalLanguageModel.random(1), manager);
      Learner learner = new Learner(engine, manager, model, new CrossEntropy(), SETTINGS, 200);
      TokenBatch batch = randomBatch(4, 24);
      double first = learner.step(0, 1, List.of(batch)).loss();
      double last = first;
      for (int step = 1; step < 200; step++) {
        last = learner.step(step, 1, List.of(batch)).loss();
      }
      assertTrue(Math.abs(first - Math.log(VOCABULARY)) < 0.5, "begins at " + first);
      assertTrue(last < 0.05, "ends at " + last);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void leavesNothingBehindAfterAStep(boolean distilled) {
    Engine engine = TestEngine.get();
    try (NDManager manager = TestEngine.manager()) {
      CausalLanguageModel model = model(BlockStyle.BITNET, WeightMethod.TERNARY, manager);
      Objective objective = new CrossEntropy();
      if (distilled) {
        CausalLanguageModel teacher = model(BlockStyle.LLAMA, WeightMethod.FULL, manager);
        objective =
            new Distillation(
                teacher, model, new DistillationSettings(Path.of("teacher"), 0.5, 5, 0.1, 1));
      }
      Learner learner = new Learner(engine, manager, model, objective, SETTINGS, 200);
      // Shorter than the context, so that angles are cut, and as long as it.
      List<TokenBatch> batches = List.of(randomBatch(2, 24), randomBatch(2, 32));
      learner.step(0, 1, batches);
      learner.step(1, 1, batches);
      int before = manager.getManagedArrays().size();
      for (int step = 2; step < 5; step++) {
        learner.step(step, 1, batches);
      }
      assertEquals(before, manager.getManagedArrays().size());
    }
  }

  private static CausalLanguageModel model(
      BlockStyle style, WeightMethod weights, NDManager manager) {
    ActivationMethod activations =
        weights == WeightMethod.FULL ? ActivationMethod.FULL : ActivationMethod.INT8;
    return CausalLanguageModel.create(
        new ModelSettings(style, weights, activations, 64, 2, 4, 2, 128, 32, 10_000, 1e-5f, true),
        VOCABULARY,
        CausalLanguageModel.random(1),
        manager);
  }

  private static TokenBatch randomBatch(int sequences, int length) {
    RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(7);
    int tokens = sequences * length;
    int[] inputs = new int[tokens];
    int[] targets = new int[tokens];
    for (int row = 0; row < sequences; row++) {
      int next = random.nextInt(VOCABULARY);
      for (int col = 0; col < length; col++) {
        inputs[row * length + col] = next;
        next = random.nextInt(VOCABULARY);
        targets[row * length + col] = next;
      }
    }
    return new TokenBatch(sequences, length, inputs, targets, new int[tokens]);
  }
}
