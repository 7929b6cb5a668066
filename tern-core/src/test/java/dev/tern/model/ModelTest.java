package dev.tern.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tern.ActivationPrecision;
import dev.tern.ContextLengthException;
import dev.tern.FeedForwardZeros;
import dev.tern.KernelChoice;
import dev.tern.KvCacheType;
import dev.tern.LoadOptions;
import dev.tern.TernModel;
import dev.tern.kernel.FloatMatrix;
import dev.tern.kernel.GatedActivation;
import dev.tern.kernel.RopeStyle;
import dev.tern.synthetic.SyntheticModel;
import dev.tern.synthetic.SyntheticShape;
import dev.tern.tensor.TensorType;
import dev.tern.testing.LoadedText;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ModelTest {
  private static final BlockStyle STYLE =
      new BlockStyle(GatedActivation.SILU, RopeStyle.HALF, false, false, false);
  private static final int[] TOKENS = {5, 280, 99, 7};

  @TempDir static Path folder;

  private static final Arena ARENA = Arena.ofShared();
  private static LoadedText loaded;
  private static Transformer transformer;

  @BeforeAll
  static void load() throws IOException {
    Path path = folder.resolve("tiny.gguf");
    SyntheticModel.of(SyntheticShape.TINY).write(path);
    loaded = new LoadedText(path, KernelChoice.SCALAR, 2);
    transformer = loaded.model().transformer();
  }

  @AfterAll
  static void close() {
    loaded.close();
    ARENA.close();
  }

  private static KvCache cache(int capacity) {
    return new KvCache(ARENA, transformer.config(), capacity, KvCacheType.F32, KvCacheType.F32);
  }

  private static float[] row(FloatMatrix logits, int row) {
    float[] values = new float[300];
    logits.copyRow(row, values);
    return values;
  }

  @Test
  void givesTheLogitsThatAreWanted() {
    Workspace workspace = transformer.workspace(ARENA, 8);
    FloatMatrix all = transformer.forward(TOKENS, 4, cache(8), workspace, Logits.ALL);
    float[] first = row(all, 0);
    float[] last = row(all, 3);
    FloatMatrix only = transformer.forward(TOKENS, 4, cache(8), workspace, Logits.LAST);
    assertArrayEquals(last, row(only, 0));
    FloatMatrix one = transformer.forward(TOKENS, 1, cache(8), workspace, Logits.LAST);
    assertArrayEquals(first, row(one, 0));
    KvCache filled = cache(8);
    transformer.forward(TOKENS, 3, filled, workspace, Logits.NONE);
    FloatMatrix next =
        transformer.forward(new int[] {TOKENS[3]}, 1, filled, workspace, Logits.LAST);
    assertArrayEquals(last, row(next, 0));
  }

  @Test
  void refusesPassesThatDoNotFitAndLeavesTheCacheAsItWas() {
    Workspace workspace = transformer.workspace(ARENA, 3);
    KvCache cache = cache(2);
    assertThrows(
        IllegalArgumentException.class,
        () -> transformer.forward(TOKENS, 4, cache, workspace, Logits.LAST));
    assertThrows(
        IllegalArgumentException.class,
        () -> transformer.forward(TOKENS, 0, cache, workspace, Logits.LAST));
    assertThrows(
        IllegalStateException.class,
        () -> transformer.forward(TOKENS, 3, cache, workspace, Logits.LAST));
    assertThrows(
        IllegalArgumentException.class,
        () -> transformer.forward(new int[] {300}, 1, cache, workspace, Logits.LAST));
    assertEquals(0, cache.length());
    transformer.forward(TOKENS, 2, cache, workspace, Logits.LAST);
    assertEquals(2, cache.length());
  }

  @Test
  void aCacheGrowsInBlocksAndKeepsThem() {
    Workspace workspace = transformer.workspace(ARENA, 1);
    KvCache cache = cache(200);
    assertEquals(0, cache.byteSize());
    long block = 128L * 2 * 2 * 64 * Float.BYTES;
    for (int i = 0; i < 129; i++) {
      transformer.forward(TOKENS, 1, cache, workspace, Logits.NONE);
      assertEquals(i < 128 ? block : 2 * block, cache.byteSize());
    }
    cache.truncate(1);
    assertEquals(1, cache.length());
    assertEquals(200, cache.capacity());
    assertEquals(2 * block, cache.byteSize());
    assertThrows(IllegalArgumentException.class, () -> cache.truncate(2));
    assertThrows(IllegalArgumentException.class, () -> cache.truncate(-1));
  }

  @Test
  void aTokenReadsAllLayersAndTheHead() {
    long block = 2 * 128 * 128 + 2 * 64 * 128 + 3 * 256 * 128;
    long bytes = transformer.weights().bytesPerToken();
    // 2 bits a weight, some bytes for scales, and 16 bits a weight of the head.
    long least = 2 * block / 4 + 300 * 128 * 2;
    assertTrue(bytes >= least && bytes <= least + 2 * 7 * 64, bytes + " bytes");
  }

  private static ModelConfig config(int heads, int kvHeads, int headDim, float theta, float eps) {
    return new ModelConfig("test", 64, 128, 2, heads, kvHeads, headDim, 300, 64, theta, eps, STYLE);
  }

  @ParameterizedTest
  @CsvSource({
    "0, 1, 16, 1e4, 1e-5, head count is 0",
    "4, 0, 16, 1e4, 1e-5, KV head count is 0",
    "4, 3, 16, 1e4, 1e-5, 4 heads cannot share 3 KV heads",
    "4, 8, 16, 1e4, 1e-5, 4 heads cannot share 8 KV heads",
    "4, 2, 15, 1e4, 1e-5, the head dim 15 is odd",
    "4, 2, 0, 1e4, 1e-5, head dim is 0",
    "1073741824, 1, 16, 1e4, 1e-5, too many",
    "4, 2, 16, 0, 1e-5, RoPE theta",
    "4, 2, 16, -1, 1e-5, RoPE theta",
    "4, 2, 16, NaN, 1e-5, RoPE theta",
    "4, 2, 16, Infinity, 1e-5, RoPE theta",
    "4, 2, 16, 1e4, -1, epsilon",
    "4, 2, 16, 1e4, NaN, epsilon"
  })
  void aConfigurationNamesWhatDoesNotFit(
      int heads, int kvHeads, int headDim, float theta, float eps, String named) {
    IllegalArgumentException refusal =
        assertThrows(
            IllegalArgumentException.class, () -> config(heads, kvHeads, headDim, theta, eps));
    assertTrue(refusal.getMessage().contains(named), refusal.getMessage());
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 4})
  void aConfigurationNeedsPositiveSizes(int which) {
    int[] sizes = {64, 128, 2, 300, 64};
    sizes[which] = 0;
    assertThrows(
        IllegalArgumentException.class,
        () ->
            new ModelConfig(
                "test", sizes[0], sizes[1], sizes[2], 4, 2, 16, sizes[3], sizes[4], 1e4f, 0,
                STYLE));
  }

  @Test
  void noEpsilonAtAllIsFine() {
    assertEquals(0, config(4, 2, 16, 1e4f, 0).rmsNormEps());
  }

  @Test
  void countsTheZerosOfEachBlock() {
    FeedForwardZeros zeros = transformer.feedForwardZeros(TOKENS).orElseThrow();
    assertEquals(TOKENS.length, zeros.tokens());
    assertEquals(2, zeros.layers().size());
    // The last block's gates and codes are still there after a pass of one token.
    Workspace workspace = transformer.workspace(ARENA, 1);
    KvCache cache = cache(8);
    int shut = 0;
    int zero = 0;
    for (int token : TOKENS) {
      transformer.forward(new int[] {token}, 1, cache, workspace, Logits.NONE);
      for (int col = 0; col < 256; col++) {
        shut += workspace.gateUp.get(0, col) <= 0 ? 1 : 0;
        zero += workspace.codes(256).code(0, col) == 0 ? 1 : 0;
      }
    }
    assertEquals(shut / 1024.0, zeros.layers().getLast().shutGates());
    assertEquals(zero / 1024.0, zeros.layers().getLast().zeroInputs());
    assertTrue(shut > 256 && shut < 768, "random weights shut about half of the gates");
    assertTrue(zero > shut, "a shut gate gives a zero, a small product too");
    assertEquals(
        (zeros.layers().get(0).shutGates() + zeros.layers().get(1).shutGates()) / 2,
        zeros.shutGates());
    assertEquals(
        (zeros.layers().get(0).zeroInputs() + zeros.layers().get(1).zeroInputs()) / 2,
        zeros.zeroInputs());
  }

  @Test
  void countsTheZerosOfInputsThatAreNotRounded() throws IOException {
    Path path = folder.resolve("floats.gguf");
    SyntheticModel.of(SyntheticShape.TINY).withLinearType(TensorType.F32).write(path);
    LoadOptions options =
        LoadOptions.defaults()
            .withKernels(KernelChoice.SCALAR)
            .withActivations(ActivationPrecision.FLOAT);
    try (TernModel model = TernModel.load(path, options)) {
      FeedForwardZeros zeros = model.countFeedForwardZeros(TOKENS).orElseThrow();
      assertEquals(zeros.shutGates(), zeros.zeroInputs());
      assertTrue(zeros.shutGates() > 0.25 && zeros.shutGates() < 0.75, zeros.toString());
    }
  }

  @Test
  void countsNothingWhereThereIsNothingToCount() throws IOException {
    assertThrows(IllegalArgumentException.class, () -> transformer.feedForwardZeros(new int[0]));
    Path path = folder.resolve("silu.gguf");
    SyntheticModel.of(SyntheticShape.TINY.withArchitecture("llama")).write(path);
    try (TernModel model = TernModel.load(path)) {
      assertEquals(Optional.empty(), model.countFeedForwardZeros(TOKENS));
      assertThrows(ContextLengthException.class, () -> model.countFeedForwardZeros(new int[513]));
    }
  }
}
