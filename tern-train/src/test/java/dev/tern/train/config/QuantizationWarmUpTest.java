package dev.tern.train.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tern.train.config.QuantizationWarmUp.Curve;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class QuantizationWarmUpTest {
  @ParameterizedTest
  @CsvSource({
    "LINEAR, 0, 0", "LINEAR, 25, 0.25", "LINEAR, 100, 1",
    "EXPONENTIAL, 0, 0", "EXPONENTIAL, 25, 0.68359375", "EXPONENTIAL, 50, 0.9375",
    "SIGMOID, 50, 0.5", "SIGMOID, 75, 0.924142", "SIGMOID, 100, 1"
  })
  void followsItsCurve(Curve curve, long step, double lambda) {
    assertEquals(lambda, new QuantizationWarmUp(curve, 100).lambda(step), 1e-6);
  }

  @ParameterizedTest
  @EnumSource(Curve.class)
  void neverFalls(Curve curve) {
    QuantizationWarmUp warmUp = new QuantizationWarmUp(curve, 50);
    for (int step = 0; step < 60; step++) {
      assertTrue(warmUp.lambda(step + 1) >= warmUp.lambda(step), curve + " at " + step);
    }
  }

  @Test
  void withoutOneAllIsQuantizedFromTheFirstStep() {
    assertEquals(1, QuantizationWarmUp.NONE.lambda(0));
  }
}
