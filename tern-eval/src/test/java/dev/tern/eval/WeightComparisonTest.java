package dev.tern.eval;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tern.I2sLayout;
import dev.tern.eval.WeightDifference.OfCodes;
import dev.tern.eval.WeightDifference.OfValues;
import dev.tern.gguf.GgufFile;
import dev.tern.gguf.GgufWriter;
import dev.tern.quant.Codecs;
import dev.tern.tensor.Shape;
import dev.tern.tensor.TensorType;
import dev.tern.testing.TestData;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class WeightComparisonTest {
  private static final Shape MATRIX = Shape.of(6, 256);
  private static final int ELEMENTS = 6 * 256;

  /// A file in memory.
  private static final class Model {
    private final GgufWriter writer = new GgufWriter();

    static Model empty() {
      return new Model();
    }

    Model codes(String name, TensorType type, byte[] codes, float scale) {
      writer.add(
          name,
          type,
          MATRIX,
          bytes ->
              Codecs.lowBit(type)
                  .orElseThrow()
                  .encodeCodes(
                      (row, target, scales) -> {
                        System.arraycopy(codes, (int) row * 256, target, 0, 256);
                        Arrays.fill(scales, scale);
                      },
                      MATRIX,
                      bytes));
      return this;
    }

    Model floats(String name, Shape shape, float... values) {
      writer.add(
          name,
          TensorType.F32,
          shape,
          bytes -> MemorySegment.copy(values, 0, bytes, ValueLayout.JAVA_FLOAT, 0, values.length));
      return this;
    }

    MemorySegment bytes() {
      try {
        MemorySegment bytes = Arena.ofAuto().allocate(writer.byteSize(), 64);
        writer.write(bytes);
        return bytes;
      } catch (IOException impossible) {
        throw new AssertionError(impossible);
      }
    }

    WeightSource open() {
      return new GgufWeightSource(GgufFile.of("memory", bytes()), I2sLayout.X86_128);
    }
  }

  private static byte[] codes() {
    byte[] codes = new byte[ELEMENTS];
    for (int i = 0; i < ELEMENTS; i++) {
      codes[i] = (byte) (i * 7 % 11 % 3 - 1);
    }
    return codes;
  }

  private static long nonZero() {
    return IntStream.range(0, ELEMENTS).filter(i -> codes()[i] != 0).count();
  }

  private static WeightComparison compare(Model one, Model other) {
    try (WeightSource first = one.open();
        WeightSource second = other.open()) {
      return WeightComparison.of(first, second, _ -> {});
    }
  }

  private static WeightDifference difference(Model one, Model other) {
    return compare(one, other).tensors().getFirst().difference();
  }

  private static Model codes(TensorType type, byte[] codes, float scale) {
    return Model.empty().codes("w", type, codes, scale);
  }

  private static Model floats(float... values) {
    return Model.empty().floats("w", Shape.of(values.length), values);
  }

  @ParameterizedTest
  @EnumSource(names = {"I2_S", "TQ1_0", "TQ2_0", "IQ1_BN", "IQ2_BN", "Q2_0"})
  void findsTheSameCodesAndScalesInEveryEncoding(TensorType type) {
    WeightComparison comparison =
        compare(codes(TensorType.I2_S, codes(), 0.5f), codes(type, codes(), 0.5f));
    assertTrue(comparison.isLossless());
    assertEquals(OfCodes.none(ELEMENTS), comparison.tensors().getFirst().difference());
  }

  @Test
  void countsCodesThatDiffer() {
    byte[] changed = codes();
    for (int i : new int[] {0, 255, 256, ELEMENTS - 1}) {
      changed[i] = (byte) (changed[i] == 1 ? -1 : changed[i] + 1);
    }
    Model one = codes(TensorType.I2_S, codes(), 0.5f);
    Model other = codes(TensorType.TQ1_0, changed, 0.5f);
    assertEquals(new OfCodes(ELEMENTS, 4, 0, 0), difference(one, other));
    assertFalse(compare(one, other).isLossless());
  }

  @Test
  void tellsAScaleThatWasRoundedFromAValueThatWasLost() {
    float half = Float.float16ToFloat(Float.floatToFloat16(0.3f));
    OfCodes rounded =
        (OfCodes)
            difference(
                codes(TensorType.I2_S, codes(), 0.3f), codes(TensorType.TQ2_0, codes(), 0.3f));
    assertEquals(0, rounded.differingCodes());
    assertEquals(nonZero(), rounded.differingScales());
    assertEquals(((double) half - 0.3f) / half, rounded.largestScaleDifference(), 1e-9);
  }

  @Test
  void aScaleOfZerosDoesNotMatter() {
    byte[] zeros = new byte[ELEMENTS];
    assertTrue(
        compare(codes(TensorType.I2_S, zeros, 0.5f), codes(TensorType.TQ2_0, zeros, 0.25f))
            .isLossless());
  }

  @Test
  void paddingDoesNotMatter() {
    MemorySegment bytes = codes(TensorType.I2_S, codes(), 0.5f).bytes();
    // The tail has 32 bytes, of which the first 4 are the scale; it ends the file.
    MemorySegment garbage = Arena.ofAuto().allocate(bytes.byteSize(), 64).copyFrom(bytes);
    garbage.set(ValueLayout.JAVA_BYTE, bytes.byteSize() - 1, (byte) 99);
    MemorySegment scaled = Arena.ofAuto().allocate(bytes.byteSize(), 64).copyFrom(bytes);
    scaled.set(ValueLayout.JAVA_BYTE, bytes.byteSize() - 32 + 3, (byte) 0x40);
    try (WeightSource one = new GgufWeightSource(GgufFile.of("one", bytes), I2sLayout.X86_128);
        WeightSource padded =
            new GgufWeightSource(GgufFile.of("padded", garbage), I2sLayout.X86_128);
        WeightSource other =
            new GgufWeightSource(GgufFile.of("other", scaled), I2sLayout.X86_128)) {
      assertTrue(one.tensor("w").hasBytesOf(padded.tensor("w")));
      assertTrue(WeightComparison.of(one, padded, _ -> {}).isLossless());
      OfCodes difference =
          (OfCodes) WeightComparison.of(one, other, _ -> {}).tensors().getFirst().difference();
      assertEquals(new OfCodes(ELEMENTS, 0, nonZero(), 0.75), difference, "0.5 and 2");
    }
  }

  @Test
  void readsBothLayoutsOfI2s() {
    MemorySegment arm = codes(TensorType.I2_S_ARM64, codes(), 0.5f).bytes();
    try (WeightSource one = codes(TensorType.TQ1_0, codes(), 0.5f).open();
        WeightSource right = new GgufWeightSource(GgufFile.of("arm", arm), I2sLayout.ARM_64);
        WeightSource wrong = new GgufWeightSource(GgufFile.of("arm", arm), I2sLayout.X86_128)) {
      assertTrue(WeightComparison.of(one, right, _ -> {}).isLossless());
      assertFalse(WeightComparison.of(one, wrong, _ -> {}).isLossless());
    }
  }

  @Test
  void measuresHowFarOtherValuesAreApart() {
    OfValues difference = (OfValues) difference(floats(3, 4, 0, -1), floats(3, 4.5f, -0f, -3));
    assertEquals(2, difference.differing());
    assertEquals(2, difference.largest());
    assertEquals(Math.sqrt(4.25 / 4), difference.rms());
    assertEquals(Math.sqrt(4.25 / 26), difference.relative());
    Model ternary = codes(TensorType.I2_S, codes(), 0.5f);
    float[] values = new float[ELEMENTS];
    for (int i = 0; i < ELEMENTS; i++) {
      values[i] = 0.5f * codes()[i];
    }
    Model decoded = Model.empty().floats("w", MATRIX, values);
    OfValues same = (OfValues) difference(ternary, decoded);
    assertTrue(same.isNone());
    assertEquals(0, same.relative());
  }

  @ParameterizedTest
  @CsvSource({"NaN, NaN, 0", "NaN, 1, 1", "Infinity, Infinity, 0", "Infinity, -Infinity, 1"})
  void knowsNumbersThatAreNone(float one, float other, int differing) {
    OfValues difference = (OfValues) difference(floats(one, 1), floats(other, 1));
    assertEquals(differing, difference.differing());
    assertEquals(differing == 0 ? 0 : Double.POSITIVE_INFINITY, difference.largest());
    // Once more where the bytes are not the same, so that every value is looked at.
    OfValues looked = (OfValues) difference(floats(one, 1), floats(other, 2));
    assertEquals(differing + 1, looked.differing());
  }

  @Test
  void addsUpStripesOfLargeTensors() {
    int rows = 700;
    float[] one = new float[rows * 1000];
    float[] other = new float[rows * 1000];
    for (int row = 0; row < rows; row++) {
      other[row * 1000 + row] = row;
    }
    Shape shape = Shape.of(rows, 1000);
    OfValues difference =
        (OfValues)
            difference(
                Model.empty().floats("w", shape, one), Model.empty().floats("w", shape, other));
    assertEquals(rows - 1, difference.differing());
    assertEquals(rows - 1, difference.largest());
    assertEquals(rows * 1000L, difference.elements());
    assertEquals((rows - 1) * rows * (2.0 * rows - 1) / 6, difference.sumOfSquares());
    assertEquals(Double.POSITIVE_INFINITY, difference.relative(), "of nothing");
  }

  @Test
  void namesWhatOneHasAndTheOtherLacks() {
    Model one = floats(1, 2).floats("shaped", Shape.of(2), 1, 2).floats("a", Shape.of(1), 1);
    Model other = floats(1, 2).floats("shaped", Shape.of(1, 2), 1, 2).floats("b", Shape.of(1), 1);
    WeightComparison comparison = compare(one, other);
    assertEquals(List.of("w"), comparison.tensors().stream().map(TensorComparison::name).toList());
    assertEquals(List.of("a"), comparison.onlyFirst());
    assertEquals(List.of("b"), comparison.onlySecond());
    assertEquals(
        List.of(new WeightComparison.ShapeDifference("shaped", Shape.of(2), Shape.of(1, 2))),
        comparison.reshaped());
    assertFalse(comparison.isLossless());
  }

  @Test
  void addsUpDifferencesOfOneKind() {
    OfCodes sum = new OfCodes(10, 1, 2, 0.25).plus(new OfCodes(20, 3, 4, 0.125));
    assertEquals(new OfCodes(30, 4, 6, 0.25), sum);
    assertThrows(IllegalArgumentException.class, () -> sum.plus(OfValues.none(1)));
    assertThrows(IllegalArgumentException.class, () -> OfValues.none(1).plus(sum));
    assertEquals("blk.*.attn_q.weight", TensorComparison.kindOf("blk.12.attn_q.weight"));
    assertEquals("output_norm.weight", TensorComparison.kindOf("output_norm.weight"));
  }

  /// Files of one model that bitnet.cpp and ik_llama.cpp wrote.
  @ParameterizedTest
  @CsvSource({
    "bitnet-autobitlinear-gguf/bitnet-, i2_s, IQ2_BN, true",
    "bitnet-autobitlinear-gguf/bitnet-, TQ1_0, TQ2_0, true",
    "bitnet-autobitlinear-gguf/bitnet-, i2_s, TQ2_0, false",
    "tinystories-b158-3m/bitllama-3M-, tq1_0, tq2_0, true"
  })
  void holdsConversionsByOthersAgainstEachOther(
      String prefix, String one, String other, boolean lossless) throws IOException {
    Path firstPath = TestData.require("models/" + prefix + one + ".gguf");
    Path secondPath = TestData.require("models/" + prefix + other + ".gguf");
    List<String> compared = new ArrayList<>();
    try (WeightSource first = WeightSource.open(firstPath, I2sLayout.X86_128);
        WeightSource second = WeightSource.open(secondPath, I2sLayout.X86_128)) {
      WeightComparison comparison = WeightComparison.of(first, second, compared::add);
      assertEquals(List.copyOf(first.names()), compared);
      for (TensorComparison tensor : comparison.tensors()) {
        if (tensor.difference() instanceof OfCodes codes) {
          assertEquals(0, codes.differingCodes(), tensor.name());
          assertTrue(codes.largestScaleDifference() <= 0x1p-11, "rounded to half precision");
          assertEquals(lossless, codes.isNone(), tensor.name());
        }
      }
    }
  }
}
