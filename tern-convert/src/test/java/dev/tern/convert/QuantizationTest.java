package dev.tern.convert;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tern.UnsupportedModelException;
import dev.tern.gguf.GgufFile;
import dev.tern.gguf.GgufValue;
import dev.tern.gguf.GgufWriter;
import dev.tern.quant.Absmean;
import dev.tern.quant.CodeSource;
import dev.tern.quant.Codecs;
import dev.tern.quant.RowSource;
import dev.tern.source.ModelSource;
import dev.tern.tensor.Shape;
import dev.tern.tensor.Tensor;
import dev.tern.tensor.TensorType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/// Rounding after training, on tensors that are no whole model.
class QuantizationTest {
  private static final String WIDE = "blk.0.attn_q.weight";
  private static final String NARROW = "blk.0.attn_k.weight";
  private static final String ODD = "blk.0.ffn_down.weight";
  private static final String NORM = "blk.0.attn_norm.weight";
  private static final String EMBEDDING = "token_embd.weight";
  private static final int ROWS = 6;

  @TempDir Path folder;
  private Path source;

  @BeforeEach
  void write() throws IOException {
    source = folder.resolve("source.gguf");
    write(source, TensorType.F32, 1);
  }

  private static void write(Path path, TensorType type, float share) throws IOException {
    GgufWriter writer = new GgufWriter().put("general.architecture", GgufValue.text("llama"));
    add(writer, WIDE, type, 256, share);
    add(writer, NARROW, TensorType.F32, 64, share);
    add(writer, ODD, TensorType.F32, 172, share);
    add(writer, EMBEDDING, TensorType.F32, 256, share);
    Shape norm = Shape.of(64);
    writer.add(NORM, TensorType.F32, norm, bytes -> bytes.setAtIndex(PackedRows.FLOAT, 3, 0.3f));
    writer.write(path);
  }

  private static void add(GgufWriter writer, String name, TensorType type, int cols, float share) {
    Shape shape = Shape.of(ROWS, cols);
    writer.add(
        name, type, shape, bytes -> Codecs.of(type).encode(random(name, share), shape, bytes));
  }

  /// Weights, of which a share is as it is drawn, and the others are 0.
  private static RowSource random(String name, float share) {
    return (row, values) -> {
      Random random = new Random(name.hashCode() + row);
      for (int col = 0; col < values.length; col++) {
        float weight = (float) (0.05 * random.nextGaussian());
        values[col] = random.nextFloat() < share ? weight : 0;
      }
    };
  }

  private static EncodingChoice choice(TensorType linear) {
    return EncodingChoice.defaults().withLinear(linear);
  }

  private Path quantized(Path from, EncodingChoice choice) throws IOException {
    Path target = folder.resolve("target.gguf");
    try (ModelSource model = ModelSource.open(from)) {
      GgufConversion.of(model, EncodingPlan.quantizing(model, choice)).write(target, true);
    }
    return target;
  }

  private static List<TensorType> types(GgufFile file, String... names) {
    return Stream.of(names).map(name -> file.requireTensor(name).type()).toList();
  }

  @ParameterizedTest
  @CsvSource({
    "I2_S, I2_S, IQ2_BN, F16, Q6_K",
    "TQ1_0, TQ1_0, IQ2_BN, F16, Q6_K",
    "TQ2_0, TQ2_0, IQ2_BN, F16, Q6_K",
    "IQ1_BN, IQ1_BN, IQ1_BN, F16, Q6_K",
    "Q2_0, Q2_0, Q2_0, F16, Q6_K",
    "Q1_0, Q1_0, Q2_0, F16, Q6_K",
    "Q4_0, Q4_0, Q4_0, F16, Q6_K",
    "Q4_K, Q4_K, Q8_0, F16, Q6_K",
    "Q8_0, Q8_0, Q8_0, F16, Q8_0",
    "BF16, BF16, BF16, BF16, BF16",
    "F32, F32, F32, F32, F32"
  })
  void everyTensorGetsWhatItsShapeAllows(
      TensorType asked, TensorType wide, TensorType narrow, TensorType odd, TensorType embedding)
      throws IOException {
    try (GgufFile file = GgufFile.open(quantized(source, choice(asked)))) {
      assertEquals(
          List.of(wide, narrow, odd, embedding, TensorType.F32),
          types(file, WIDE, NARROW, ODD, EMBEDDING, NORM));
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = TensorType.class,
      names = {"I2_S", "TQ1_0", "TQ2_0", "IQ1_BN", "IQ2_BN", "Q2_0"})
  void ternaryWeightsHaveTheMeanMagnitudeOfTheTensor(TensorType type) throws IOException {
    Shape shape = Shape.of(ROWS, 256);
    RowSource weights = random(WIDE, 1);
    Absmean absmean = Absmean.of(weights, shape);
    boolean half = type != TensorType.I2_S && type != TensorType.IQ2_BN;
    float scale = absmean.dequantScale();
    float stored = half ? Float.float16ToFloat(Float.floatToFloat16(scale)) : scale;
    try (GgufFile file = GgufFile.open(quantized(source, choice(type)))) {
      CodeSource actual = CodeSource.of(file.requireTensor(WIDE));
      byte[] expectedCodes = new byte[256];
      byte[] codes = new byte[256];
      float[] scales = new float[256];
      for (int row = 0; row < ROWS; row++) {
        absmean.codes(weights).read(row, expectedCodes, scales);
        actual.read(row, codes, scales);
        assertArrayEquals(expectedCodes, codes);
        assertEquals(stored, scales[0]);
      }
    }
  }

  @Test
  void binaryWeightsHaveTheSignsAndTheMeanMagnitudeOfTheirGroup() throws IOException {
    try (GgufFile file = GgufFile.open(quantized(source, choice(TensorType.Q1_0)))) {
      assertSigns(file.requireTensor(WIDE), 128);
      assertSigns(file.requireTensor(NARROW), 64);
    }
  }

  private static void assertSigns(Tensor tensor, int group) {
    float[] weights = new float[tensor.cols()];
    random(tensor.name(), 1).read(0, weights);
    double mean = 0;
    for (int col = 0; col < group; col++) {
      mean += Math.abs(weights[col]) / group;
    }
    float[] values = new float[tensor.cols()];
    RowSource.of(tensor).read(0, values);
    for (int col = 0; col < group; col++) {
      assertEquals(Math.signum(weights[col]) * mean, values[col], mean / 1000);
    }
  }

  /// The scale of the first need not be the mean magnitude, and is kept.
  @Test
  void codesThatAreThereAreKept() throws IOException {
    Path ternary = folder.resolve("ternary.gguf");
    write(ternary, TensorType.I2_S, 0.5f);
    try (GgufFile before = GgufFile.open(ternary);
        GgufFile after = GgufFile.open(quantized(ternary, choice(TensorType.IQ2_BN)))) {
      float[] expected = new float[256];
      float[] actual = new float[256];
      RowSource.of(before.requireTensor(WIDE)).read(2, expected);
      RowSource.of(after.requireTensor(WIDE)).read(2, actual);
      assertArrayEquals(expected, actual);
    }
  }

  @Test
  void codesThatDoNotFitAreRoundedAnew() throws IOException {
    Path ternary = folder.resolve("ternary.gguf");
    write(ternary, TensorType.Q2_0, 0.5f);
    assertThrows(
        UnsupportedModelException.class,
        () -> {
          try (ModelSource model = ModelSource.open(ternary)) {
            EncodingPlan plan = EncodingPlan.of(model, choice(TensorType.Q1_0));
            GgufConversion.of(model, plan).write(folder.resolve("refused.gguf"), false);
          }
        });
    try (GgufFile before = GgufFile.open(ternary)) {
      // Groups of 64 with scales of their own have no place in one scale for the tensor.
      Tensor own = before.requireTensor(WIDE);
      float mean = Absmean.of(RowSource.of(own), own.shape()).dequantScale();
      try (GgufFile after = GgufFile.open(quantized(ternary, choice(TensorType.I2_S)))) {
        float[] scales = new float[256];
        CodeSource.of(after.requireTensor(WIDE)).read(0, new byte[256], scales);
        assertEquals(mean, scales[0]);
      }
    }
    // Zeros have no place among signs.
    try (GgufFile after = GgufFile.open(quantized(ternary, choice(TensorType.Q1_0)))) {
      assertEquals(TensorType.Q1_0, after.requireTensor(WIDE).type());
    }
  }

  @Test
  void embeddingsAreRoundedOnceOnly() throws IOException {
    EncodingChoice small = choice(TensorType.Q8_0).withEmbedding(TensorType.Q4_0);
    Path once = Files.move(quantized(source, small), folder.resolve("once.gguf"));
    try (GgufFile file = GgufFile.open(quantized(once, choice(TensorType.Q4_0)))) {
      assertEquals(TensorType.Q4_0, file.requireTensor(EMBEDDING).type());
    }
  }

  @Test
  void refusesEmbeddingsOfFewBits() throws IOException {
    try (ModelSource model = ModelSource.open(source)) {
      EncodingChoice ternary = choice(TensorType.I2_S).withEmbedding(TensorType.TQ2_0);
      IllegalArgumentException refusal =
          assertThrows(
              IllegalArgumentException.class, () -> EncodingPlan.quantizing(model, ternary));
      assertTrue(refusal.getMessage().startsWith("TQ2_0 would round"), refusal.getMessage());
      assertThrows(
          IllegalArgumentException.class,
          () -> EncodingPlan.quantizing(model, EncodingChoice.defaults()));
    }
  }

  @Test
  void saysWhatIsLost() throws IOException {
    try (ModelSource model = ModelSource.open(source)) {
      assertTrue(EncodingPlan.quantizing(model, choice(TensorType.F32)).isLossless());
      EncodingPlan ternary = EncodingPlan.quantizing(model, choice(TensorType.I2_S));
      assertFalse(ternary.isLossless());
      assertEquals(
          List.of(Loss.VALUES, Loss.VALUES, Loss.VALUES, Loss.VALUES, Loss.NONE),
          ternary.tensors().stream().map(PlannedTensor::loss).toList());
    }
  }

  @Test
  void aDamagedWeightIsNamed() throws IOException {
    Path damaged = folder.resolve("damaged.gguf");
    Shape shape = Shape.of(2, 128);
    new GgufWriter()
        .put("general.architecture", GgufValue.text("llama"))
        .add(
            WIDE,
            TensorType.F32,
            shape,
            bytes -> bytes.setAtIndex(PackedRows.FLOAT, 128 + 5, Float.POSITIVE_INFINITY))
        .write(damaged);
    for (TensorType type : List.of(TensorType.I2_S, TensorType.Q1_0)) {
      UnsupportedModelException refusal =
          assertThrows(UnsupportedModelException.class, () -> quantized(damaged, choice(type)));
      assertTrue(
          refusal.getMessage().endsWith("row 1, column 5: Infinity is not a finite value"),
          refusal.getMessage());
    }
    assertTrue(Files.notExists(folder.resolve("target.gguf")));
  }

  @Test
  void whatCannotBeWrittenIsKnownBefore() throws IOException {
    Path there = Files.writeString(folder.resolve("there.gguf"), "mine");
    try (ModelSource model = ModelSource.open(source)) {
      EncodingPlan plan = EncodingPlan.quantizing(model, choice(TensorType.Q4_0));
      GgufConversion conversion = GgufConversion.of(model, plan);
      assertThrows(IOException.class, () -> conversion.check(there, false));
      assertThrows(IOException.class, () -> conversion.check(folder.resolve("no/x.gguf"), false));
      conversion.check(there, true);
      conversion.check(folder.resolve("free.gguf"), false);
      assertEquals("mine", Files.readString(there));
      assertTrue(Files.notExists(folder.resolve("free.gguf")));
    }
  }
}
