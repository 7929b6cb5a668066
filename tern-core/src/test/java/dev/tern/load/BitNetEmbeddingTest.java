package dev.tern.load;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tern.Embedding;
import dev.tern.EmbeddingOptions;
import dev.tern.KernelChoice;
import dev.tern.LoadOptions;
import dev.tern.Pooling;
import dev.tern.TernModel;
import dev.tern.UnsupportedModelException;
import dev.tern.gguf.GgufFile;
import dev.tern.gguf.GgufValue;
import dev.tern.source.ModelSource;
import dev.tern.synthetic.SyntheticModel;
import dev.tern.synthetic.SyntheticShape;
import dev.tern.tensor.Shape;
import dev.tern.tensor.TensorType;
import dev.tern.testing.EditedModel;
import dev.tern.testing.TestData;
import dev.tern.tokenizer.EncodeOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Files as the converter of bitnet-embedding-0.6b writes them (formats page, sections 1.6, 1.7,
/// 3.8 and 4.3), with random weights: Qwen3 whose projections have norms of their own, all norms in
/// F16, heads wider together than the states, an end-of-text token behind each text, and mean
/// pooling in the metadata.
class BitNetEmbeddingTest {
  private static final SyntheticShape SHAPE =
      new SyntheticShape("embedding", "qwen3", 128, 384, 2, 4, 2, 64, 300, 512, 1e6f, 1e-6f);
  private static final String TEXT = "Fox";
  private static final int EOS = 297;
  private static final List<String> PROJECTIONS =
      List.of("attn_q", "attn_k", "attn_v", "attn_output", "ffn_gate", "ffn_up", "ffn_down");
  private static final EmbeddingOptions AS_THEY_ARE =
      EmbeddingOptions.defaults().withNormalize(false);

  /// As in [ForwardPassTest].
  private static final double FLOAT_ROUNDING = 2e-5;

  private static final double OFF_THE_BOUNDARY = 1e-4;

  @TempDir Path folder;

  private Path plain;

  @BeforeEach
  void writePlain() throws IOException {
    plain = write(1);
  }

  private Path write(long seed) throws IOException {
    Path path = folder.resolve("plain.gguf");
    new SyntheticModel(SHAPE, TensorType.I2_S, TensorType.F16, seed).write(path);
    return path;
  }

  private static TernModel load(Path path) throws IOException {
    return TernModel.load(
        path, LoadOptions.defaults().withThreads(1).withKernels(KernelChoice.SCALAR));
  }

  private Path embedding(int poolingType) throws IOException {
    return EditedModel.edit(
        plain,
        folder.resolve("embedding.gguf"),
        model -> {
          asConverted(model);
          model.put("qwen3.pooling_type", GgufValue.uint32(poolingType));
        });
  }

  private static void asConverted(EditedModel model) {
    for (int layer = 0; layer < SHAPE.layerCount(); layer++) {
      String block = "blk.%d.".formatted(layer);
      for (String norm : List.of("attn_norm", "attn_q_norm", "attn_k_norm", "ffn_norm")) {
        model.encode(block + norm + ".weight", TensorType.F16);
      }
      for (int i = 0; i < PROJECTIONS.size(); i++) {
        String stem = block + PROJECTIONS.get(i);
        inputNorm(model, stem, layer * PROJECTIONS.size() + i);
      }
    }
    model.encode("output_norm.weight", TensorType.F16);
    model.put("tokenizer.ggml.add_bos_token", GgufValue.bool(false));
    model.put("tokenizer.ggml.add_eos_token", GgufValue.bool(true));
  }

  private static void inputNorm(EditedModel model, String stem, int number) {
    float[] weight = new float[Math.toIntExact(model.shape(stem + ".weight").cols())];
    for (int i = 0; i < weight.length; i++) {
      weight[i] = 0.5f + (i * 7 + number) % 16 / 16f;
    }
    model.set(stem + "_norm_in.weight", TensorType.F16, Shape.of(weight.length), weight);
  }

  /// The first random model none of whose values falls on the boundary between two int8 codes.
  private Path embeddingOffTheBoundaries(int[] tokens) throws IOException {
    for (int seed = 1; seed < 200; seed++) {
      plain = write(seed);
      Path path = embedding(1);
      try (GgufFile file = GgufFile.open(path)) {
        Float64Model exact = new Float64Model(file);
        exact.states(tokens);
        if (exact.closestTie() > OFF_THE_BOUNDARY) {
          return path;
        }
      }
    }
    throw new AssertionError("all models have a value on a boundary");
  }

  @Test
  void computesWhatExactArithmeticComputes() throws IOException {
    int[] tokens = {'F', 'o', 'x', EOS};
    Path path = embeddingOffTheBoundaries(tokens);
    try (GgufFile file = GgufFile.open(path);
        TernModel model = load(path)) {
      assertArrayEquals(tokens, model.tokenizer().encode(TEXT, EncodeOptions.PROMPT));
      double[][] states = new Float64Model(file).states(tokens);
      float[] mean = new float[SHAPE.hiddenSize()];
      for (int i = 0; i < mean.length; i++) {
        for (double[] state : states) {
          mean[i] += (float) (state[i] / states.length);
        }
      }
      assertClose(ExplainedTies.toFloats(states[tokens.length - 1]), model, AS_THEY_ARE);
      assertClose(mean, model, AS_THEY_ARE.withPooling(Pooling.MEAN));
      assertClose(ExplainedTies.toFloats(states[0]), model, AS_THEY_ARE.withPooling(Pooling.CLS));
    }
  }

  private static void assertClose(float[] expected, TernModel model, EmbeddingOptions options) {
    Embedding embedding = model.embed(List.of(TEXT), options).getFirst();
    double distance = Forward.distance(embedding.vector(), expected);
    assertTrue(distance < FLOAT_ROUNDING, "off by " + distance);
  }

  @ParameterizedTest
  @CsvSource({"0, LAST, false", "1, LAST, true", "2, CLS, false", "3, LAST, false"})
  void takesTheLastTokenWhereTheConverterWroteItsDefault(int type, Pooling pooling, boolean noticed)
      throws IOException {
    try (TernModel model = load(embedding(type))) {
      assertEquals(pooling, model.pooling());
      assertEquals(
          noticed,
          model.info().notices().stream().anyMatch(notice -> notice.contains("mean pooling")));
    }
  }

  @Test
  void takesTheLastTokenWhereTheFileNamesNoPooling() throws IOException {
    Path path =
        EditedModel.edit(plain, folder.resolve("unnamed.gguf"), BitNetEmbeddingTest::asConverted);
    try (TernModel model = load(path)) {
      assertEquals(Pooling.LAST, model.pooling());
    }
  }

  /// A Qwen3 without such norms, whose file may well mean what it says.
  @Test
  void takesTheMeanWhereAnotherModelAsksForIt() throws IOException {
    Path path =
        EditedModel.edit(
            plain,
            folder.resolve("mean.gguf"),
            model -> model.put("qwen3.pooling_type", GgufValue.uint32(1)));
    try (TernModel model = load(path)) {
      assertEquals(Pooling.MEAN, model.pooling());
      assertEquals(
          List.of(), model.info().notices().stream().filter(n -> n.contains("pooling")).toList());
    }
  }

  /// How far its attention looks back is not known for certain.
  @Test
  void refusesGemmaByName() throws IOException {
    Path path =
        EditedModel.edit(
            plain,
            folder.resolve("gemma.gguf"),
            model -> model.put("general.architecture", GgufValue.text("gemma3")));
    UnsupportedModelException refusal =
        assertThrows(UnsupportedModelException.class, () -> load(path));
    assertTrue(refusal.getMessage().contains("'gemma3' is not supported"), refusal.getMessage());
  }

  /// Through the head, the last token's state is the logits that transformers computed.
  @ParameterizedTest
  @ValueSource(strings = {"p0", "p1"})
  void givesTheStateOfWhichTheReferenceMadeItsLogits(String prompt) throws IOException {
    Path data = TestData.require("models/qwen3-rmsnorm-online-bf16");
    Reference reference = Reference.read(data, prompt);
    float[] expected = reference.logits()[reference.ids().size() - 1];
    try (ModelSource source = ModelSource.open(data);
        TernModel model = load(data)) {
      float[] state =
          model
              .embedTokens(List.of(reference.idArray()), AS_THEY_ARE.withPooling(Pooling.LAST))
              .getFirst()
              .vector();
      float[] logits = new Float64Model(source).head(state);
      // A code that the reference rounded to the other side moves a state by more than floats do.
      assertTrue(
          Forward.distance(logits, expected) < 1e-2,
          "off by " + Forward.distance(logits, expected));
      assertEquals(Forward.argmax(expected), Forward.argmax(logits));
    }
  }
}
