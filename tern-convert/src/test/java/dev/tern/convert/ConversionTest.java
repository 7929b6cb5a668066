package dev.tern.convert;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tern.GenerationOptions;
import dev.tern.LoadOptions;
import dev.tern.TernException;
import dev.tern.TernModel;
import dev.tern.gguf.GgufFile;
import dev.tern.quant.CodeSource;
import dev.tern.quant.RowSource;
import dev.tern.safetensors.SafetensorsFolder;
import dev.tern.source.ModelSource;
import dev.tern.source.SourceTensor;
import dev.tern.tensor.Tensor;
import dev.tern.tensor.TensorType;
import dev.tern.testing.TestData;
import dev.tern.tokenizer.EncodeOptions;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConversionTest {
  private static final String PACKED = "bitnet-autobitlinear-packed";
  private static final List<String> TEXTS =
      List.of("Once upon a time, there was a little girl named Lily.", "It's 12345!\n\n What?  🦙");

  @TempDir Path folder;

  private static Path model(String name) {
    return TestData.require("models/" + name);
  }

  private Path toGguf(Path source, EncodingChoice choice) throws IOException {
    Path target = folder.resolve("model.gguf");
    try (ModelSource model = ModelSource.open(source)) {
      GgufConversion.of(model, EncodingPlan.of(model, choice)).write(target, true);
    }
    return target;
  }

  private Path toFolder(Path source) throws IOException {
    Path target = folder.resolve("back");
    try (ModelSource model = ModelSource.open(source)) {
      HuggingFaceExport.of(model).write(target, true);
    }
    return target;
  }

  private static void assertSameNumbers(Path expected, Path actual) throws IOException {
    try (ModelSource first = ModelSource.open(expected);
        ModelSource second = ModelSource.open(actual)) {
      assertEquals(first.tensors().keySet(), second.tensors().keySet());
      for (SourceTensor tensor : first.tensors().values()) {
        SourceTensor other = second.require(tensor.name());
        assertEquals(tensor.shape(), other.shape(), tensor.name());
        int cols = Math.toIntExact(tensor.shape().cols());
        RowSource values = tensor.values();
        RowSource otherValues = other.values();
        float[] row = new float[cols];
        float[] otherRow = new float[cols];
        for (long r = 0; r < tensor.shape().rows(); r++) {
          values.read(r, row);
          otherValues.read(r, otherRow);
          assertArrayEquals(row, otherRow, tensor.name());
        }
        assertSameScale(tensor, other, cols);
      }
    }
  }

  private static void assertSameScale(SourceTensor tensor, SourceTensor other, int cols) {
    Optional<CodeSource> codes = tensor.codes();
    Optional<CodeSource> otherCodes = other.codes();
    if (codes.isPresent() && otherCodes.isPresent()) {
      float[][] scales = new float[2][cols];
      codes.get().read(0, new byte[cols], scales[0]);
      otherCodes.get().read(0, new byte[cols], scales[1]);
      assertEquals(scales[0][0], scales[1][0], tensor.name());
    }
  }

  /// The same bytes as another program wrote for the same model. Its scales come from the master
  /// weights, ours from the checkpoint's `weight_scale`, which half of the time is the next float:
  /// what it was rounded from is not in the checkpoint. What is behind a scale is garbage there.
  @Test
  void writesTheTensorsThatBitnetCppWrites() throws IOException {
    Path theirs = model("bitnet-autobitlinear-gguf").resolve("bitnet-i2_s.gguf");
    Path ours = toGguf(model(PACKED), EncodingChoice.defaults().withEmbedding(TensorType.F32));
    int equalScales = 0;
    try (GgufFile expected = GgufFile.open(theirs);
        GgufFile actual = GgufFile.open(ours)) {
      assertEquals(expected.tensors().keySet(), actual.tensors().keySet());
      for (String name : expected.tensors().keySet()) {
        Tensor tensor = expected.requireTensor(name);
        Tensor own = actual.requireTensor(name);
        assertEquals(tensor.type(), own.type(), name);
        boolean ternary = tensor.type() == TensorType.I2_S;
        long size = tensor.data().byteSize() - (ternary ? 32 : 0);
        assertEquals(
            -1, tensor.data().asSlice(0, size).mismatch(own.data().asSlice(0, size)), name);
        if (ternary) {
          float scale = tensor.data().get(PackedRows.FLOAT, size);
          float ownScale = own.data().get(PackedRows.FLOAT, size);
          assertEquals(scale, ownScale, Math.ulp(scale), name);
          equalScales += scale == ownScale ? 1 : 0;
        }
      }
    }
    assertEquals(7, equalScales);
  }

  @Test
  void writesTheScalesOfTheCheckpoint() throws IOException {
    Path gguf = toGguf(model(PACKED), EncodingChoice.defaults());
    try (GgufFile file = GgufFile.open(gguf);
        SafetensorsFolder checkpoint = SafetensorsFolder.open(model(PACKED))) {
      Tensor down = file.requireTensor("blk.1.ffn_down.weight");
      float scale = down.data().get(PackedRows.FLOAT, down.data().byteSize() - 32);
      float[] expected = new float[1];
      checkpoint.require("model.layers.1.mlp.down_proj.weight_scale").readRow(0, expected);
      assertEquals(expected[0], scale);
    }
  }

  /// All that hold 32 bits of scale; the scales of these models need them.
  @ParameterizedTest
  @CsvSource({
    "bitnet-autobitlinear-packed, I2_S",
    "bitnet-autobitlinear-packed, IQ2_BN",
    "bitnet-autobitlinear-packed, F32",
    "bitnet-online-bf16, I2_S",
    "bitnet-online-bf16, IQ2_BN",
    "llama-bitlinear-packed, I2_S",
    "llama-bitlinear-packed, IQ2_BN",
    "llama-bitlinear-packed, F32",
    "qwen3-rmsnorm-online-bf16, I2_S",
    "qwen3-rmsnorm-online-bf16, IQ2_BN",
    "qwen3-rmsnorm-online-bf16, F32",
    "tinystories-b158-3m/hf-bitllama-3M-packed, I2_S",
    "tinystories-b158-3m/hf-bitllama-3M-packed, IQ2_BN",
    "tinystories-b158-3m/hf-bitllama-3M-f32, I2_S"
  })
  void keepsEveryBitThereAndBack(String name, TensorType type) throws IOException {
    Path gguf = toGguf(model(name), EncodingChoice.defaults().withLinear(type));
    assertSameNumbers(model(name), gguf);
    assertSameNumbers(model(name), toFolder(gguf));
  }

  /// A scale that half precision holds survives every ternary encoding.
  @ParameterizedTest
  @EnumSource(
      value = TensorType.class,
      names = {"TQ1_0", "TQ2_0", "IQ1_BN", "Q2_0", "F16"})
  void losesNothingInHalfPrecisionThatHalfPrecisionHolds(TensorType type) throws IOException {
    Path once =
        toGguf(
            model("llama-bitlinear-packed"),
            EncodingChoice.defaults().withLinear(TensorType.TQ1_0));
    Path first = Files.move(once, folder.resolve("first.gguf"));
    Path second = toGguf(first, EncodingChoice.defaults().withLinear(type));
    assertSameNumbers(first, second);
    assertSameNumbers(first, toFolder(second));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "bitnet-autobitlinear-packed",
        "bitnet-online-bf16",
        "llama-bitlinear-packed",
        "qwen3-rmsnorm-online-bf16",
        "tinystories-b158-3m/hf-bitllama-3M-packed",
        "stories260k/hf-stories260K"
      })
  void writesTheSameTextsAndTokensInEveryForm(String name) throws IOException {
    Path gguf = toGguf(model(name), EncodingChoice.defaults());
    Path back = toFolder(gguf);
    LoadOptions options = LoadOptions.defaults().withThreads(2);
    GenerationOptions greedy = GenerationOptions.greedy().toBuilder().maxTokens(24).build();
    try (TernModel folderModel = TernModel.load(model(name), options);
        TernModel ggufModel = TernModel.load(gguf, options);
        TernModel backModel = TernModel.load(back, options)) {
      for (String text : TEXTS) {
        int[] expected = folderModel.tokenizer().encode(text, EncodeOptions.PROMPT);
        for (TernModel other : List.of(ggufModel, backModel)) {
          assertArrayEquals(expected, other.tokenizer().encode(text, EncodeOptions.PROMPT));
          assertEquals(
              folderModel.generate(text, greedy).text(), other.generate(text, greedy).text());
        }
      }
      assertEquals(folderModel.info().chatTemplate(), ggufModel.info().chatTemplate());
      assertEquals(folderModel.info().chatTemplate(), backModel.info().chatTemplate());
    }
  }

  @Test
  void namesPreTokenizerEndOfTurnAndTemplate() throws IOException {
    try (GgufFile file = GgufFile.open(toGguf(model(PACKED), EncodingChoice.defaults()))) {
      var metadata = file.metadata();
      assertEquals("llama-bpe", metadata.requireString("tokenizer.ggml.pre"));
      assertEquals(1022, metadata.requireInt("tokenizer.ggml.eot_token_id"));
      assertEquals(1021, metadata.requireInt("tokenizer.ggml.eos_token_id"));
      assertEquals(40, metadata.requireInt("general.file_type"));
      assertTrue(metadata.requireString("tokenizer.chat_template").contains("<|eot_id|>"));
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = TensorType.class,
      names = {"Q8_0", "Q4_0", "Q4_K", "Q6_K", "BF16", "F16"})
  void runsInIntegersAndFloatsForComparison(TensorType type) throws IOException {
    EncodingChoice choice = EncodingChoice.defaults().withLinear(type).withEmbedding(type);
    try (GgufFile file = GgufFile.open(toGguf(model("llama-bitlinear-packed"), choice))) {
      assertEquals(type, file.requireTensor("blk.0.attn_q.weight").type());
      assertEquals(type, file.requireTensor("output.weight").type());
      assertEquals(TensorType.F32, file.requireTensor("blk.0.attn_norm.weight").type());
    }
    try (TernModel model = TernModel.load(folder.resolve("model.gguf"))) {
      assertTrue(model.info().parameters() > 0);
    }
  }

  @Test
  void refusesEncodingsThatWouldChangeTheModel() {
    assertRefused("llama-bitlinear-packed", TensorType.Q1_0, "has no code 0");
    assertRefused("stories260k/hf-stories260K", TensorType.I2_S, "would be in I2_S");
    assertRefused("stories260k/hf-stories260K", TensorType.Q2_0, "neither ternary nor binary");
    assertThrows(
        IllegalArgumentException.class,
        () -> EncodingChoice.defaults().withLinear(TensorType.I2_S_ARM64));
  }

  private void assertRefused(String name, TensorType type, String complaint) {
    Path source = model(name);
    TernException refusal =
        assertThrows(
            TernException.class, () -> toGguf(source, EncodingChoice.defaults().withLinear(type)));
    assertTrue(refusal.getMessage().contains(complaint), refusal.getMessage());
    assertTrue(Files.notExists(folder.resolve("model.gguf")));
  }

  @Test
  void storesWhatAnEncodingCannotHoldInTheNearestThatCan() throws IOException {
    try (ModelSource model = ModelSource.open(model("stories260k/hf-stories260K"))) {
      EncodingPlan plan =
          EncodingPlan.of(model, EncodingChoice.defaults().withLinear(TensorType.Q8_0));
      PlannedTensor planned =
          plan.tensors().stream()
              .filter(tensor -> tensor.source().name().equals("blk.0.ffn_down.weight"))
              .findFirst()
              .orElseThrow();
      assertEquals(TensorType.F16, planned.type());
      assertTrue(planned.note().orElseThrow().contains("172"));
      ConversionReport report =
          GgufConversion.of(model, plan).write(folder.resolve("model.gguf"), false);
      assertEquals(5, report.storedOtherwise().size());
    }
  }

  @Test
  void replacesNothingUnlessItIsTold() throws IOException {
    Path there = Files.writeString(folder.resolve("there.gguf"), "mine");
    try (ModelSource model = ModelSource.open(model(PACKED))) {
      GgufConversion conversion =
          GgufConversion.of(model, EncodingPlan.of(model, EncodingChoice.defaults()));
      assertThrows(FileAlreadyExistsException.class, () -> conversion.write(there, false));
      assertEquals("mine", Files.readString(there));
      conversion.write(there, true);
    }
    Path back = folder.resolve("back");
    Files.createDirectories(back);
    Files.writeString(back.resolve("config.json"), "{}");
    try (ModelSource model = ModelSource.open(there)) {
      HuggingFaceExport export = HuggingFaceExport.of(model);
      assertThrows(FileAlreadyExistsException.class, () -> export.write(back, false));
      export.write(back, true);
    }
    assertSameNumbers(there, back);
  }

  /// What stops a conversion in the middle leaves no file, and what was there as it was.
  @Test
  void leavesNothingBehindWhenItIsStopped() throws IOException {
    Path target = Files.writeString(folder.resolve("there.gguf"), "mine");
    try (ModelSource model = ModelSource.open(model(PACKED))) {
      GgufConversion conversion =
          GgufConversion.of(model, EncodingPlan.of(model, EncodingChoice.defaults()))
              .onProgress((_, done, _) -> {
                if (done == 5) {
                  throw new IllegalStateException("stopped");
                }
              });
      assertThrows(IllegalStateException.class, () -> conversion.write(target, true));
    }
    try (Stream<Path> left = Files.list(folder)) {
      assertEquals(List.of(target), left.toList());
    }
    assertEquals("mine", Files.readString(target));
  }

  private static List<String> names(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  private static void export(Path gguf, Path target, long shardBytes) throws IOException {
    try (ModelSource model = ModelSource.open(gguf)) {
      HuggingFaceExport.of(model).withMaxShardBytes(shardBytes).write(target, true);
    }
  }

  /// From one file for each tensor to a single one, each in place of the one before.
  @ParameterizedTest
  @ValueSource(strings = {PACKED, "llama-bitlinear-packed"})
  void splitsFoldersIntoFilesOfASizeAndKeepsEveryBit(String name) throws IOException {
    Path gguf = toGguf(model(name), EncodingChoice.defaults());
    Path back = folder.resolve("back");
    int tensors;
    try (SafetensorsFolder checkpoint = SafetensorsFolder.open(model(name))) {
      tensors = checkpoint.tensors().size();
    }
    for (long size : new long[] {1, 30_000, 100_000, Long.MAX_VALUE}) {
      export(gguf, back, size);
      assertSameNumbers(gguf, back);
      List<String> weights =
          names(back).stream().filter(file -> file.endsWith(".safetensors")).toList();
      boolean whole = size == Long.MAX_VALUE;
      assertEquals(whole, weights.equals(List.of("model.safetensors")), weights.toString());
      assertEquals(whole, Files.notExists(back.resolve("model.safetensors.index.json")));
      if (size == 1) {
        assertEquals(tensors, weights.size());
        assertEquals("model-00001-of-%05d.safetensors".formatted(tensors), weights.getFirst());
      }
    }
    Path again = folder.resolve("again.gguf");
    try (ModelSource model = ModelSource.open(back)) {
      GgufConversion.of(model, EncodingPlan.of(model, EncodingChoice.defaults()))
          .write(again, false);
    }
    assertSameNumbers(gguf, again);
  }

  /// A tensor that cannot be packed turns up when most files have been written.
  @Test
  void leavesAFolderAsItWasIfAnExportFails() throws IOException {
    Path gguf = toGguf(model(PACKED), EncodingChoice.defaults());
    Path back = folder.resolve("back");
    export(gguf, back, 30_000);
    Files.writeString(back.resolve("notes.txt"), "mine");
    List<String> before = names(back);
    toGguf(model(PACKED), EncodingChoice.defaults().withLinear(TensorType.Q4_K));
    assertThrows(TernException.class, () -> export(gguf, back, 1));
    assertEquals(before, names(back));
    assertSameNumbers(model(PACKED), back);
  }

  /// What a killed export can leave is no model, and in nobody's way without being asked about.
  @Test
  void seesPartsOfAModelAsAModelThatIsNotReplacedUnasked() throws IOException {
    Path gguf = toGguf(model(PACKED), EncodingChoice.defaults());
    Path back = folder.resolve("back");
    export(gguf, back, 30_000);
    for (String file : List.of("config.json", "model.safetensors.index.json")) {
      Files.delete(back.resolve(file));
      assertThrows(IOException.class, () -> ModelSource.open(back).close());
      try (ModelSource model = ModelSource.open(gguf)) {
        HuggingFaceExport again = HuggingFaceExport.of(model);
        assertThrows(FileAlreadyExistsException.class, () -> again.write(back, false));
      }
    }
    Files.writeString(back.resolve("tokenizer.model"), "of another model");
    export(gguf, back, Long.MAX_VALUE);
    assertTrue(Files.notExists(back.resolve("tokenizer.model")));
    assertSameNumbers(gguf, back);
  }

  @Test
  void refusesToPackWhatIsNotTernary() throws IOException {
    Path gguf = toGguf(model(PACKED), EncodingChoice.defaults().withLinear(TensorType.Q4_K));
    TernException refusal = assertThrows(TernException.class, () -> toFolder(gguf));
    assertTrue(refusal.getMessage().contains("export from the model's I2_S file"));
    assertTrue(Files.notExists(folder.resolve("back/config.json")));
    assertTrue(Files.notExists(folder.resolve("back/model.safetensors")));
  }
}
