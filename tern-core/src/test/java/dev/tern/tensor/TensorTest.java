package dev.tern.tensor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tern.tensor.TensorType.Resolution;
import java.lang.foreign.MemorySegment;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class TensorTest {
  @Test
  void aShapeIsRowsOfContiguousColumns() {
    Shape shape = Shape.of(2, 3, 4);
    assertEquals(3, shape.rank());
    assertEquals(24, shape.elements());
    assertEquals(4, shape.cols());
    assertEquals(6, shape.rows());
    assertEquals(2, shape.dimension(0));
    assertEquals("[2, 3, 4]", shape.toString());
    assertEquals(1, Shape.of(7).rows());
    assertEquals(7, Shape.of(7).cols());
    assertEquals(1, Shape.of().elements());
    assertEquals(1, Shape.of().cols());
    assertEquals(0, Shape.of(5, 0).elements());
    assertEquals(Shape.of(2, 3), Shape.of(2, 3));
    assertEquals(Shape.of(2, 3).hashCode(), Shape.of(2, 3).hashCode());
    assertNotEquals(Shape.of(2, 3), Shape.of(3, 2));
    assertNotEquals(Shape.of(6), Shape.of(1, 6));
  }

  @Test
  void aShapeKeepsItsDimensionsAndRefusesImpossibleOnes() {
    long[] dimensions = {2, 3};
    Shape shape = Shape.of(dimensions);
    dimensions[0] = 9;
    assertEquals(2, shape.dimension(0));
    assertThrows(IllegalArgumentException.class, () -> Shape.of(2, -1));
    assertThrows(ArithmeticException.class, () -> Shape.of(1L << 32, 1L << 32));
  }

  /// Sizes of a matrix of 2 rows and 256 columns (formats page, sections 1.2 and 2).
  @ParameterizedTest
  @CsvSource({
    "F32, 0, 2048", "F16, 1, 1024", "BF16, 30, 1024", "Q8_0, 8, 544", "Q4_0, 2, 288",
    "Q4_K, 12, 288", "Q6_K, 14, 420", "I2_S, 36, 160", "I2_S_ARM64, 36, 160", "TQ1_0, 34, 108",
    "TQ2_0, 35, 132", "Q1_0, 41, 72", "Q2_0, 42, 144", "Q2_0_G128, 42, 136", "IQ1_BN, 134, 108",
    "IQ2_BN, 135, 136"
  })
  void everyEncodingHasItsNumberAndSize(TensorType type, int id, long bytes) {
    assertEquals(id, type.id());
    assertEquals(bytes, type.byteSize(Shape.of(2, 256)));
  }

  @Test
  void onlyWholeBlocksCanBeHeld() {
    assertTrue(TensorType.Q8_0.canHold(Shape.of(3, 32)));
    assertFalse(TensorType.Q8_0.canHold(Shape.of(32, 3)));
    assertFalse(TensorType.TQ1_0.canHold(Shape.of(2, 128)));
    // Blocks of I2_S run on over rows.
    assertTrue(TensorType.I2_S.canHold(Shape.of(4, 32)));
    assertFalse(TensorType.I2_S.canHold(Shape.of(3, 32)));
    IllegalArgumentException refusal =
        assertThrows(
            IllegalArgumentException.class, () -> TensorType.Q6_K.byteSize(Shape.of(2, 100)));
    assertTrue(refusal.getMessage().contains("multiple of 256 columns"), refusal.getMessage());
    assertThrows(
        ArithmeticException.class, () -> TensorType.F32.byteSize(Shape.of(1L << 31, 1L << 31)));
  }

  @ParameterizedTest
  @EnumSource
  void namesFindEncodingsInAnyCase(TensorType type) {
    assertEquals(type, TensorType.byName(type.name()));
    assertEquals(type, TensorType.byName(type.name().toLowerCase(Locale.ROOT)));
  }

  @Test
  void unknownNamesAreAnsweredWithAllThatAreKnown() {
    IllegalArgumentException refusal =
        assertThrows(IllegalArgumentException.class, () -> TensorType.byName("Q9"));
    assertTrue(refusal.getMessage().contains("TQ2_0"), refusal.getMessage());
  }

  @Test
  void numbersMeanTheirUsualEncodings() {
    assertEquals(new Resolution.Known(TensorType.I2_S), TensorType.resolve(36));
    assertEquals(new Resolution.Known(TensorType.Q2_0), TensorType.resolve(42));
    assertEquals(new Resolution.Known(TensorType.F32), TensorType.resolve(0));
  }

  @ParameterizedTest
  @ValueSource(ints = {3, 10, 31, 37, 38, 39, 40, 142, 143, 335, 4, -1, Integer.MAX_VALUE})
  void foreignNumbersHaveANameAndAdvice(int id) {
    Resolution.Foreign foreign = assertInstanceOf(Resolution.Foreign.class, TensorType.resolve(id));
    assertEquals(id, foreign.id());
    assertFalse(foreign.name().isBlank());
    assertTrue(foreign.advice().contains("use ") || foreign.advice().contains("convert"));
  }

  @Test
  void aTensorHasExactlyItsBytes() {
    MemorySegment data = MemorySegment.ofArray(new byte[24]);
    Tensor tensor = new Tensor("t", TensorType.F32, Shape.of(3, 2), data);
    assertEquals(3, tensor.rows());
    assertEquals(2, tensor.cols());
    assertEquals(32, tensor.bitsPerElement());
    IllegalArgumentException refusal =
        assertThrows(
            IllegalArgumentException.class,
            () -> new Tensor("t", TensorType.F32, Shape.of(7), data));
    assertTrue(refusal.getMessage().contains("28 bytes"), refusal.getMessage());
  }
}
