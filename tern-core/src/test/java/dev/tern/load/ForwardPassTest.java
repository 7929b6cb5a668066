package dev.tern.load;

import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.params.provider.Arguments.argumentSet;

import dev.tern.gguf.GgufFile;
import dev.tern.gguf.GgufValue;
import dev.tern.kernel.ScalarKernels;
import dev.tern.synthetic.SyntheticModel;
import dev.tern.synthetic.SyntheticShape;
import dev.tern.tensor.Shape;
import dev.tern.tensor.TensorType;
import dev.tern.testing.EditedModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// Everything that a file can say about a model changes its logits as exact arithmetic says.
class ForwardPassTest {
  private static final int[] TOKENS = {5, 280, 99};

  /// Float32 arithmetic in another order.
  private static final double FLOAT_ROUNDING = 2e-5;

  /// A value this far from a boundary gets the same int8 code in both arithmetics.
  private static final double OFF_THE_BOUNDARY = 1e-4;

  private static final List<String> PROJECTIONS =
      List.of("attn_q", "attn_k", "attn_v", "attn_output", "ffn_gate", "ffn_up", "ffn_down");

  @TempDir Path folder;

  /// What a model is: a shape, an encoding, and changes to the file.
  record Case(SyntheticShape shape, TensorType type, Consumer<EditedModel> changes) {}

  private static SyntheticShape shape(String architecture, int hidden, int kvHeads, int headDim) {
    return new SyntheticShape(
        "test", architecture, hidden, 256, 2, 4, kvHeads, headDim, 300, 64, 10_000, 1e-5f);
  }

  private static Arguments model(
      String name, String architecture, TensorType type, Consumer<EditedModel> changes) {
    return argumentSet(name, new Case(shape(architecture, 128, 2, 32), type, changes));
  }

  /// As wide as encodings in blocks of 256 need.
  private static Arguments wide(
      String name, String architecture, TensorType type, Consumer<EditedModel> changes) {
    return argumentSet(name, new Case(shape(architecture, 256, 2, 64), type, changes));
  }

  private static Arguments model(String architecture, TensorType type) {
    return model(architecture + " " + type, architecture, type, _ -> {});
  }

  static Stream<Arguments> models() {
    return Stream.of(
        model("bitnet", TensorType.I2_S),
        model("bitnet-25", TensorType.I2_S),
        wide("TQ1_0", "bitnet-b1.58", TensorType.TQ1_0, _ -> {}),
        model("bitnet-b1.58", TensorType.F16),
        model("llama", TensorType.IQ2_BN),
        model("llama", TensorType.F32),
        wide("TQ2_0", "qwen3", TensorType.TQ2_0, _ -> {}),
        model("qwen3", TensorType.Q1_0),
        model("qwen3", TensorType.Q2_0),
        wide("mixed encodings", "bitnet-b1.58", TensorType.I2_S, ForwardPassTest::mix),
        wide("mixed encodings", "llama", TensorType.I2_S, ForwardPassTest::mix),
        model("separate F16 head", "llama", TensorType.I2_S, model -> head(model, TensorType.F16)),
        model("ternary head", "llama", TensorType.I2_S, model -> head(model, TensorType.I2_S)),
        model("companion scales", "bitnet", TensorType.F32, ForwardPassTest::companionScales),
        model("companion scales", "bitnet", TensorType.I2_S, ForwardPassTest::companionScales),
        model("large epsilon", "llama", TensorType.I2_S, model -> epsilon(model, 0.3f)),
        model("tiny epsilon", "bitnet", TensorType.I2_S, model -> epsilon(model, 1e-13f)),
        model("RoPE factors", "llama", TensorType.I2_S, ForwardPassTest::ropeFactors),
        model("linear RoPE", "llama", TensorType.I2_S, ForwardPassTest::linearRope),
        model("linear RoPE", "bitnet-b1.58", TensorType.I2_S, ForwardPassTest::linearRope),
        model("half-precision norms", "qwen3", TensorType.I2_S, ForwardPassTest::halfNorms),
        model("input norms", "qwen3", TensorType.I2_S, ForwardPassTest::inputNorms),
        model("input norms", "qwen3", TensorType.F16, ForwardPassTest::inputNorms),
        model("biases", "llama", TensorType.I2_S, ForwardPassTest::biases),
        model("one bias", "qwen3", TensorType.F32, model -> bias(model, "blk.0.attn_k", 64)),
        model("+2 in Q2_0", "bitnet-b1.58", TensorType.Q2_0, ForwardPassTest::twos),
        model("Q8_0 embedding", "bitnet-b1.58", TensorType.I2_S, embedding(TensorType.Q8_0)),
        wide("Q6_K embedding", "llama", TensorType.I2_S, embedding(TensorType.Q6_K)),
        model("BF16 embedding", "llama", TensorType.I2_S, embedding(TensorType.BF16)),
        argumentSet("one KV head", new Case(shape("bitnet", 128, 1, 32), TensorType.I2_S, _ -> {})),
        argumentSet(
            "as many KV heads", new Case(shape("llama", 128, 4, 32), TensorType.I2_S, _ -> {})),
        argumentSet(
            "wide heads", new Case(shape("bitnet-b1.58", 128, 2, 64), TensorType.I2_S, _ -> {})),
        argumentSet(
            "narrow heads", new Case(shape("llama", 128, 2, 16), TensorType.IQ2_BN, _ -> {})),
        argumentSet(
            "heads of 100", new Case(shape("bitnet", 128, 2, 100), TensorType.F16, _ -> {})),
        argumentSet(
            "no whole blocks", new Case(shape("bitnet", 192, 2, 48), TensorType.I2_S, _ -> {})));
  }

  private static void eachProjection(Consumer<String> action) {
    for (int layer = 0; layer < 2; layer++) {
      for (String projection : PROJECTIONS) {
        action.accept("blk." + layer + "." + projection);
      }
    }
  }

  private static void mix(EditedModel model) {
    model
        .encode("blk.0.attn_k.weight", TensorType.TQ2_0)
        .encode("blk.0.attn_v.weight", TensorType.F16)
        .encode("blk.0.attn_output.weight", TensorType.Q8_0)
        .encode("blk.0.ffn_gate.weight", TensorType.IQ2_BN)
        .encode("blk.0.ffn_up.weight", TensorType.Q6_K)
        .encode("blk.0.ffn_down.weight", TensorType.TQ1_0)
        .encode("blk.1.attn_q.weight", TensorType.Q4_0)
        .encode("blk.1.attn_output.weight", TensorType.BF16)
        .encode("blk.1.ffn_gate.weight", TensorType.Q4_K)
        .encode("blk.1.ffn_down.weight", TensorType.IQ1_BN);
  }

  private static void head(EditedModel model, TensorType type) {
    Shape shape = model.shape("token_embd.weight");
    SplittableRandom random = new SplittableRandom(5);
    float[] values = new float[Math.toIntExact(shape.elements())];
    for (int i = 0; i < values.length; i++) {
      values[i] = 0.25f * (random.nextInt(3) - 1);
    }
    model.set("output.weight", type, shape, values);
  }

  private static void companionScales(EditedModel model) {
    int[] count = {0};
    eachProjection(stem -> {
      float scale = 0.5f + 0.1f * count[0]++;
      model.set(stem + ".scale", TensorType.F32, Shape.of(1), scale);
    });
  }

  private static void epsilon(EditedModel model, float value) {
    String architecture = model.architecture();
    model.put(architecture + ".attention.layer_norm_rms_epsilon", GgufValue.float32(value));
  }

  private static void ropeFactors(EditedModel model) {
    float[] factors = new float[16];
    for (int i = 0; i < factors.length; i++) {
      factors[i] = 1 + i / 4f;
    }
    model.set("rope_freqs.weight", TensorType.F32, Shape.of(16), factors);
  }

  private static void linearRope(EditedModel model) {
    model
        .put(model.architecture() + ".rope.scaling.type", GgufValue.text("linear"))
        .put(model.architecture() + ".rope.scaling.factor", GgufValue.float32(4));
  }

  private static void halfNorms(EditedModel model) {
    for (int layer = 0; layer < 2; layer++) {
      for (String norm : List.of("attn_norm", "attn_q_norm", "attn_k_norm", "ffn_norm")) {
        halfNorm(model, "blk.%d.%s.weight".formatted(layer, norm));
      }
    }
    halfNorm(model, "output_norm.weight");
  }

  private static void halfNorm(EditedModel model, String name) {
    float[] values = model.values(name);
    for (int i = 0; i < values.length; i++) {
      values[i] *= 0.9f;
    }
    model.set(name, TensorType.F16, model.shape(name), values);
  }

  private static void inputNorms(EditedModel model) {
    int[] count = {0};
    eachProjection(stem -> {
      int width = Math.toIntExact(model.shape(stem + ".weight").cols());
      float[] weight = new float[width];
      for (int i = 0; i < width; i++) {
        weight[i] = 0.5f + (i * 7 + count[0]) % 16 / 16f;
      }
      count[0]++;
      model.set(stem + "_norm_in.weight", TensorType.F16, Shape.of(width), weight);
    });
  }

  private static void biases(EditedModel model) {
    eachProjection(
        stem -> bias(model, stem, Math.toIntExact(model.shape(stem + ".weight").rows())));
  }

  private static void bias(EditedModel model, String stem, int outputs) {
    float[] bias = new float[outputs];
    for (int i = 0; i < outputs; i++) {
      bias[i] = i % 5 / 10f - 0.2f;
    }
    model.set(stem + ".bias", TensorType.F32, Shape.of(outputs), bias);
  }

  /// Codes that are not ternary, in one matrix of several.
  private static void twos(EditedModel model) {
    model.poke("blk.0.attn_k.weight", 2, 0xFF);
  }

  private static Consumer<EditedModel> embedding(TensorType type) {
    return model -> model.encode("token_embd.weight", type);
  }

  @ParameterizedTest
  @MethodSource("models")
  void computesWhatExactArithmeticComputes(Case model) throws IOException {
    Path path = fileOffTheBoundaries(model);
    try (GgufFile file = GgufFile.open(path);
        Forward engine = engine(path)) {
      double[][] expected = new Float64Model(file).logits(TOKENS);
      float[][] actual = engine.logits(TOKENS);
      for (int t = 0; t < TOKENS.length; t++) {
        double distance = Forward.distance(actual[t], ExplainedTies.toFloats(expected[t]));
        assertTrue(distance < FLOAT_ROUNDING, "row " + t + " is off by " + distance);
      }
    }
  }

  private static Forward engine(Path path) throws IOException {
    return new Forward(path, Forward.Setup.DEFAULT.withKernels(new ScalarKernels()));
  }

  /// The first random model none of whose values falls on the boundary between two int8 codes.
  private Path fileOffTheBoundaries(Case model) throws IOException {
    for (int seed = 1; seed < 200; seed++) {
      Path plain = folder.resolve("plain.gguf");
      new SyntheticModel(model.shape, model.type, TensorType.F16, seed).write(plain);
      Path path = EditedModel.edit(plain, folder.resolve("model.gguf"), model.changes);
      try (GgufFile file = GgufFile.open(path)) {
        Float64Model exact = new Float64Model(file);
        exact.logits(TOKENS);
        if (exact.closestTie() > OFF_THE_BOUNDARY) {
          return path;
        }
      }
    }
    throw new AssertionError("all models have a value on a boundary");
  }

  /// Guards the cases above against changes that nobody looks at.
  @ParameterizedTest
  @MethodSource("models")
  void everyChangeShows(Case model) throws IOException {
    Path plain = folder.resolve("plain.gguf");
    new SyntheticModel(model.shape, model.type, TensorType.F16, 1).write(plain);
    Path changed = EditedModel.edit(plain, folder.resolve("model.gguf"), model.changes);
    if (Files.mismatch(plain, changed) < 0) {
      return;
    }
    try (Forward before = engine(plain);
        Forward after = engine(changed)) {
      assertNotEquals(
          Arrays.toString(before.logits(TOKENS)[2]), Arrays.toString(after.logits(TOKENS)[2]));
    }
  }

  @Test
  void theFirstUploadsNameMeansTheSameArchitecture() throws IOException {
    float[][] logits = logits(shape("bitnet-b1.58", 128, 2, 32));
    assertTrue(Arrays.deepEquals(logits, logits(shape("bitnet-25", 128, 2, 32))));
    assertTrue(!Arrays.deepEquals(logits, logits(shape("bitnet", 128, 2, 32))));
  }

  private float[][] logits(SyntheticShape shape) throws IOException {
    Path path = folder.resolve("named.gguf");
    SyntheticModel.of(shape).write(path);
    try (Forward engine = engine(path)) {
      return engine.logits(TOKENS);
    }
  }
}
