package dev.tern.train.optimize;

import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.tern.train.TestEngine;
import dev.tern.train.config.OptimizerSettings;
import dev.tern.train.network.Parameter;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class AdamWTest {
  private static final OptimizerSettings SETTINGS =
      new OptimizerSettings(1, 1, 0, 1, 0.1, 0.9, 0.95, 1e-8, 0);

  /// Three steps with one number, next to the paper's equations in double precision.
  @ParameterizedTest
  @EnumSource(Parameter.Role.class)
  void isWhatItsPaperSays(Parameter.Role role) {
    double[] gradients = {0.5, -2, 0.03};
    double learningRate = 0.01;
    double decay = role == Parameter.Role.NORM ? 0 : 0.1;
    double weight = 1.5;
    double first = 0;
    double second = 0;
    try (NDManager manager = TestEngine.manager()) {
      NDArray value = manager.create(new float[] {1.5f});
      Parameter parameter = new Parameter("w", value, role);
      AdamW optimizer = new AdamW(SETTINGS, List.of(parameter), manager);
      for (int step = 0; step < gradients.length; step++) {
        double gradient = gradients[step];
        first = 0.9 * first + 0.1 * gradient;
        second = 0.95 * second + 0.05 * gradient * gradient;
        double mean = first / (1 - Math.pow(0.9, step + 1.0));
        double square = second / (1 - Math.pow(0.95, step + 1.0));
        weight -= learningRate * (mean / (Math.sqrt(square) + 1e-8) + decay * weight);
        optimizer.update(
            parameter, manager.create(new float[] {(float) gradient}), step, learningRate, 0.1);
        assertEquals(weight, value.getFloat(0), 1e-6);
      }
    }
  }
}
