package dev.tern.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

class SamplesTest {
  @Test
  void statisticsAreThoseOfTextbooks() {
    Samples samples = new Samples(List.of(9.0, 2.0, 4.0, 5.0));
    assertEquals(4.5, samples.median());
    assertEquals(5, samples.mean());
    assertEquals(Math.sqrt(26 / 3.0), samples.standardDeviation(), 1e-12);
    assertEquals(2, samples.least());
    assertEquals(9, samples.most());
    assertEquals(4, new Samples(List.of(4.0, 1.0, 7.0)).median());
    assertEquals(0, new Samples(List.of(4.0)).standardDeviation());
  }
}
