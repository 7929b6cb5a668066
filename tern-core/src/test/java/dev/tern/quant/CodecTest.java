package dev.tern.quant;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tern.tensor.Shape;
import dev.tern.tensor.Tensor;
import dev.tern.tensor.TensorType;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// What all codecs have in common: refusals, extreme values, and how far encoding may stray.
class CodecTest {
  private static final Shape SHAPE = Shape.of(2, 256);
  private static final int ELEMENTS = 512;
  private static final float HALF_MAX = 65_504;

  /// Half precision keeps 11 bits.
  private static final float HALF_ERROR = 0x1p-11f;

  private static final float HALF_OF_LEAST_HALF = 0x1p-25f;

  @ParameterizedTest
  @EnumSource(TensorType.class)
  void refusesValuesThatAreNotFiniteAndNamesTheirPlace(TensorType type) {
    for (float value : new float[] {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY}) {
      float[] values = new float[ELEMENTS];
      values[256 + 5] = value;
      assertRefused(
          "row 1, column 5: %s is not".formatted(value), () -> Encoded.values(type, SHAPE, values));
    }
  }

  @ParameterizedTest
  @EnumSource(TensorType.class)
  void refusesValuesTooLargeForItsScaleAndNamesTheirPlace(TensorType type) {
    for (float value : new float[] {Float.MAX_VALUE, -Float.MAX_VALUE, 1e30f, -1e18f, 1e11f}) {
      float[] values = new SplitMix(1).units(ELEMENTS);
      values[256 + 37] = value;
      boolean reaches =
          switch (type) {
            case F32, I2_S, I2_S_ARM64, IQ2_BN -> true;
            case BF16 -> Math.abs(value) < Float.MAX_VALUE;
            default -> false;
          };
      if (reaches) {
        assertTrue(Float.isFinite(Encoded.values(Encoded.values(type, SHAPE, values))[256 + 37]));
      } else {
        assertRefused("row 1, ", () -> Encoded.values(type, SHAPE, values));
      }
    }
  }

  @ParameterizedTest
  @EnumSource(TensorType.class)
  void refusesMemoryOfAnotherSize(TensorType type) {
    for (int difference : new int[] {-1, 1}) {
      byte[] bytes = new byte[(int) type.byteSize(SHAPE) + difference];
      MemorySegment segment = MemorySegment.ofArray(bytes);
      assertRefused(
          "takes " + (bytes.length - difference),
          () -> Codecs.of(type).encode((row, values) -> {}, SHAPE, segment));
    }
  }

  @ParameterizedTest
  @EnumSource(TensorType.class)
  void refusesShapesThatDoNotFillItsBlocks(TensorType type) {
    if (type.blockElements() > 1) {
      Shape shape = Shape.of(1, type.blockElements() + 1);
      MemorySegment none = MemorySegment.ofArray(new byte[0]);
      assertRefused(
          "multiple of " + type.blockElements(),
          () -> Codecs.of(type).encode((row, values) -> {}, shape, none));
    }
  }

  @ParameterizedTest
  @EnumSource(TensorType.class)
  void refusesRowsThatDoNotExistAndArraysThatAreTooShort(TensorType type) {
    Tensor tensor = Encoded.values(type, SHAPE, new float[ELEMENTS]);
    Codec codec = Codecs.of(type);
    float[] values = new float[256];
    assertThrows(IndexOutOfBoundsException.class, () -> codec.decodeRow(tensor, -1, values));
    assertThrows(IndexOutOfBoundsException.class, () -> codec.decodeRow(tensor, 2, values));
    assertThrows(IndexOutOfBoundsException.class, () -> codec.decodeRow(tensor, 0, new float[255]));
    if (codec instanceof LowBitCodec lowBit) {
      byte[] codes = new byte[256];
      assertThrows(IndexOutOfBoundsException.class, () -> lowBit.decodeCodes(tensor, 2, codes));
      assertThrows(
          IndexOutOfBoundsException.class, () -> lowBit.decodeCodes(tensor, 0, new byte[255]));
      assertThrows(IndexOutOfBoundsException.class, () -> lowBit.dequantScale(tensor, 2, 0));
      assertThrows(IndexOutOfBoundsException.class, () -> lowBit.dequantScale(tensor, 0, 4));
    }
  }

  @ParameterizedTest
  @EnumSource(TensorType.class)
  void refusesATensorOfAnotherEncoding(TensorType type) {
    for (TensorType other : TensorType.values()) {
      if (other != type) {
        Tensor tensor = Encoded.values(other, SHAPE, new float[ELEMENTS]);
        assertRefused(
            "encoded as %s, not as %s".formatted(other, type),
            () -> Codecs.of(type).decodeRow(tensor, 0, new float[256]));
      }
    }
  }

  @Test
  void refusesCodesOfAnEncodingWithoutThem() {
    Tensor tensor = Encoded.values(TensorType.Q8_0, SHAPE, new float[ELEMENTS]);
    assertRefused("test is Q8_0", () -> CodeSource.of(tensor));
  }

  @ParameterizedTest
  @EnumSource(TensorType.class)
  void zerosOfEitherSignStayZeros(TensorType type) {
    float[] zeros = new float[ELEMENTS];
    Arrays.fill(zeros, 0, 300, -0f);
    for (float value : Encoded.values(Encoded.values(type, SHAPE, zeros))) {
      assertEquals(0, Math.abs(value));
    }
  }

  @ParameterizedTest
  @EnumSource(TensorType.class)
  void equalValuesComeBackAlmostAsTheyWere(TensorType type) {
    float relative = type == TensorType.BF16 ? 0x1p-8f : 2 * HALF_ERROR;
    for (float value : new float[] {1, -1, 0.1f, -1000, HALF_MAX, -HALF_MAX, 0x1p-14f, -2e-6f}) {
      float[] values = new float[ELEMENTS];
      Arrays.fill(values, value);
      float tolerance = Math.abs(value) * relative + mostUnits(type) * HALF_OF_LEAST_HALF;
      for (float decoded : Encoded.values(Encoded.values(type, SHAPE, values))) {
        assertEquals(value, decoded, tolerance, () -> type + " " + value);
      }
    }
  }

  /// How often the half-precision unit of a block is counted in its largest value.
  private static int mostUnits(TensorType type) {
    return switch (type) {
      case F32, BF16, I2_S, I2_S_ARM64, IQ2_BN -> 0;
      case F16, TQ1_0, TQ2_0, Q1_0, Q2_0, Q2_0_G128, IQ1_BN -> 1;
      case Q8_0 -> 127;
      case Q4_0 -> 8;
      case Q4_K -> 63 * 15;
      case Q6_K -> 128 * 32;
    };
  }

  @ParameterizedTest
  @EnumSource(TensorType.class)
  void anOutlierIsKeptAtTheCostOfTheOthers(TensorType type) {
    for (float outlier : new float[] {1000, -1000}) {
      float[] values = new float[ELEMENTS];
      values[100] = outlier;
      float[] decoded = Encoded.values(Encoded.values(type, SHAPE, values));
      if (type == TensorType.Q1_0) {
        assertEquals(outlier / 128, decoded[100], Math.abs(outlier / 128) * HALF_ERROR);
      } else {
        assertEquals(outlier, decoded[100], Math.abs(outlier) * 2 * HALF_ERROR);
        assertEquals(0, decoded[101], Math.abs(outlier) * HALF_ERROR);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(TensorType.class)
  void subnormalValuesNeitherFailNorGrow(TensorType type) {
    float[] values = new float[ELEMENTS];
    for (int i = 0; i < ELEMENTS; i++) {
      values[i] = (i % 3 - 1) * Float.MIN_VALUE * (1 + i);
    }
    float[] decoded = Encoded.values(Encoded.values(type, SHAPE, values));
    for (int i = 0; i < ELEMENTS; i++) {
      assertTrue(Math.abs(decoded[i]) <= ELEMENTS * Float.MIN_VALUE, () -> type.toString());
    }
    if (type == TensorType.F32) {
      assertArrayEquals(values, decoded);
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = TensorType.class,
      names = {"F16", "BF16", "Q8_0", "Q4_0", "Q4_K", "Q6_K"})
  void strayNoFurtherThanTheirStep(TensorType type) {
    for (int seed = 0; seed < 20; seed++) {
      float[] values = new SplitMix(seed).units(ELEMENTS);
      float[] decoded = Encoded.values(Encoded.values(type, SHAPE, values));
      for (int i = 0; i < ELEMENTS; i++) {
        float bound = errorBound(type, values, i);
        assertEquals(values[i], decoded[i], bound);
      }
    }
  }

  /// How far element i may come back from where it was.
  private static float errorBound(TensorType type, float[] values, int i) {
    int block = Math.max(1, type.blockElements());
    float absmax = 0;
    for (int e = i / block * block; e < i / block * block + block; e++) {
      absmax = Math.max(absmax, Math.abs(values[e]));
    }
    return switch (type) {
      case F16 -> Math.max(Math.abs(values[i]) * HALF_ERROR, 0x1p-25f);
      case BF16 -> Math.abs(values[i]) * 0x1p-8f;
      // Half a step, and the rounding of the scale times the largest code.
      case Q8_0 -> absmax / 127 * (0.5f + 127 * HALF_ERROR);
      // A whole step at the end where code 16 would be needed.
      case Q4_0 -> absmax / 8 * (1 + 8 * HALF_ERROR);
      // A step of the coarsest group, and the rounding of its scale and offset to 6 bits.
      case Q4_K -> 2 * absmax / 15 * (0.5f + 15 / 126f + 15 / 126f + 32 * HALF_ERROR);
      // A step, as the last range tried would need code 64.9; and the rounding of the group's
      // scale to a 128th of the coarsest.
      case Q6_K -> absmax / 31 * (1 + 32 / 256f + 32 * HALF_ERROR);
      default -> throw new IllegalStateException();
    };
  }

  @ParameterizedTest
  @EnumSource(
      value = TensorType.class,
      names = {"Q8_0", "Q4_0", "Q6_K"})
  void multiplesOfAPowerOfTwoUpToTheLargestCodeAreExact(TensorType type) {
    int most = type == TensorType.Q8_0 ? 127 : type == TensorType.Q4_0 ? 7 : 31;
    float[] values = new float[ELEMENTS];
    SplitMix random = new SplitMix(8);
    for (int i = 0; i < ELEMENTS; i++) {
      int multiple = (int) Math.floorMod(random.next(), 2L * most + 1) - most;
      boolean first = i % 16 == 0;
      values[i] = 0.125f * (first ? (type == TensorType.Q8_0 ? most : -most - 1) : multiple);
    }
    assertArrayEquals(values, Encoded.values(Encoded.values(type, SHAPE, values)));
  }

  @Test
  void halvesRoundToTheNearestAndTiesToEven() {
    for (int bits = 0; bits < 0x7BFF; bits++) {
      float low = Float.float16ToFloat((short) bits);
      float high = Float.float16ToFloat((short) (bits + 1));
      float middle = (low + high) / 2;
      float even = bits % 2 == 0 ? low : high;
      float[] values = {low, middle, Math.nextDown(middle), Math.nextUp(middle), -middle, -low};
      float[] expected = {low, even, low, high, -even, -low};
      assertArrayEquals(
          expected, Encoded.values(Encoded.values(TensorType.F16, Shape.of(6), values)));
    }
  }

  @Test
  void brainFloatsRoundToTheNearestAndTiesToEven() {
    for (int bits = 0; bits < 0x7F7F; bits++) {
      float low = Float.intBitsToFloat(bits << 16);
      float high = Float.intBitsToFloat((bits + 1) << 16);
      float middle = Float.intBitsToFloat((bits << 16) + 0x8000);
      float even = bits % 2 == 0 ? low : high;
      float[] values = {low, middle, Math.nextDown(middle), Math.nextUp(middle), -middle, -low};
      float[] expected = {low, even, low, high, -even, -low};
      assertArrayEquals(
          expected, Encoded.values(Encoded.values(TensorType.BF16, Shape.of(6), values)));
    }
  }

  @Test
  void everyHalfAndEveryBrainFloatDecodesAndComesBack() {
    for (TensorType type : new TensorType[] {TensorType.F16, TensorType.BF16}) {
      byte[] bytes = new byte[2 * 65_536];
      for (int bits = 0; bits < 65_536; bits++) {
        bytes[2 * bits] = (byte) bits;
        bytes[2 * bits + 1] = (byte) (bits >> 8);
      }
      float[] values = Encoded.values(Encoded.tensor(type, Shape.of(65_536), bytes));
      ElementFormulas formulas = new ElementFormulas(Encoded.tensor(type, Shape.of(65_536), bytes));
      for (int bits = 0; bits < 65_536; bits++) {
        assertEquals(formulas.value(0, bits), values[bits]);
        if (Float.isFinite(values[bits])) {
          byte[] again = Encoded.bytes(Encoded.values(type, Shape.of(1), values[bits]));
          assertArrayEquals(Arrays.copyOfRange(bytes, 2 * bits, 2 * bits + 2), again);
        }
      }
    }
  }

  @Test
  void roundsAsCDoes() {
    float[] values = {0.5f, 1.5f, 2.5f, -0.5f, -1.5f, 0.49999997f, -0.49999997f, 8_388_609f};
    int[] away = {1, 2, 3, -1, -2, 0, 0, 8_388_609};
    int[] even = {0, 2, 2, 0, -2, 0, 0};
    for (int i = 0; i < values.length; i++) {
      assertEquals(away[i], Rounding.halfAway(values[i]));
    }
    for (int i = 0; i < even.length; i++) {
      assertEquals(even[i], Rounding.nearest(values[i]));
    }
    assertEquals(0, Rounding.halfAway(Float.NaN));
    assertEquals(0, Rounding.nearest(Float.NaN));
    assertEquals(-4_194_304, Rounding.nearest(Float.POSITIVE_INFINITY));
  }

  private static void assertRefused(String message, Runnable action) {
    IllegalArgumentException refusal = assertThrows(IllegalArgumentException.class, action::run);
    assertTrue(refusal.getMessage().contains(message), refusal.getMessage());
  }
}
