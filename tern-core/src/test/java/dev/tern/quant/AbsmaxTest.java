package dev.tern.quant;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.quicktheories.QuickTheory.qt;
import static org.quicktheories.generators.SourceDSL.integers;
import static org.quicktheories.generators.SourceDSL.longs;

import org.junit.jupiter.api.Test;

class AbsmaxTest {
  private static byte[] codes(float... values) {
    byte[] codes = new byte[values.length];
    Absmax.of(values).quantize(values, codes);
    return codes;
  }

  @Test
  void makesTheLargestMagnitude127() {
    assertArrayEquals(new byte[] {127, -127, 64, 0}, codes(2, -2, 1.01f, -0f));
    assertEquals(63.5f, Absmax.of(new float[] {2, -2, 1.01f}).quantScale());
  }

  @Test
  void takesTiesToEven() {
    assertArrayEquals(new byte[] {127, 0, 2, 2, 0, -2}, codes(127, 0.5f, 1.5f, 2.5f, -0.5f, -1.5f));
  }

  @Test
  void doesNotDivideByLessThanTheSmallestMaximum() {
    assertEquals(127 / 1e-5f, Absmax.of(new float[] {0, -0f}).quantScale());
    assertArrayEquals(new byte[] {0, 0}, codes(0, -0f));
    assertArrayEquals(new byte[] {13, 0}, codes(1e-6f, Float.MIN_VALUE));
    assertEquals(127 / 1e-5f, Absmax.of(new float[0]).quantScale());
  }

  @Test
  void reachesTheLargestFloat() {
    assertArrayEquals(new byte[] {127, -127}, codes(Float.MAX_VALUE, -Float.MAX_VALUE));
  }

  @Test
  void turnsAllCodesToZeroWhereAValueIsNotANumber() {
    assertTrue(Float.isNaN(Absmax.of(new float[] {1, Float.NaN}).quantScale()));
    assertArrayEquals(new byte[] {0, 0}, codes(1, Float.NaN));
  }

  @Test
  void staysWithinHalfAStepAndNeverNeedsMinus128() {
    qt().withFixedSeed(1)
        .withExamples(500)
        .forAll(longs().all(), integers().between(1, 300), integers().between(-15, 30))
        .checkAssert((seed, count, exponent) -> {
          float[] values = new SplitMix(seed).units(count);
          for (int i = 0; i < count; i++) {
            values[i] = Math.scalb(values[i], exponent);
          }
          Absmax absmax = Absmax.of(values);
          byte[] codes = codes(values);
          for (int i = 0; i < count; i++) {
            assertTrue(codes[i] >= -127);
            double exact = (double) values[i] * absmax.quantScale();
            // The product is rounded to 32 bits before it is rounded to an integer.
            assertEquals(exact, codes[i], 0.5 + 127 * 0x1p-24);
          }
        });
  }
}
