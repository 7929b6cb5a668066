package dev.tern.quant;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.quicktheories.QuickTheory.qt;
import static org.quicktheories.generators.SourceDSL.integers;
import static org.quicktheories.generators.SourceDSL.longs;

import dev.tern.tensor.Shape;
import dev.tern.tensor.Tensor;
import dev.tern.tensor.TensorType;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class LowBitCodecTest {
  private static final Shape SHAPE = Shape.of(3, 512);
  private static final float NOT_A_HALF = 0.1f;
  private static final float TENTH_IN_HALF = 0.099975586f;

  static Stream<TensorType> lowBit() {
    return Arrays.stream(TensorType.values()).filter(TensorType::isLowBit);
  }

  static Stream<TensorType> ternary() {
    return lowBit().filter(type -> type != TensorType.Q1_0);
  }

  private static byte[] codes(TensorType type, long seed, int count) {
    boolean hasTwo = type == TensorType.Q2_0 || type == TensorType.Q2_0_G128;
    return new SplitMix(seed).codes(count, type == TensorType.Q1_0, hasTwo);
  }

  private static boolean storesSingle(TensorType type) {
    return type == TensorType.I2_S || type == TensorType.I2_S_ARM64 || type == TensorType.IQ2_BN;
  }

  @ParameterizedTest
  @EnumSource(TensorType.class)
  void everyTypeHasItsCodecAndExactlyTheLowBitOnesHaveCodes(TensorType type) {
    assertEquals(type, Codecs.of(type).type());
    assertEquals(type.isLowBit(), Codecs.lowBit(type).isPresent());
  }

  @ParameterizedTest
  @MethodSource("lowBit")
  void givesBackTheCodesItWasGivenAndTheScaleAsPreciselyAsItStoresIt(TensorType type) {
    byte[] codes = codes(type, 1, (int) SHAPE.elements());
    Tensor tensor = Encoded.codes(type, SHAPE, codes, NOT_A_HALF);
    assertArrayEquals(codes, Encoded.codes(tensor));
    float expected = storesSingle(type) ? NOT_A_HALF : TENTH_IN_HALF;
    assertEquals(expected, Encoded.lowBit(type).dequantScale(tensor, 2, 0));
    float[] values = Encoded.values(tensor);
    for (int i = 0; i < codes.length; i++) {
      assertEquals(codes[i] * expected, values[i]);
    }
  }

  @ParameterizedTest
  @MethodSource("lowBit")
  void encodingDecodedValuesAgainChangesNothing(TensorType type) {
    byte[] codes = new SplitMix(2).codes((int) SHAPE.elements(), type == TensorType.Q1_0, false);
    Tensor once = Encoded.codes(type, SHAPE, codes, 0.25f);
    Tensor twice = Encoded.values(type, SHAPE, Encoded.values(once));
    assertArrayEquals(Encoded.bytes(once), Encoded.bytes(twice));
  }

  @Test
  void anyTernaryCodesSurviveTheWayThroughAllEncodings() {
    List<TensorType> types = ternary().toList();
    qt().withFixedSeed(1)
        .withExamples(100)
        .forAll(longs().all(), integers().between(1, 4), integers().between(1, 3))
        .checkAssert((seed, rows, blocks) -> {
          Shape shape = Shape.of(rows, blocks * 256L);
          byte[] codes = new SplitMix(seed).codes((int) shape.elements(), false, false);
          Tensor tensor = Encoded.codes(TensorType.I2_S, shape, codes, 0.5f);
          byte[] original = Encoded.bytes(tensor);
          for (TensorType type : types) {
            tensor = repack(tensor, type);
          }
          assertArrayEquals(original, Encoded.bytes(repack(tensor, TensorType.I2_S)));
        });
  }

  private static Tensor repack(Tensor tensor, TensorType type) {
    byte[] bytes = new byte[(int) type.byteSize(tensor.shape())];
    Encoded.lowBit(type)
        .encodeCodes(CodeSource.of(tensor), tensor.shape(), MemorySegment.ofArray(bytes));
    return Encoded.tensor(type, tensor.shape(), bytes);
  }

  @Test
  void rowsOfI2sMayShareBlocks() {
    int[][] shapes = {{2, 64}, {4, 96}, {128, 1}, {8, 16}, {128, 3}, {4, 8640}, {32, 5460}};
    for (TensorType type : List.of(TensorType.I2_S, TensorType.I2_S_ARM64)) {
      for (int[] shape : shapes) {
        Shape matrix = Shape.of(shape[0], shape[1]);
        byte[] codes = new SplitMix(3).codes((int) matrix.elements(), false, false);
        Tensor tensor = Encoded.codes(type, matrix, codes, NOT_A_HALF);
        assertArrayEquals(codes, Encoded.codes(tensor));
        Tensor row = Encoded.codes(type, Shape.of(1, matrix.elements()), codes, NOT_A_HALF);
        assertArrayEquals(Encoded.bytes(row), Encoded.bytes(tensor));
      }
    }
  }

  @Test
  void theI2sEncoderTakesSignsAboveOneMillionthAndTheLargestMagnitudeForItsScale() {
    float[] values = new float[128];
    values[0] = 1e-6f;
    values[1] = Math.nextUp(1e-6f);
    values[2] = -0.3f;
    values[3] = 0.2f;
    Tensor tensor = Encoded.values(TensorType.I2_S, Shape.of(1, 128), values);
    assertEquals(0.3f, Encoded.lowBit(TensorType.I2_S).dequantScale(tensor, 0, 0));
    assertArrayEquals(new byte[] {0, 1, -1, 1, 0}, Arrays.copyOf(Encoded.codes(tensor), 5));
  }

  @Test
  void theBitnetRowEncodersCutAtHalfTheLargestMagnitudeOfARow() {
    for (TensorType type : List.of(TensorType.IQ1_BN, TensorType.IQ2_BN)) {
      float[] values = new float[128];
      values[5] = 0.5f;
      values[6] = -1;
      values[7] = Math.nextDown(0.5f);
      Tensor tensor = Encoded.values(type, Shape.of(2, 64), values);
      byte[] codes = Encoded.codes(tensor);
      assertArrayEquals(new byte[] {1, -1, 0}, Arrays.copyOfRange(codes, 5, 8));
      assertEquals(1, Encoded.lowBit(type).dequantScale(tensor, 0, 0));
      assertEquals(0, Encoded.lowBit(type).dequantScale(tensor, 1, 0));
      assertEquals(1, codes[64], "a row of zeros has the scale 0 and codes that do not matter");
    }
  }

  @Test
  void theTailOfI2sIsWrittenAsZerosAndReadAsAnything() {
    byte[] codes = new SplitMix(4).codes(128, false, false);
    Tensor tensor = Encoded.codes(TensorType.I2_S, Shape.of(1, 128), codes, 0.5f);
    byte[] bytes = Encoded.bytes(tensor);
    assertArrayEquals(new byte[28], Arrays.copyOfRange(bytes, 36, 64));
    Arrays.fill(bytes, 36, 64, (byte) 0xFF);
    Tensor garbage = Encoded.tensor(TensorType.I2_S, Shape.of(1, 128), bytes);
    assertArrayEquals(Encoded.values(tensor), Encoded.values(garbage));
  }

  @Test
  void theUnusedPairOfBitsDecodesToPlusTwoAndIsNotEncoded() {
    for (TensorType type : List.of(TensorType.I2_S, TensorType.TQ2_0, TensorType.IQ2_BN)) {
      Shape shape = Shape.of(1, 256);
      byte[] bytes = new byte[(int) type.byteSize(shape)];
      Arrays.fill(bytes, (byte) 0xFF);
      byte[] twos = Encoded.codes(Encoded.tensor(type, shape, bytes));
      byte[] expected = new byte[256];
      Arrays.fill(expected, (byte) 2);
      assertArrayEquals(expected, twos);
      assertRefused("row 0, column 0", () -> Encoded.codes(type, shape, twos, 1));
    }
  }

  @Test
  void anyByteOfBaseThreeDecodesToTernaryCodes() {
    for (TensorType type : List.of(TensorType.TQ1_0, TensorType.IQ1_BN)) {
      for (int value = 0; value < 256; value++) {
        byte[] bytes = new byte[(int) type.byteSize(Shape.of(1, 256))];
        Arrays.fill(bytes, (byte) value);
        for (byte code : Encoded.codes(Encoded.tensor(type, Shape.of(1, 256), bytes))) {
          assertTrue(Math.abs(code) <= 1);
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("lowBit")
  void refusesCodesItDoesNotHave(TensorType type) {
    for (int code : new int[] {-128, -2, 0, 2, 3, 127}) {
      byte[] codes = new byte[512];
      Arrays.fill(codes, (byte) 1);
      codes[300] = (byte) code;
      boolean held =
          switch (type) {
            case Q1_0 -> false;
            case Q2_0, Q2_0_G128 -> code == 0 || code == 2;
            default -> code == 0;
          };
      if (held) {
        assertArrayEquals(codes, Encoded.codes(Encoded.codes(type, Shape.of(1, 512), codes, 1)));
      } else {
        assertRefused(
            "row 1, column 44: %s has no code %d".formatted(type, code),
            () -> Encoded.codes(type, Shape.of(2, 256), codes, 1));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("lowBit")
  void refusesTwoScalesInOneGroup(TensorType type) {
    byte[] bytes = new byte[(int) type.byteSize(SHAPE)];
    CodeSource source =
        (row, codes, dequantScales) -> {
          Arrays.fill(codes, (byte) 1);
          Arrays.fill(dequantScales, 0.5f);
          dequantScales[row == 2 ? 511 : 0] = row == 2 ? 0.25f : 0.5f;
        };
    assertRefused(
        "row 2, column 511: the scale 0.25 cannot join 0.5",
        () -> Encoded.lowBit(type).encodeCodes(source, SHAPE, MemorySegment.ofArray(bytes)));
  }

  @ParameterizedTest
  @MethodSource("ternary")
  void theScaleOfACodeZeroDoesNotMatter(TensorType type) {
    byte[] bytes = new byte[(int) type.byteSize(SHAPE)];
    CodeSource source =
        (row, codes, dequantScales) -> {
          for (int col = 0; col < codes.length; col++) {
            codes[col] = (byte) (col % 2);
            dequantScales[col] = col % 2 == 1 ? 0.5f : Float.NaN;
          }
        };
    Encoded.lowBit(type).encodeCodes(source, SHAPE, MemorySegment.ofArray(bytes));
    float[] values = Encoded.values(Encoded.tensor(type, SHAPE, bytes));
    for (int i = 0; i < values.length; i++) {
      assertEquals(i % 2 * 0.5f, values[i]);
    }
  }

  @ParameterizedTest
  @MethodSource("ternary")
  void aGroupOfZerosKeepsTheScaleItCameWith(TensorType type) {
    Tensor tensor = Encoded.codes(type, SHAPE, new byte[(int) SHAPE.elements()], 0.5f);
    assertEquals(0.5f, Encoded.lowBit(type).dequantScale(tensor, 1, 0));
    assertArrayEquals(new float[(int) SHAPE.elements()], Encoded.values(tensor));
  }

  @Test
  void groupsMayDifferInScaleWhereTheEncodingStoresThemApart() {
    CodeSource source =
        (row, codes, dequantScales) -> {
          Arrays.fill(codes, (byte) 1);
          Arrays.fill(dequantScales, 2);
          Arrays.fill(dequantScales, 0, 256, row == 1 ? 8 : 2);
        };
    byte[] bytes = new byte[(int) TensorType.TQ2_0.byteSize(SHAPE)];
    Encoded.lowBit(TensorType.TQ2_0).encodeCodes(source, SHAPE, MemorySegment.ofArray(bytes));
    Tensor tensor = Encoded.tensor(TensorType.TQ2_0, SHAPE, bytes);
    assertEquals(8, Encoded.lowBit(TensorType.TQ2_0).dequantScale(tensor, 1, 0));
    assertEquals(2, Encoded.lowBit(TensorType.TQ2_0).dequantScale(tensor, 1, 1));
    assertRefused("row 1, column 256", () -> repack(tensor, TensorType.IQ2_BN));
    assertRefused("row 1, column 0", () -> repack(tensor, TensorType.I2_S));
  }

  @ParameterizedTest
  @MethodSource("lowBit")
  void refusesScalesThatAreNotFiniteOrTooLargeForTheField(TensorType type) {
    byte[] codes = codes(type, 5, (int) SHAPE.elements());
    for (float scale : new float[] {Float.NaN, Float.POSITIVE_INFINITY}) {
      assertRefused(scale + " is not finite", () -> Encoded.codes(type, SHAPE, codes, scale));
    }
    if (storesSingle(type)) {
      Tensor tensor = Encoded.codes(type, SHAPE, codes, Float.MAX_VALUE);
      assertEquals(Float.MAX_VALUE, Encoded.lowBit(type).dequantScale(tensor, 0, 0));
    } else {
      assertRefused(
          "row 0, from column 0: too large for " + type,
          () -> Encoded.codes(type, SHAPE, codes, 65_520));
      Encoded.codes(type, SHAPE, codes, 65_519);
    }
  }

  private static void assertRefused(String message, Runnable action) {
    IllegalArgumentException refusal = assertThrows(IllegalArgumentException.class, action::run);
    assertTrue(refusal.getMessage().contains(message), refusal.getMessage());
  }
}
