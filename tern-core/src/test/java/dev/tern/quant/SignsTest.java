package dev.tern.quant;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tern.tensor.Shape;
import dev.tern.tensor.Tensor;
import dev.tern.tensor.TensorType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SignsTest {
  private static final Shape SHAPE = Shape.of(1, 128);

  /// Normal, but not around 0.
  private static float[] weights() {
    Random random = new Random(3);
    float[] weights = new float[128];
    for (int i = 0; i < weights.length; i++) {
      weights[i] = (float) (random.nextGaussian() + 0.3);
    }
    return weights;
  }

  private static RowSource source(float[] weights) {
    return (_, values) -> System.arraycopy(weights, 0, values, 0, weights.length);
  }

  @Test
  void eachGroupHasItsMeanMagnitude() {
    byte[] codes = new byte[5];
    float[] scales = new float[5];
    RowSource source = source(new float[] {1, -3, 0, -0f, 5});
    Signs.codes(source, Shape.of(1, 5), 2).read(0, codes, scales);
    assertArrayEquals(new byte[] {1, -1, 1, 1, 1}, codes);
    assertArrayEquals(new float[] {2, 2, 0, 0, 5}, scales);
  }

  @Test
  void areWhatTheBinaryEncodingTakes() {
    RowSource source = source(weights());
    MemorySegment expected = Arena.ofAuto().allocate(TensorType.Q1_0.byteSize(SHAPE));
    MemorySegment actual = Arena.ofAuto().allocate(TensorType.Q1_0.byteSize(SHAPE));
    Codecs.of(TensorType.Q1_0).encode(source, SHAPE, expected);
    Codecs.lowBit(TensorType.Q1_0)
        .orElseThrow()
        .encodeCodes(Signs.codes(source, SHAPE, 128), SHAPE, actual);
    assertEquals(-1, expected.mismatch(actual));
    float[] row = new float[128];
    RowSource.of(new Tensor("t", TensorType.Q1_0, SHAPE, actual)).read(0, row);
    assertTrue(row[0] != 0);
  }

  /// What the first BitNet does in training would lose more here.
  @Test
  void loseLessThanSignsAroundTheMean() {
    float[] weights = weights();
    byte[] codes = new byte[128];
    float[] scales = new float[128];
    Signs.codes(source(weights), SHAPE, 128).read(0, codes, scales);
    double mean = 0;
    for (float weight : weights) {
      mean += weight / 128;
    }
    double signs = 0;
    double centred = 0;
    for (int i = 0; i < 128; i++) {
      signs += Math.pow(weights[i] - codes[i] * scales[i], 2);
      centred += Math.pow(weights[i] - Math.signum(weights[i] - mean) * scales[i], 2);
    }
    assertTrue(signs < centred, signs + " and " + centred);
  }

  @Test
  void refusesWhatIsNoNumber() {
    CodeSource codes = Signs.codes(source(new float[] {1, Float.NaN}), Shape.of(1, 2), 2);
    IllegalArgumentException refusal =
        assertThrows(
            IllegalArgumentException.class, () -> codes.read(0, new byte[2], new float[2]));
    assertTrue(refusal.getMessage().startsWith("row 0, column 1: NaN"), refusal.getMessage());
  }
}
