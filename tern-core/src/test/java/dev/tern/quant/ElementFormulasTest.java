package dev.tern.quant;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.tern.tensor.Shape;
import dev.tern.tensor.Tensor;
import dev.tern.tensor.TensorType;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Every decoder against the formula of its elements, on bytes that may be anything.
class ElementFormulasTest {
  private static final Shape SHAPE = Shape.of(2, 3, 512);

  @ParameterizedTest
  @EnumSource(TensorType.class)
  void decodesWhateverTheBytesSay(TensorType type) {
    for (int seed = 0; seed < 4; seed++) {
      assertDecodes(type, SHAPE, seed);
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = TensorType.class,
      names = {"I2_S", "I2_S_ARM64"})
  void decodesRowsThatShareBlocks(TensorType type) {
    int[][] shapes = {
      {2, 64}, {4, 96}, {128, 1}, {1, 128}, {3, 128}, {128, 3}, {8, 80}, {4, 8640}, {32, 5460}
    };
    for (int[] shape : shapes) {
      assertDecodes(type, Shape.of(shape[0], shape[1]), 5);
    }
  }

  private static void assertDecodes(TensorType type, Shape shape, int seed) {
    byte[] bytes = new SplitMix(seed).bytes((int) type.byteSize(shape));
    Tensor tensor = Encoded.tensor(type, shape, bytes);
    ElementFormulas formulas = new ElementFormulas(tensor);
    float[] values = Encoded.values(tensor);
    int cols = tensor.cols();
    for (int i = 0; i < values.length; i++) {
      assertEquals(formulas.value(i / cols, i % cols), values[i], "element " + i);
    }
    if (type.isLowBit()) {
      byte[] codes = Encoded.codes(tensor);
      int group = Encoded.lowBit(type).scaleGroup();
      for (int i = 0; i < codes.length; i++) {
        assertEquals(formulas.code(i / cols, i % cols), codes[i], "element " + i);
        assertEquals(
            formulas.scale(i / cols, i % cols),
            Encoded.lowBit(type).dequantScale(tensor, i / cols, i % cols / group));
      }
    }
  }
}
