package dev.tern.load;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tern.KvCacheType;
import dev.tern.gguf.GgufFile;
import dev.tern.gguf.GgufValue;
import dev.tern.gguf.GgufWriter;
import dev.tern.json.Json;
import dev.tern.json.JsonView;
import dev.tern.kernel.ScalarKernels;
import dev.tern.safetensors.SafetensorsFile;
import dev.tern.tensor.Shape;
import dev.tern.tensor.TensorType;
import dev.tern.testing.TestData;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// A real BitNet of three million weights that writes stories, against an independent reference.
class TinyStoriesConformanceTest {
  private static final String FOLDER = "models/tinystories-b158-3m";
  private static final int BOS = 1;
  private static final int ROWS = 32;

  /// Float32 arithmetic in another order through 8 blocks.
  private static final double FLOAT_ROUNDING = 1e-5;

  @TempDir Path folder;

  private static Path data(String name) {
    return TestData.require(FOLDER).resolve(name);
  }

  private static List<Integer> greedyOfReference() throws IOException {
    return Reference.ints(Json.read(data("reference.json")).get("greedy_from_bos"));
  }

  @ParameterizedTest
  @CsvSource({"i2_s, F32", "tq1_0, F32", "tq2_0, F32", "i2_s, F16"})
  void writesTheReferencesStory(String encoding, KvCacheType cacheType) throws IOException {
    List<Integer> expected = greedyOfReference();
    Forward.Setup setup = Forward.Setup.DEFAULT.withCacheType(cacheType);
    try (Forward model = new Forward(data("bitllama-3M-" + encoding + ".gguf"), setup)) {
      assertEquals(expected, model.greedy(new int[] {BOS}, expected.size()));
    }
  }

  /// The reference keeps the embedding in 32 bits, adds no epsilon inside the blocks and 1e-5 in
  /// the last norm; the files have a half-precision embedding and 1e-13 everywhere. With the
  /// reference's choices its logits come out, in exact arithmetic at once, and in the engine when
  /// the few codes are taken that exact arithmetic takes.
  @Test
  void computesTheReferencesLogitsUnderItsOwnChoices() throws IOException {
    Path file = withFloatEmbeddingAndNoEpsilon();
    int[] tokens = firstTokens();
    float[][] reference = logitsOfReference();
    SteeredKernels kernels = new SteeredKernels(new ScalarKernels());
    Forward.Setup setup =
        Forward.Setup.DEFAULT.withKernels(kernels).withThreads(1).withOutputNormEps(1e-5f);
    try (GgufFile gguf = GgufFile.open(file);
        Forward model = new Forward(file, setup)) {
      Float64Model exact = new Float64Model(gguf, 0, 1e-5f);
      double[][] exactLogits = exact.logits(tokens);
      int[] changed = {0};
      kernels.steer((site, token, col, code) -> {
        int expected = exact.code(site, token, col);
        if (expected != code) {
          changed[0]++;
          double scaled = exact.scaled.get(site)[token][col];
          assertTrue(Float64Model.distanceToTie(scaled) < 1e-3, "not a rounding boundary");
        }
        return expected;
      });
      float[][] computed = model.logits(tokens);
      for (int t = 0; t < ROWS; t++) {
        for (int i = 0; i < reference[t].length; i++) {
          assertEquals(reference[t][i], exactLogits[t][i], 1e-5, "exact arithmetic");
        }
        assertTrue(Forward.distance(computed[t], reference[t]) < FLOAT_ROUNDING, "the engine");
      }
      // 32 tokens have 262,144 codes; one in ten thousand lies within float rounding of a boundary.
      assertTrue(changed[0] <= 26, changed[0] + " codes differ from exact arithmetic");
    }
  }

  /// As they are, the files differ from the reference by no more than rounding anew does.
  @ParameterizedTest
  @ValueSource(strings = {"i2_s", "tq1_0", "tq2_0"})
  void staysCloseToTheReferenceAsShipped(String encoding) throws IOException {
    float[][] reference = logitsOfReference();
    try (Forward model = new Forward(data("bitllama-3M-" + encoding + ".gguf"))) {
      float[][] computed = model.logits(firstTokens());
      for (int t = 0; t < ROWS; t++) {
        assertTrue(Forward.distance(computed[t], reference[t]) < 0.05);
        assertEquals(Forward.argmax(reference[t]), Forward.argmax(computed[t]));
      }
    }
  }

  private static int[] firstTokens() throws IOException {
    List<Integer> greedy = greedyOfReference();
    int[] tokens = new int[ROWS];
    tokens[0] = BOS;
    for (int i = 1; i < ROWS; i++) {
      tokens[i] = greedy.get(i - 1);
    }
    return tokens;
  }

  private static float[][] logitsOfReference() throws IOException {
    JsonView logits = Json.read(data("reference.json")).get("logits");
    return Reference.matrix(data(logits.get("file").string()), Reference.ints(logits.get("shape")));
  }

  private Path withFloatEmbeddingAndNoEpsilon() throws IOException {
    float[] embedding = new float[512 * 256];
    try (SafetensorsFile checkpoint =
        SafetensorsFile.open(data("hf-bitllama-3M-f32/model.safetensors"))) {
      MemorySegment data = checkpoint.tensors().get("model.embed_tokens.weight").data();
      MemorySegment.copy(data, ValueLayout.JAVA_FLOAT_UNALIGNED, 0, embedding, 0, embedding.length);
    }
    Path path = folder.resolve("reference.gguf");
    try (GgufFile file = GgufFile.open(data("bitllama-3M-i2_s.gguf"))) {
      GgufWriter writer = new GgufWriter();
      file.metadata().asMap().forEach(writer::put);
      writer.put("bitnet.attention.layer_norm_rms_epsilon", GgufValue.float32(0));
      for (String name : file.tensors().keySet()) {
        if (name.equals(TensorNames.EMBEDDING)) {
          writer.add(
              name,
              TensorType.F32,
              Shape.of(512, 256),
              bytes ->
                  MemorySegment.copy(
                      embedding, 0, bytes, ValueLayout.JAVA_FLOAT, 0, embedding.length));
        } else {
          writer.add(file.requireTensor(name));
        }
      }
      writer.write(path);
    }
    return path;
  }
}
