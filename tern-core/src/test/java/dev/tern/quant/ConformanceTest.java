package dev.tern.quant;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tern.gguf.GgufFile;
import dev.tern.tensor.Tensor;
import dev.tern.tensor.TensorType;
import dev.tern.testing.TestData;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Agreement with files that other programs wrote of the same model.
///
/// bitnet.cpp's llama-quantize and ik_llama.cpp made those of "bitnet" from one file with 32-bit
/// weights that is not among them. Its ternary weights are what the I2_S file decodes to, since
/// that has their scale in 32 bits, and its embedding is in the I2_S file as it was.
class ConformanceTest {
  private static final String BITNET = "models/bitnet-autobitlinear-gguf/bitnet-";
  private static final String BITLLAMA = "models/tinystories-b158-3m/bitllama-3M-";
  private static final String STORIES = "models/stories260k/stories260K-";
  private static final String EMBEDDING = "token_embd.weight";
  private static final int BITNET_LINEARS = 14;

  @ParameterizedTest
  @CsvSource({
    "TQ1_0, 0",
    "TQ2_0, 0",
    "IQ1_BN, 0",
    "IQ2_BN, 0",
    "Q8_0, 1",
    "Q4_0, 1",
    "Q4_K_M, 1",
    "Q6_K, 1"
  })
  void encodersWriteTheBytesThatLlamaQuantizeWrote(String file, int embeddings) throws IOException {
    try (GgufFile source = open(BITNET + "i2_s");
        GgufFile expected = open(BITNET + file)) {
      int encoded = 0;
      for (Tensor tensor : tensors(expected)) {
        if (tensor.type() != TensorType.F32) {
          Tensor original = source.requireTensor(tensor.name());
          assertSameBytes(tensor, encode(original, tensor.type()));
          encoded++;
        }
      }
      assertEquals(BITNET_LINEARS + embeddings, encoded);
    }
  }

  @Test
  void theEmbeddingBesideI2sIsEncodedAsInAFileOfItsOwn() throws IOException {
    try (GgufFile source = open(BITNET + "i2_s");
        GgufFile expected = open(BITNET + "i2_s-q6_k-embd")) {
      Tensor embedding = expected.requireTensor(EMBEDDING);
      assertEquals(TensorType.Q6_K, embedding.type());
      assertSameBytes(embedding, encode(source.requireTensor(EMBEDDING), TensorType.Q6_K));
    }
  }

  @Test
  void theF16EncoderWritesTheBytesOfAConverter() throws IOException {
    try (GgufFile source = open(STORIES + "f32");
        GgufFile expected = open(STORIES + "f16")) {
      for (Tensor tensor : tensors(expected)) {
        assertSameBytes(tensor, encode(source.requireTensor(tensor.name()), tensor.type()));
      }
    }
  }

  /// The converter kept the sign of weights that it rounded to -0, which ternary codes cannot.
  @Test
  void theF16FileHasTheValuesOfTheTernaryOnesExceptForTheSignOfZero() throws IOException {
    try (GgufFile source = open(BITNET + "i2_s");
        GgufFile tq2 = open(BITNET + "TQ2_0");
        GgufFile expected = open(BITNET + "F16")) {
      for (Tensor tensor : tensors(expected)) {
        Tensor original = source.requireTensor(tensor.name());
        if (original.type() == TensorType.I2_S) {
          assertSameValuesButForZeros(tensor, encode(original, TensorType.F16));
          assertSameValuesButForZeros(tensor, tq2.requireTensor(tensor.name()));
        } else {
          assertSameBytes(tensor, encode(original, tensor.type()));
        }
      }
    }
  }

  private static void assertSameValuesButForZeros(Tensor expected, Tensor actual) {
    float[] expectedValues = Encoded.values(expected);
    float[] actualValues = Encoded.values(actual);
    for (int i = 0; i < expectedValues.length; i++) {
      if (expectedValues[i] != actualValues[i]) {
        assertEquals(expectedValues[i], actualValues[i], expected.name() + " at " + i);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {BITNET + "i2_s", BITNET + "i2_s-q6_k-embd", BITLLAMA + "i2_s"})
  void theI2sEncoderWritesTheBytesOfItsFilesUpToTheGarbageInTheirTails(String file)
      throws IOException {
    try (GgufFile expected = open(file)) {
      for (Tensor tensor : tensors(expected)) {
        if (tensor.type() == TensorType.I2_S) {
          assertSameCodesAndScale(tensor, encode(tensor, TensorType.I2_S));
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {BITNET + "i2_s", BITLLAMA + "i2_s"})
  void absmeanKeepsTheScaleOfWeightsThatAreTernaryAlready(String file) throws IOException {
    try (GgufFile i2s = open(file)) {
      for (Tensor tensor : tensors(i2s)) {
        if (tensor.type() == TensorType.I2_S) {
          RowSource values = RowSource.of(tensor);
          CodeSource codes = Absmean.of(values, tensor.shape()).codes(values);
          assertSameCodesAndScale(tensor, encodeCodes(codes, tensor, TensorType.I2_S));
        }
      }
    }
  }

  private static void assertSameCodesAndScale(Tensor expected, Tensor actual) {
    long meaningful = expected.data().byteSize() - expected.type().tailBytes() + Float.BYTES;
    long mismatch = expected.data().mismatch(actual.data());
    assertTrue(mismatch == -1 || mismatch >= meaningful, expected.name() + " at " + mismatch);
  }

  @ParameterizedTest
  @CsvSource({
    BITNET + "i2_s, " + BITNET + "TQ1_0",
    BITNET + "i2_s, " + BITNET + "TQ2_0",
    BITNET + "i2_s, " + BITNET + "IQ1_BN",
    BITNET + "i2_s, " + BITNET + "IQ2_BN",
    BITNET + "i2_s, " + BITNET + "i2_s-q6_k-embd",
    BITLLAMA + "i2_s, " + BITLLAMA + "tq1_0",
    BITLLAMA + "i2_s, " + BITLLAMA + "tq2_0",
  })
  void allTernaryFilesHaveTheSameCodesAndScales(String first, String second) throws IOException {
    try (GgufFile i2s = open(first);
        GgufFile other = open(second)) {
      int compared = 0;
      for (Tensor tensor : tensors(other)) {
        if (tensor.type().isLowBit()) {
          Tensor original = i2s.requireTensor(tensor.name());
          assertTrue(Arrays.equals(Encoded.codes(original), Encoded.codes(tensor)), tensor.name());
          assertScaleIsThatOf(original, tensor);
          compared++;
        }
      }
      assertTrue(compared >= BITNET_LINEARS);
    }
  }

  /// Equal as 32-bit numbers where the encoding stores those, else after rounding to half
  /// precision; but 0 where the reference encoder met a block of zeros.
  private static void assertScaleIsThatOf(Tensor i2s, Tensor other) {
    boolean half = other.type() != TensorType.IQ2_BN && other.type() != TensorType.I2_S;
    float exact = Encoded.lowBit(TensorType.I2_S).dequantScale(i2s, 0, 0);
    float expected = half ? Float.float16ToFloat(Float.floatToFloat16(exact)) : exact;
    LowBitCodec codec = Encoded.lowBit(other.type());
    int groupCols = Math.min(other.cols(), codec.scaleGroup());
    byte[] codes = new byte[other.cols()];
    for (int row = 0; row < other.rows(); row++) {
      codec.decodeCodes(other, row, codes);
      for (int from = 0; from < codes.length; from += groupCols) {
        boolean zeros =
            Arrays.equals(codes, from, from + groupCols, new byte[groupCols], 0, groupCols);
        float actual = codec.dequantScale(other, row, from / groupCols);
        assertTrue(actual == expected || (zeros && actual == 0), other.name());
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"TQ1_0", "TQ2_0", "IQ1_BN", "IQ2_BN"})
  void repackingCodesGivesTheBytesOfTheFileAndBackItsValues(String encoding) throws IOException {
    try (GgufFile i2s = open(BITNET + "i2_s");
        GgufFile other = open(BITNET + encoding)) {
      for (Tensor tensor : tensors(other)) {
        if (tensor.type().isLowBit()) {
          Tensor original = i2s.requireTensor(tensor.name());
          assertSameBytes(tensor, repack(original, tensor.type()));
          float[] values = Encoded.values(repack(tensor, TensorType.I2_S));
          assertTrue(Arrays.equals(Encoded.values(tensor), values), tensor.name());
        }
      }
    }
  }

  private static GgufFile open(String name) throws IOException {
    return GgufFile.open(TestData.require(name + ".gguf"));
  }

  private static List<Tensor> tensors(GgufFile file) {
    return file.tensors().keySet().stream().map(file::requireTensor).toList();
  }

  private static Tensor encode(Tensor original, TensorType type) {
    byte[] bytes = new byte[Math.toIntExact(type.byteSize(original.shape()))];
    Codecs.of(type).encode(RowSource.of(original), original.shape(), MemorySegment.ofArray(bytes));
    return Encoded.tensor(type, original.shape(), bytes);
  }

  private static Tensor repack(Tensor original, TensorType type) {
    return encodeCodes(CodeSource.of(original), original, type);
  }

  private static Tensor encodeCodes(CodeSource codes, Tensor original, TensorType type) {
    byte[] bytes = new byte[Math.toIntExact(type.byteSize(original.shape()))];
    Encoded.lowBit(type).encodeCodes(codes, original.shape(), MemorySegment.ofArray(bytes));
    return Encoded.tensor(type, original.shape(), bytes);
  }

  private static void assertSameBytes(Tensor expected, Tensor actual) {
    assertEquals(-1, expected.data().mismatch(actual.data()), expected.name());
  }
}
