package dev.tern.load;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tern.KernelChoice;
import dev.tern.LoadOptions;
import dev.tern.gguf.GgufArray;
import dev.tern.gguf.GgufFile;
import dev.tern.gguf.GgufValue;
import dev.tern.gguf.GgufValueType;
import dev.tern.kernel.RopeAngles;
import dev.tern.model.ModelConfig;
import dev.tern.source.ModelSource;
import dev.tern.synthetic.SyntheticModel;
import dev.tern.synthetic.SyntheticShape;
import dev.tern.tensor.TensorType;
import dev.tern.testing.EditedModel;
import dev.tern.tokenizer.EncodeOptions;
import dev.tern.tokenizer.Tokenizer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What is assumed where a file is silent, and what is repaired where it is wrong.
class RepairsAndDefaultsTest {
  private static final LoadOptions OPTIONS =
      LoadOptions.defaults().withKernels(KernelChoice.SCALAR).withThreads(1);
  private static final int LLAMA3_VOCABULARY = 128_256;
  private static final int EOT = 128_009;

  @TempDir Path folder;

  private Path tiny(Consumer<EditedModel> changes) throws IOException {
    Path plain = folder.resolve("tiny.gguf");
    SyntheticModel.of(SyntheticShape.TINY).write(plain);
    return EditedModel.edit(plain, folder.resolve("edited.gguf"), changes);
  }

  private ModelConfig config(Consumer<EditedModel> changes) throws IOException {
    try (GgufFile file = GgufFile.open(tiny(changes))) {
      return new GgufConfig(ModelSource.of(file)).read();
    }
  }

  /// A file as Microsoft publishes it: no pre-tokenizer, no end of turn, another model's template,
  /// and the vocabulary of Llama 3. The layers are small.
  private Path official(Consumer<EditedModel> changes) throws IOException {
    SyntheticShape shape =
        new SyntheticShape(
            "2B4T", "bitnet-b1.58", 32, 32, 1, 2, 1, 16, LLAMA3_VOCABULARY, 64, 5e5f, 1e-5f);
    Path plain = folder.resolve("plain.gguf");
    new SyntheticModel(shape, TensorType.F16, TensorType.F16, 1).write(plain);
    return EditedModel.edit(
        plain,
        folder.resolve("official.gguf"),
        file -> {
          List<String> tokens = new ArrayList<>(letters(plain));
          for (int id = tokens.size(); id < LLAMA3_VOCABULARY; id++) {
            tokens.add(id < 128_000 ? "word" + id : "<|reserved_" + id + "|>");
          }
          tokens.set(256, "'s");
          tokens.set(257, "ĊĊ");
          tokens.set(128_000, "<|begin_of_text|>");
          tokens.set(128_001, "<|end_of_text|>");
          tokens.set(EOT, "<|eot_id|>");
          int[] types = new int[LLAMA3_VOCABULARY];
          Arrays.fill(types, 0, 128_000, 1);
          Arrays.fill(types, 128_000, LLAMA3_VOCABULARY, 3);
          file.put("tokenizer.ggml.tokens", GgufArray.ofStrings(tokens))
              .put("tokenizer.ggml.token_type", GgufArray.ofInts(types))
              .put("tokenizer.ggml.bos_token_id", GgufValue.uint32(128_000))
              .put("tokenizer.ggml.eos_token_id", GgufValue.uint32(128_001))
              .put(
                  "tokenizer.chat_template",
                  GgufValue.text("Human: {{ content }}\n\nBITNETAssistant: "))
              .remove("tokenizer.ggml.eot_token_id")
              .remove("tokenizer.ggml.pre");
          changes.accept(file);
        });
  }

  private static List<String> letters(Path path) {
    try (GgufFile file = GgufFile.open(path)) {
      return file.metadata()
          .findArray("tokenizer.ggml.tokens", GgufValueType.STRING)
          .orElseThrow()
          .strings()
          .subList(0, 256);
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  @Test
  void repairsTheOfficialBitNetFileAndSaysSo() throws IOException {
    try (LoadedModel model = new GgufModelLoader(OPTIONS).load(official(_ -> {}))) {
      assertEquals(3, model.notices().size());
      assertTrue(model.notices().get(0).contains("pre-tokenizer"));
      assertTrue(model.notices().get(1).contains("<|eot_id|>"));
      assertTrue(model.notices().get(2).contains("chat template"));
      Tokenizer tokenizer = model.tokenizer();
      assertTrue(tokenizer.isEndOfGeneration(EOT));
      assertTrue(tokenizer.isEndOfGeneration(128_001));
      // Llama 3's pre-tokenizer keeps a contraction and an empty line in one piece each.
      assertArrayEquals(
          new int[] {'I', 't', 256, 257}, tokenizer.encode("It's\n\n", EncodeOptions.TEXT));
      assertEquals("bitnet", model.chatTemplate().orElseThrow().name());
    }
  }

  @Test
  void splitsLikeBitnetCppWhenToldTo() throws IOException {
    LoadOptions options = OPTIONS.withPreTokenizer("default");
    try (LoadedModel model = new GgufModelLoader(options).load(official(_ -> {}))) {
      assertArrayEquals(
          new int[] {'I', 't', '\'', 's'}, model.tokenizer().encode("It's", EncodeOptions.TEXT));
      assertFalse(model.notices().getFirst().contains("pre-tokenizer"));
    }
  }

  @Test
  void leavesAloneWhatAFileSaysItself() throws IOException {
    Path said =
        official(file ->
            file.put("tokenizer.ggml.pre", GgufValue.text("default"))
                .put("tokenizer.ggml.eot_token_id", GgufValue.uint32(EOT))
                .remove("tokenizer.chat_template"));
    try (LoadedModel model = new GgufModelLoader(OPTIONS).load(said)) {
      assertEquals(List.of(), model.notices());
      assertArrayEquals(new int[] {'\'', 's'}, model.tokenizer().encode("'s", EncodeOptions.TEXT));
      assertEquals("bitnet", model.chatTemplate().orElseThrow().name());
    }
    LoadOptions chatml = OPTIONS.withChatTemplate("chatml");
    try (LoadedModel model = new GgufModelLoader(chatml).load(official(_ -> {}))) {
      assertEquals("chatml", model.chatTemplate().orElseThrow().name());
    }
  }

  @Test
  void usesTheDefaultPreTokenizerOfOtherModelsAndSaysSo() throws IOException {
    Path silent = tiny(file -> file.remove("tokenizer.ggml.pre"));
    try (LoadedModel model = new GgufModelLoader(OPTIONS).load(silent)) {
      assertEquals(1, model.notices().size());
      assertTrue(model.notices().getFirst().contains("llama.cpp's default"));
    }
  }

  @Test
  void readsTheShapeFromTheKeys() throws IOException {
    ModelConfig config = config(_ -> {});
    assertEquals(128, config.hiddenSize());
    assertEquals(256, config.intermediateSize());
    assertEquals(2, config.layerCount());
    assertEquals(4, config.headCount());
    assertEquals(2, config.kvHeadCount());
    assertEquals(32, config.headDim());
    assertEquals(300, config.vocabularySize());
    assertEquals(512, config.contextLength());
    assertEquals(1e-5f, config.rmsNormEps());
    assertEquals(128, config.queryWidth());
    assertEquals(64, config.kvWidth());
  }

  @Test
  void assumesWhatLlamaCppAssumesWhereAFileIsSilent() throws IOException {
    String prefix = "bitnet-b1.58.";
    ModelConfig config =
        config(file ->
            file.remove(prefix + "attention.head_count_kv")
                .remove(prefix + "attention.key_length")
                .remove(prefix + "attention.value_length")
                .remove(prefix + "rope.dimension_count")
                .remove(prefix + "rope.freq_base")
                .remove(prefix + "vocab_size"));
    assertEquals(4, config.kvHeadCount());
    assertEquals(32, config.headDim());
    assertEquals(10_000, config.ropeTheta());
    assertEquals(300, config.vocabularySize());
  }

  @Test
  void takesNumbersOfAnyWidth() throws IOException {
    ModelConfig config =
        config(file ->
            file.put("bitnet-b1.58.context_length", new GgufValue.Int(GgufValueType.INT64, 77))
                .put("bitnet-b1.58.block_count", new GgufValue.Int(GgufValueType.UINT8, 2))
                .put(
                    "bitnet-b1.58.attention.layer_norm_rms_epsilon",
                    new GgufValue.Real(GgufValueType.FLOAT64, 1e-6))
                .put("bitnet-b1.58.rope.freq_base", GgufValue.uint32(500_000)));
    assertEquals(77, config.contextLength());
    assertEquals(2, config.layerCount());
    assertEquals(1e-6f, config.rmsNormEps());
    assertEquals(500_000, config.ropeTheta());
  }

  private float ropeFactor(Consumer<EditedModel> changes) throws IOException {
    try (GgufFile file = GgufFile.open(tiny(changes))) {
      return new GgufConfig(ModelSource.of(file)).ropeScalingFactor();
    }
  }

  @Test
  void scalesRopeLinearlyWhereAFactorIsGiven() throws IOException {
    String type = "bitnet-b1.58.rope.scaling.type";
    String factor = "bitnet-b1.58.rope.scaling.factor";
    assertEquals(1, ropeFactor(_ -> {}));
    assertEquals(1, ropeFactor(file -> file.put(type, GgufValue.text("linear"))));
    assertEquals(4, ropeFactor(file -> file.put(factor, GgufValue.float32(4))));
    assertEquals(
        4,
        ropeFactor(
            file -> file.put(type, GgufValue.text("linear")).put(factor, GgufValue.float32(4))));
    assertEquals(
        1,
        ropeFactor(
            file -> file.put(type, GgufValue.text("none")).put(factor, GgufValue.float32(4))));
    assertEquals(
        8, ropeFactor(file -> file.put("bitnet-b1.58.rope.scale_linear", GgufValue.float32(8))));
  }

  @Test
  void sentencePieceTokenizersHaveNoPreTokenizerToOverride() throws IOException {
    Path path =
        tiny(file ->
            file.put("tokenizer.ggml.model", GgufValue.text("llama"))
                .put("tokenizer.ggml.scores", GgufArray.ofFloats(new float[300])));
    try (GgufFile file = GgufFile.open(path)) {
      assertTrue(
          GgufTokenizer.read(file, Optional.empty(), new ArrayList<>())
              .description()
              .contains("SentencePiece"));
      assertThrows(
          IllegalArgumentException.class,
          () -> GgufTokenizer.read(file, Optional.of("gpt2"), new ArrayList<>()));
    }
  }

  @Test
  void ropeFrequenciesAreThePowersOfTheBase() {
    float[] inverse = RopeAngles.inverseFrequencies(4, 100);
    assertArrayEquals(new float[] {1, 0.1f}, inverse, 1e-8f);
  }
}
