package dev.tern.quant;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.tern.gguf.GgufFile;
import dev.tern.gguf.GgufValue;
import dev.tern.gguf.GgufWriter;
import dev.tern.tensor.Shape;
import dev.tern.tensor.Tensor;
import dev.tern.tensor.TensorType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Blocks worked out by hand, in both directions.
class FormatExamplesTest {
  /// @param codes of some columns, others being 0, or -1 in Q1_0
  record Example(
      TensorType type, int cols, float dequantScale, Map<Integer, Integer> codes, String hex) {
    byte[] allCodes() {
      byte[] all = new byte[cols];
      if (type == TensorType.Q1_0) {
        Arrays.fill(all, (byte) -1);
      }
      codes.forEach((col, code) -> all[col] = code.byteValue());
      return all;
    }

    float[] values() {
      float[] values = new float[cols];
      byte[] all = allCodes();
      for (int col = 0; col < cols; col++) {
        values[col] = all[col] * dequantScale;
      }
      return values;
    }
  }

  static Stream<Example> examples() {
    Map<Integer, Integer> i2s = Map.of(0, 1, 1, -1, 32, 1, 64, -1, 96, 1);
    Map<Integer, Integer> tq = Map.of(0, 1, 32, -1, 64, 1, 96, -1, 128, 1, 160, -1, 240, 1);
    Map<Integer, Integer> bn = Map.of(0, 1, 1, -1, 15, 1, 16, -1, 63, -1);
    Map<Integer, Integer> q1 = Map.of(0, 1, 9, 1, 127, 1);
    Map<Integer, Integer> q2 = Map.of(0, 1, 1, -1, 2, 2, 63, -1);
    String tail = "0000003f" + "00".repeat(28);
    return Stream.of(
        new Example(TensorType.I2_S, 128, 0.5f, i2s, "a215" + "55".repeat(30) + tail),
        new Example(
            TensorType.I2_S_ARM64,
            128,
            0.5f,
            i2s,
            "9915" + "55".repeat(14) + "19" + "55".repeat(15) + tail),
        new Example(
            TensorType.TQ1_0,
            256,
            1f,
            tq,
            "c0" + "80".repeat(31) + "2b" + "80".repeat(15) + "d4" + "7f".repeat(3) + "003c"),
        new Example(
            TensorType.TQ2_0,
            256,
            1f,
            tq,
            "22" + "55".repeat(31) + "52" + "55".repeat(15) + "95" + "55".repeat(15) + "003c"),
        new Example(TensorType.IQ1_BN, 64, 1f, bn, "003c7e80807f80808080808080800f"),
        new Example(TensorType.IQ2_BN, 64, 1f, bn, "0000803f5254" + "55".repeat(13) + "16"),
        new Example(TensorType.Q1_0, 128, 0.5f, q1, "00380102" + "00".repeat(13) + "80"),
        new Example(TensorType.Q2_0, 64, 0.5f, q2, "003872" + "55".repeat(14) + "15"),
        new Example(
            TensorType.Q2_0_G128,
            128,
            0.5f,
            q2,
            "003872" + "55".repeat(14) + "15" + "55".repeat(16)));
  }

  @ParameterizedTest
  @MethodSource("examples")
  void decodes(Example example) {
    byte[] bytes = HexFormat.of().parseHex(example.hex);
    Tensor tensor = Encoded.tensor(example.type, Shape.of(1, example.cols), bytes);
    assertArrayEquals(example.allCodes(), Encoded.codes(tensor));
    assertArrayEquals(example.values(), Encoded.values(tensor));
    assertEquals(example.dequantScale, Encoded.lowBit(example.type).dequantScale(tensor, 0, 0));
  }

  @ParameterizedTest
  @MethodSource("examples")
  void encodesCodes(Example example) {
    Shape shape = Shape.of(1, example.cols);
    Tensor tensor = Encoded.codes(example.type, shape, example.allCodes(), example.dequantScale);
    assertEquals(example.hex, Encoded.hex(tensor));
  }

  @ParameterizedTest
  @MethodSource("examples")
  void encodesValues(Example example) {
    boolean hasTwo = example.codes.containsValue(2);
    if (!hasTwo) {
      Shape shape = Shape.of(1, example.cols);
      assertEquals(example.hex, Encoded.hex(Encoded.values(example.type, shape, example.values())));
    }
  }

  @Test
  void theQ2EncoderMakesTheLargestMagnitudeItsScaleAndSoNeverWritesPlusTwo() {
    float[] values = new float[64];
    values[0] = 0.5f;
    values[1] = -0.5f;
    values[2] = 1;
    values[63] = -0.49f;
    Tensor tensor = Encoded.values(TensorType.Q2_0, Shape.of(1, 64), values);
    assertEquals("003c" + "62" + "55".repeat(15), Encoded.hex(tensor));
  }

  @Test
  void readsTheSmallestTernaryFile(@TempDir Path folder) throws IOException {
    Path path = folder.resolve("tiny.gguf");
    Shape shape = Shape.of(1, 128);
    Example example = examples().findFirst().orElseThrow();
    Tensor weights =
        Encoded.codes(TensorType.I2_S, shape, example.allCodes(), example.dequantScale);
    new GgufWriter()
        .put("general.architecture", GgufValue.text("bitnet-b1.58"))
        .put("general.file_type", GgufValue.uint32(40))
        .add("blk.0.attn_q.weight", TensorType.I2_S, shape, to -> to.copyFrom(weights.data()))
        .write(path);
    byte[] bytes = Files.readAllBytes(path);
    assertEquals(256, bytes.length);
    assertEquals(example.hex, HexFormat.of().formatHex(bytes, 192, 256));
    try (GgufFile file = GgufFile.open(path)) {
      Tensor tensor = file.requireTensor("blk.0.attn_q.weight");
      assertArrayEquals(example.values(), Encoded.values(tensor));
    }
  }

  @Test
  void decodesOneBlockOfQ8() {
    String hex = "0038" + "7f8100ff" + "01".repeat(28);
    float[] values = values(TensorType.Q8_0, 32, hex);
    assertArrayEquals(new float[] {63.5f, -63.5f, 0, -0.5f, 0.5f}, Arrays.copyOf(values, 5));
    assertEquals(hex, Encoded.hex(Encoded.values(TensorType.Q8_0, Shape.of(1, 32), values)));
  }

  @Test
  void decodesOneBlockOfQ4() {
    String hex = "0038" + "f0" + "98".repeat(15);
    float[] values = values(TensorType.Q4_0, 32, hex);
    assertEquals(-4, values[0]);
    assertEquals(0, values[1]);
    assertEquals(3.5f, values[16]);
    assertEquals(0.5f, values[17]);
    assertEquals(hex, Encoded.hex(Encoded.values(TensorType.Q4_0, Shape.of(1, 32), values)));
  }

  @Test
  void decodesHalvesAndBrainFloats() {
    assertArrayEquals(
        new float[] {1, -2, 0x1p-24f, -0f, 65_504},
        values(TensorType.F16, 5, "003c" + "00c0" + "0100" + "0080" + "ff7b"));
    assertArrayEquals(
        new float[] {1, -2, 0x1p-133f, -0f},
        values(TensorType.BF16, 4, "803f" + "00c0" + "0100" + "0080"));
    assertArrayEquals(
        new float[] {1, Float.MIN_VALUE}, values(TensorType.F32, 2, "0000803f" + "01000000"));
  }

  private static float[] values(TensorType type, int cols, String hex) {
    return Encoded.values(Encoded.tensor(type, Shape.of(1, cols), HexFormat.of().parseHex(hex)));
  }
}
