package dev.tern.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Random;
import org.junit.jupiter.api.Test;

class RopeAnglesTest {
  @Test
  void takesTheCosinesAndSinesOfTheReference() {
    Random random = new Random(9);
    float[] inverse = RopeAngles.inverseFrequencies(128, 500_000);
    for (int i = 0; i < 300_000; i++) {
      float angle = random.nextInt(131_072) * inverse[random.nextInt(inverse.length)];
      assertEquals((float) StrictMath.cos(angle), RopeAngles.cos(angle));
      assertEquals((float) StrictMath.sin(angle), RopeAngles.sin(angle));
    }
    for (float angle : new float[] {0f, Float.MIN_VALUE, 1e-20f, Float.MAX_VALUE}) {
      assertEquals((float) StrictMath.cos(angle), RopeAngles.cos(angle));
      assertEquals((float) StrictMath.sin(angle), RopeAngles.sin(angle));
    }
    assertEquals(Float.NaN, RopeAngles.sin(Float.POSITIVE_INFINITY));
  }
}
