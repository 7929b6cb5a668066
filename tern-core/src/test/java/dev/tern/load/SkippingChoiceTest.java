package dev.tern.load;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SkippingChoiceTest {
  /// The first are random weights, the last but one what the break-even is.
  @ParameterizedTest
  @CsvSource({"0.5, 0.67, false", "0, 1, false", "0.6, 0.6, true", "0.675, 0.84, true"})
  void zerosHaveToBeManyInBothProjectionsTogether(double gates, double inputs, boolean many) {
    assertEquals(many, SkippingChoice.areMany(gates, inputs));
  }
}
