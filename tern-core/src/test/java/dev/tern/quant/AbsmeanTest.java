package dev.tern.quant;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tern.tensor.Shape;
import dev.tern.tensor.TensorType;
import org.junit.jupiter.api.Test;

class AbsmeanTest {
  private static Absmean measure(float... weights) {
    return Absmean.of(source(weights), Shape.of(1, weights.length));
  }

  private static RowSource source(float... weights) {
    return (row, values) -> System.arraycopy(weights, 0, values, 0, weights.length);
  }

  private static byte[] codes(float... weights) {
    byte[] codes = new byte[weights.length];
    measure(weights).codes(source(weights)).read(0, codes, new float[weights.length]);
    return codes;
  }

  @Test
  void dividesByTheMeanMagnitudeRoundsAndClamps() {
    float[] weights = {0.1f, -0.2f, 3, -1.5f, 0.7f, 0};
    Absmean absmean = measure(weights);
    float mean = (float) ((0.1f + 0.2 + 3 + 1.5 + 0.7f) / 6);
    assertEquals(1 / mean, absmean.quantScale(), Math.ulp(absmean.quantScale()));
    assertEquals(1 / absmean.quantScale(), absmean.dequantScale());
    assertArrayEquals(new byte[] {0, 0, 1, -1, 1, 0}, codes(weights));
  }

  @Test
  void takesTiesToEven() {
    // The mean is 1, so that the first two are exactly half of it.
    assertArrayEquals(new byte[] {0, 0, 1, -1}, codes(0.5f, -0.5f, 1.5f, -1.5f));
  }

  @Test
  void sumsMoreThanThirtyTwoBitsCouldHold() {
    int cols = 1 << 20;
    Absmean absmean =
        Absmean.of(
            (row, values) -> {
              for (int col = 0; col < cols; col++) {
                values[col] = col % 2 == 0 ? 1 : 1 + 0x1p-20f;
              }
            },
            Shape.of(32, cols));
    assertEquals(1 / (1 + 0x1p-21f), absmean.quantScale());
  }

  @Test
  void doesNotGoBelowTheSmallestMean() {
    assertEquals(1 / 1e-5f, measure(1e-7f, -3e-7f).quantScale());
    assertEquals(1 / 1e-5f, measure(0, -0f).quantScale());
    assertArrayEquals(new byte[] {0, 0}, codes(0, -0f));
  }

  @Test
  void keepsTheScaleOfWeightsThatAreTernaryAlready() {
    float s = 0.016689582f;
    assertEquals(new Absmean(1 / s, s), measure(s, 0, -s, 0, 0, -0f, 0));
    assertArrayEquals(new byte[] {1, 0, -1, 0, 0}, codes(s, 0, -s, 0, 0));
    assertEquals(new Absmean(1 / s, s), measure(s, -s, s));
    assertEquals(new Absmean(1e30f, 1e-30f), measure(1e-30f, 0, 0));
    assertArrayEquals(new byte[] {1, 0, -1}, codes(1e-30f, 0, -1e-30f));
  }

  @Test
  void threeValuesOfDifferentMagnitudesAreNotTernaryYet() {
    Absmean absmean = measure(1, 2, 3);
    assertEquals(0.5f, absmean.quantScale());
  }

  @Test
  void subnormalWeightsCountAsZeros() {
    assertArrayEquals(new byte[] {0, 0}, codes(Float.MIN_VALUE, -Float.MIN_VALUE));
  }

  @Test
  void refusesWeightsThatAreNotFinite() {
    IllegalArgumentException refusal =
        assertThrows(IllegalArgumentException.class, () -> measure(1, Float.NaN));
    assertTrue(refusal.getMessage().startsWith("row 0, column 1"));
  }

  @Test
  void leadsMasterWeightsIntoAnyTernaryEncodingWithItsScale() {
    float[] weights = new SplitMix(1).units(256);
    Absmean absmean = measure(weights);
    byte[] codes = codes(weights);
    Shape shape = Shape.of(1, 256);
    float[] values =
        Encoded.values(Encoded.codes(TensorType.I2_S, shape, codes, absmean.dequantScale()));
    for (int i = 0; i < weights.length; i++) {
      float fakeQuantized =
          (float) Math.clamp(Math.rint(weights[i] * absmean.quantScale()), -1, 1)
              / absmean.quantScale();
      assertEquals(fakeQuantized, values[i], 0);
    }
  }
}
