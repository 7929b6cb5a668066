package dev.tern.load;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tern.GenerationOptions;
import dev.tern.LoadOptions;
import dev.tern.TernModel;
import dev.tern.json.Json;
import dev.tern.kernel.ScalarKernels;
import dev.tern.load.Float64Model.Tie;
import dev.tern.source.ModelSource;
import dev.tern.testing.TestData;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Models straight from Hugging Face folders, against what Hugging Face transformers computed from
/// them in float32: packed weights that are multiplied and divided by their scales, and master
/// weights.
class HuggingFaceConformanceTest {
  private static final int GREEDY_TOKENS = 24;

  /// Float32 arithmetic in another order, see [BitNet2B4TConformanceTest].
  private static final double FLOAT_ROUNDING = 1e-5;

  /// Each row either is the reference's, or differs from it because the reference took the other
  /// code for a value exactly between two; with that code it is the reference's. And with those
  /// codes the model writes the reference's text.
  @ParameterizedTest
  @CsvSource({
    "bitnet-autobitlinear-packed, p0",
    "bitnet-autobitlinear-packed, p1",
    "bitnet-autobitlinear-packed, p2",
    "bitnet-online-bf16, p0",
    "bitnet-online-bf16, p1",
    "bitnet-online-bf16, p2",
    "llama-bitlinear-packed, p0",
    "llama-bitlinear-packed, p1",
    "llama-bitlinear-packed, p2",
    "qwen3-rmsnorm-online-bf16, p0",
    "qwen3-rmsnorm-online-bf16, p1",
    "qwen3-rmsnorm-online-bf16, p2"
  })
  void computesTheReferencesLogitsAndText(String name, String prompt) throws IOException {
    Path folder = TestData.require("models/" + name);
    Reference reference = Reference.read(folder, prompt);
    SteeredKernels kernels = new SteeredKernels(new ScalarKernels());
    Forward.Setup setup = Forward.Setup.DEFAULT.withKernels(kernels).withThreads(1);
    try (ModelSource source = ModelSource.open(folder);
        Forward model = new Forward(folder, setup)) {
      Float64Model exact = new Float64Model(source);
      List<Tie> ties =
          new ExplainedTies(exact, reference.idArray(), reference.logits(), FLOAT_ROUNDING)
              .explain();
      assertTrue(ties.size() <= 2, ties.toString());
      int prompted = reference.ids().size();
      int[] tokens = Arrays.copyOf(reference.idArray(), prompted + GREEDY_TOKENS - 1);
      for (int i = 0; i < GREEDY_TOKENS - 1; i++) {
        tokens[prompted + i] = reference.greedy().get(i);
      }
      exact.logits(tokens);
      kernels.steer((site, token, col, code) -> {
        int expected = exact.code(site, token, col);
        double scaled = exact.scaled.get(site)[token][col];
        assertTrue(
            code == expected || Float64Model.distanceToTie(scaled) < ExplainedTies.ON_THE_BOUNDARY,
            () -> "%d instead of %d for %s".formatted(code, expected, scaled));
        return expected;
      });
      float[][] computed = model.logits(tokens);
      for (int t = 0; t < prompted; t++) {
        assertTrue(Forward.distance(computed[t], reference.logits()[t]) < FLOAT_ROUNDING, "row");
      }
      for (int i = 0; i < GREEDY_TOKENS; i++) {
        int next = Forward.argmax(computed[prompted - 1 + i]);
        assertEquals(reference.greedy().get(i), next, "token " + i);
      }
    }
  }

  /// Without steering as well, but for the one prompt in which a tie changes the text.
  @ParameterizedTest
  @ValueSource(
      strings = {
        "bitnet-autobitlinear-packed",
        "bitnet-online-bf16",
        "llama-bitlinear-packed",
        "qwen3-rmsnorm-online-bf16"
      })
  void writesTheReferencesGreedyTokens(String name) throws IOException {
    Path folder = TestData.require("models/" + name);
    try (Forward model = new Forward(folder)) {
      for (String prompt : List.of("p0", "p1", "p2")) {
        Reference reference = Reference.read(folder, prompt);
        if (!(name.startsWith("qwen3") && prompt.equals("p2"))) {
          List<Integer> tokens = model.greedy(reference.idArray(), GREEDY_TOKENS);
          assertEquals(reference.greedy(), tokens, prompt);
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"hf-bitllama-3M-packed", "hf-bitllama-3M-f32"})
  void writesTheStoryOfARealModel(String name) throws IOException {
    Path data = TestData.require("models/tinystories-b158-3m");
    List<Integer> expected =
        Reference.ints(Json.read(data.resolve("reference.json")).get("greedy_from_bos"));
    try (Forward model = new Forward(data.resolve(name))) {
      assertEquals(expected, model.greedy(new int[] {1}, expected.size()));
    }
  }

  /// The same weights packed, as masters that are ternary already, and in I2_S, which rounds the
  /// embedding.
  @Test
  void loadsTheSameWeightsFromPackedAndFromTernaryFloats() throws IOException {
    Path data = TestData.require("models/tinystories-b158-3m");
    int[] tokens = {1, 403, 407, 261, 378, 432};
    try (Forward packed = new Forward(data.resolve("hf-bitllama-3M-packed"));
        Forward floats = new Forward(data.resolve("hf-bitllama-3M-f32"))) {
      float[][] expected = packed.logits(tokens);
      float[][] computed = floats.logits(tokens);
      for (int t = 0; t < tokens.length; t++) {
        assertEquals(0, Forward.distance(computed[t], expected[t]));
      }
    }
  }

  @Test
  void writesTheStoryOfAFullPrecisionLlamaFromItsFolder() throws IOException {
    Path data = TestData.require("models/stories260k");
    GenerationOptions options = GenerationOptions.greedy().toBuilder().maxTokens(100).build();
    LoadOptions load = LoadOptions.defaults().withThreads(2);
    try (TernModel folder = TernModel.load(data.resolve("hf-stories260K"), load);
        TernModel gguf = TernModel.load(data.resolve("stories260K-f32.gguf"), load)) {
      assertEquals(gguf.generate("", options).text(), folder.generate("", options).text());
    }
  }
}
