package dev.tern;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tern.gguf.GgufArray;
import dev.tern.gguf.GgufValue;
import dev.tern.synthetic.SyntheticModel;
import dev.tern.synthetic.SyntheticShape;
import dev.tern.tensor.Shape;
import dev.tern.tensor.TensorType;
import dev.tern.testing.EditedModel;
import dev.tern.tokenizer.EncodeOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class TernModelTest {
  private static final LoadOptions SCALAR =
      LoadOptions.defaults().withKernels(KernelChoice.SCALAR).withThreads(1);
  private static final GenerationOptions FOUR =
      GenerationOptions.greedy().toBuilder().maxTokens(4).ignoreEos(true).build();

  @TempDir static Path folder;

  private static Path path;

  @BeforeAll
  static void write() throws IOException {
    path = folder.resolve("tiny.gguf");
    SyntheticModel.of(SyntheticShape.TINY).write(path);
  }

  private static Path edited(Consumer<EditedModel> changes) throws IOException {
    return EditedModel.edit(path, folder.resolve("edited.gguf"), changes);
  }

  @Test
  void tellsWhatItLoaded() throws IOException {
    try (TernModel model = TernModel.load(path, SCALAR)) {
      ModelInfo info = model.info();
      assertEquals("tiny of random weights", info.name());
      assertEquals("bitnet-b1.58", info.architecture());
      long block = 2 * (128 * 128) + 2 * (64 * 128) + 3 * (256 * 128) + 3 * 128 + 256;
      assertEquals(300 * 128 + 2 * block + 128, info.parameters());
      assertEquals("I2_S", info.encoding());
      assertEquals(512, info.contextLength());
      assertEquals(300, info.vocabularySize());
      assertEquals(Files.size(path), info.fileBytes());
      assertEquals(0, info.repackedBytes());
      assertTrue(info.bytesPerToken() > 300 * 128 * 2, "the head alone");
      assertTrue(info.bytesPerToken() < info.fileBytes());
      assertEquals("scalar", info.kernels());
      assertEquals(model.kernels(), info.kernels());
      assertFalse(info.kernelReason().isBlank());
      assertTrue(model.isWarm());
      assertEquals(1, info.threads());
      assertEquals(model.tokenizer().description(), info.tokenizer());
      assertEquals(Optional.of("bitnet"), info.chatTemplate());
      assertEquals("bitnet", model.chatTemplate().orElseThrow().name());
      assertEquals(List.of(), info.notices());
    }
  }

  @Test
  void callsAModelWithoutANameByItsFile() throws IOException {
    try (TernModel model = TernModel.load(edited(file -> file.remove("general.name")), SCALAR)) {
      assertEquals("edited.gguf", model.info().name());
    }
  }

  @Test
  void refusesANameThatIsNoText() throws IOException {
    Path wrong = edited(file -> file.put("general.name", GgufValue.uint32(7)));
    assertThrows(ModelFormatException.class, () -> TernModel.load(wrong, SCALAR));
  }

  @Test
  void computesWithTheDefaultOptions() throws IOException {
    try (TernModel standard = TernModel.load(path);
        TernModel scalar = TernModel.load(path, SCALAR)) {
      assertEquals(scalar.generate("Hi", FOUR).tokens(), standard.generate("Hi", FOUR).tokens());
      assertTrue(standard.info().threads() >= 1);
      assertFalse(standard.kernels().isBlank());
    }
  }

  @Test
  void tokenizes() throws IOException {
    try (TernModel model = TernModel.load(path, SCALAR)) {
      int[] ids = model.tokenizer().encode("é<|eot_id|>", EncodeOptions.PROMPT);
      assertArrayEquals(new int[] {296, 0xC3, 0xA9, 298}, ids);
      assertEquals("é", model.tokenizer().decode(0xC3, 0xA9));
    }
  }

  @ParameterizedTest
  @EnumSource
  void takesActivationsAsAsked(ActivationPrecision activations) throws IOException {
    Path floats = folder.resolve("llama.gguf");
    new SyntheticModel(
            SyntheticShape.TINY.withArchitecture("llama"), TensorType.F16, TensorType.F16, 1)
        .write(floats);
    // Sampling shows small differences that leave the likeliest token as it is.
    GenerationOptions sampled = FOUR.toBuilder().temperature(1).seed(7).maxTokens(100).build();
    try (TernModel model = TernModel.load(floats, SCALAR);
        TernModel asked = TernModel.load(floats, SCALAR.withActivations(activations))) {
      boolean same =
          model.generate("Hi", sampled).tokens().equals(asked.generate("Hi", sampled).tokens());
      // Llama with floats was not trained with int8 activations.
      assertEquals(activations != ActivationPrecision.INT8, same);
    }
  }

  @Test
  void readsTheOtherLayoutOfTernaryWeightsWhenTold() throws IOException {
    try (TernModel usual = TernModel.load(path, SCALAR);
        TernModel arm = TernModel.load(path, SCALAR.withI2sLayout(I2sLayout.ARM_64))) {
      assertNotEquals(usual.generate("Hi", FOUR).tokens(), arm.generate("Hi", FOUR).tokens());
      assertTrue(arm.info().repackedBytes() > 0);
    }
    Path repacked = edited(TernModelTest::packForArm);
    try (TernModel usual = TernModel.load(path, SCALAR);
        TernModel arm = TernModel.load(repacked, SCALAR.withI2sLayout(I2sLayout.ARM_64))) {
      assertEquals(usual.generate("Hi", FOUR).tokens(), arm.generate("Hi", FOUR).tokens());
    }
  }

  private static void packForArm(EditedModel file) {
    for (int layer = 0; layer < 2; layer++) {
      for (String name :
          List.of("attn_q", "attn_k", "attn_v", "attn_output", "ffn_gate", "ffn_up", "ffn_down")) {
        file.encode("blk.%d.%s.weight".formatted(layer, name), TensorType.I2_S_ARM64);
      }
    }
  }

  @Test
  void namesOptionsThatCannotBeMet() {
    for (LoadOptions options :
        List.of(SCALAR.withPreTokenizer("no-such"), SCALAR.withChatTemplate("no-such"))) {
      IllegalArgumentException refusal =
          assertThrows(IllegalArgumentException.class, () -> TernModel.load(path, options));
      assertTrue(refusal.getMessage().contains("no-such"), refusal.getMessage());
    }
  }

  @Test
  void leavesFilesThatCannotBeReadToIoExceptions() throws IOException {
    assertThrows(IOException.class, () -> TernModel.load(folder.resolve("absent.gguf")));
    assertThrows(IOException.class, () -> TernModel.load(folder));
    Path empty = Files.write(folder.resolve("empty.gguf"), new byte[0]);
    ModelFormatException refusal =
        assertThrows(ModelFormatException.class, () -> TernModel.load(empty));
    assertTrue(refusal.getMessage().contains("empty.gguf"), refusal.getMessage());
  }

  /// An embedding is often padded to a round number of rows, which are no tokens.
  @Test
  void neverChoosesRowsOfTheEmbeddingThatAreNoTokens() throws IOException {
    Path padded =
        edited(file -> {
          float[] values = file.values("token_embd.weight");
          float[] more = Arrays.copyOf(values, 320 * 128);
          // Rows that are twice as likely as any token, whatever the text.
          for (int row = 300; row < 320; row++) {
            for (int col = 0; col < 128; col++) {
              more[row * 128 + col] = row % 2 == 0 ? 5 : -5;
            }
          }
          file.set("token_embd.weight", TensorType.F16, Shape.of(320, 128), more);
        });
    try (TernModel model = TernModel.load(path, SCALAR);
        TernModel wide = TernModel.load(padded, SCALAR)) {
      assertEquals(320, wide.info().vocabularySize());
      assertEquals(model.generate("Hi", FOUR).tokens(), wide.generate("Hi", FOUR).tokens());
      GenerationOptions hot = GenerationOptions.builder().temperature(9).maxTokens(50).build();
      assertTrue(wide.generate("Hi", hot).tokens().stream().allMatch(id -> id < 300));
    }
  }

  @Test
  void refusesTokensWithoutAnEmbedding() throws IOException {
    Path tooMany =
        edited(file -> {
          List<String> tokens = new ArrayList<>();
          int[] types = new int[301];
          for (int id = 0; id < 301; id++) {
            tokens.add("w" + id);
            types[id] = 1;
          }
          file.put("tokenizer.ggml.tokens", GgufArray.ofStrings(tokens))
              .put("tokenizer.ggml.token_type", GgufArray.ofInts(types));
        });
    assertThrows(ModelFormatException.class, () -> TernModel.load(tooMany, SCALAR));
  }

  /// Where numbers overflow, the model is to blame, and the caller learns it in a sentence.
  @Test
  void saysThatAModelComputesNoNumbers() throws IOException {
    Path overflowing =
        edited(file -> {
          float[] norm = new float[128];
          Arrays.fill(norm, Float.MAX_VALUE);
          file.set("output_norm.weight", TensorType.F32, Shape.of(128), norm);
        });
    try (TernModel model = TernModel.load(overflowing, SCALAR)) {
      ModelFormatException refusal =
          assertThrows(ModelFormatException.class, () -> model.generate("Hi", FOUR));
      assertTrue(refusal.getMessage().contains("weights are damaged"), refusal.getMessage());
    }
  }
}
