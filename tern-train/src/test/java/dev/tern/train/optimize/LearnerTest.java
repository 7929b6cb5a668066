package dev.tern.train.optimize;

import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDManager;
import dev.tern.train.TestEngine;
import dev.tern.train.config.ActivationMethod;
import dev.tern.train.config.BlockStyle;
import dev.tern.train.config.ModelSettings;
import dev.tern.train.config.OptimizerSettings;
import dev.tern.train.config.WeightMethod;
import dev.tern.train.data.TokenBatch;
import dev.tern.train.network.CausalLanguageModel;
import dev.tern.train.network.CrossEntropy;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LearnerTest {
  private static final int VOCABULARY = 61;

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
      Learner learner =
          new Learner(
              engine,
              manager,
              model,
              new CrossEntropy(),
              new OptimizerSettings(4e-3, 2e-3, 10, 0.5, 0.1, 0.9, 0.95, 1e-8, 1),
              200);
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
