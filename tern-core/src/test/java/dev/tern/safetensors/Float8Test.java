package dev.tern.safetensors;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class Float8Test {
  private static float e4m3(int bits) {
    return Float8.e4m3((byte) bits);
  }

  private static float e5m2(int bits) {
    return Float8.e5m2((byte) bits);
  }

  @Test
  void everyNumberIsTheNearestToItself() {
    for (int bits = 0; bits < 256; bits++) {
      if (Float.isFinite(e4m3(bits))) {
        assertEquals((byte) bits, Float8.toE4m3(e4m3(bits)));
      }
      if (Float.isFinite(e5m2(bits))) {
        assertEquals((byte) bits, Float8.toE5m2(e5m2(bits)));
      }
    }
  }

  /// Compared with all numbers that there are, which an even last bit decides between.
  @Test
  void roundsToTheNearestAndOfTwoToTheEven() {
    Random random = new Random(5);
    for (int trial = 0; trial < 2000; trial++) {
      float value = (float) (random.nextGaussian() * Math.scalb(1.0, random.nextInt(-20, 8)));
      if (Math.abs(value) < Float8.MAX_E4M3) {
        assertEquals(nearest(value, true), e4m3(Float8.toE4m3(value)), "of " + value);
      }
      assertEquals(nearest(value, false), e5m2(Float8.toE5m2(value)), "of " + value);
    }
    for (int bits = 0; bits < 0x7E; bits++) {
      float between = (e4m3(bits) + e4m3(bits + 1)) / 2;
      assertEquals((bits + 1) & ~1, Float8.toE4m3(between));
    }
    for (int bits = 0; bits < 0x7B; bits++) {
      float between = (e5m2(bits) + e5m2(bits + 1)) / 2;
      assertEquals((bits + 1) & ~1, Float8.toE5m2(between));
    }
  }

  private static float nearest(float value, boolean four) {
    float best = 0;
    for (int bits = 0; bits < 256; bits++) {
      float candidate = four ? e4m3(bits) : e5m2(bits);
      if (Float.isFinite(candidate) && Math.abs(candidate - value) < Math.abs(best - value)) {
        best = candidate;
      }
    }
    // A negative number that becomes 0 keeps its sign.
    return best == 0 ? Math.copySign(0f, value) : best;
  }

  @ParameterizedTest
  @CsvSource({"464, 448", "-464, -448", "1e-30, 0", "-1e-30, -0.0", "1.4e-45, 0"})
  void roundsAtTheEnds(float value, float expected) {
    assertEquals(expected, e4m3(Float8.toE4m3(value)));
  }

  @ParameterizedTest
  @ValueSource(floats = {464.01f, -1e30f, Float.NaN, Float.POSITIVE_INFINITY})
  void refusesWhatIsBeyond(float value) {
    assertThrows(ArithmeticException.class, () -> Float8.toE4m3(value));
  }

  @ParameterizedTest
  @ValueSource(floats = {61_440, -1e30f, Float.NaN, Float.NEGATIVE_INFINITY})
  void refusesWhatIsBeyondTheWider(float value) {
    assertThrows(ArithmeticException.class, () -> Float8.toE5m2(value));
  }
}
