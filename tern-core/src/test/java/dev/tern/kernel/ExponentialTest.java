package dev.tern.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class ExponentialTest {
  /// The documented bound, in units in the last place.
  private static final double ULPS = 2;

  @Test
  void staysWithinItsBoundOverTheWholeRange() {
    double worst = 0;
    for (float x = Exponential.LEAST; x <= Exponential.MOST; x += 0.000_7f) {
      double exact = Math.exp(x);
      double error = Math.abs(Exponential.exp(x) - exact) / Math.ulp((float) exact);
      worst = Math.max(worst, error);
    }
    assertTrue(worst <= ULPS, "worst error " + worst + " ulp");
  }

  @Test
  void isExactAtZeroAndMonotonousAtTheEdges() {
    assertEquals(1f, Exponential.exp(0f));
    assertEquals(1f, Exponential.exp(-0f));
    assertEquals(0f, Exponential.exp(Float.NEGATIVE_INFINITY));
    assertEquals(0f, Exponential.exp(Math.nextDown(Exponential.LEAST)));
    assertTrue(Exponential.exp(Exponential.LEAST) >= Float.MIN_NORMAL);
    assertTrue(Exponential.exp(Exponential.MOST) <= Float.MAX_VALUE);
    assertEquals(Float.POSITIVE_INFINITY, Exponential.exp(Math.nextUp(Exponential.MOST)));
    assertEquals(Float.NaN, Exponential.exp(Float.NaN));
  }
}
