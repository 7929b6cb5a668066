package dev.tern;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tern.gguf.GgufValue;
import dev.tern.model.KvCache;
import dev.tern.model.Logits;
import dev.tern.model.Transformer;
import dev.tern.model.Workspace;
import dev.tern.synthetic.SyntheticModel;
import dev.tern.synthetic.SyntheticShape;
import dev.tern.testing.EditedModel;
import dev.tern.tokenizer.EncodeOptions;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/// Texts as vectors, against the states of each token computed alone.
@Timeout(60)
class EmbeddingTest {
  private static final EmbeddingOptions DEFAULTS = EmbeddingOptions.defaults();

  /// Of very different lengths, two longer than a block of 128 positions.
  private static final List<String> TEXTS =
      List.of(
          "Once upon a time",
          "a",
          "There was a fox. ".repeat(20),
          "",
          "Größe and 終わり",
          "b",
          "c",
          "d",
          "e",
          "f",
          "<|end|> is no token here",
          "It ran and ran and ran. ".repeat(12));

  @TempDir static Path folder;

  private static Path path;
  private static TernModel model;

  @BeforeAll
  static void load() throws IOException {
    path = folder.resolve("tiny.gguf");
    SyntheticModel.of(SyntheticShape.TINY).write(path);
    model = load(path, KernelChoice.SCALAR);
  }

  @AfterAll
  static void close() {
    model.close();
  }

  private static TernModel load(Path file, KernelChoice kernels) throws IOException {
    return TernModel.load(file, LoadOptions.defaults().withThreads(2).withKernels(kernels));
  }

  private static int[] tokens(String text) {
    return model.tokenizer().encode(text, new EncodeOptions(true, false));
  }

  /// The states after the final norm, one token a pass.
  private static float[][] states(int[] tokens) {
    Transformer transformer = model.loaded().transformer();
    float[][] states = new float[tokens.length][transformer.config().hiddenSize()];
    try (Arena arena = Arena.ofShared()) {
      Workspace workspace = transformer.workspace(arena, 1);
      KvCache cache =
          new KvCache(arena, transformer.config(), tokens.length, KvCacheType.F32, KvCacheType.F32);
      for (int t = 0; t < tokens.length; t++) {
        transformer.forward(new int[] {tokens[t]}, 1, cache, workspace, Logits.LAST_LATER);
        transformer.state(workspace, 0, states[t]);
      }
    }
    return states;
  }

  /// The definition.
  private static float[] vector(int[] tokens, Pooling pooling, int dimensions, boolean normalize) {
    float[][] states = states(tokens);
    double[] vector = new double[dimensions];
    for (int i = 0; i < dimensions; i++) {
      double sum = 0;
      for (float[] state : states) {
        sum += state[i];
      }
      vector[i] =
          switch (pooling) {
            case MEAN -> (float) (sum / states.length);
            case CLS -> states[0][i];
            case LAST -> states[states.length - 1][i];
          };
    }
    double length = Math.sqrt(Arrays.stream(vector).map(value -> value * value).sum());
    float[] result = new float[dimensions];
    for (int i = 0; i < dimensions; i++) {
      result[i] = (float) (normalize ? vector[i] / length : vector[i]);
    }
    return result;
  }

  private static void assertVectors(
      List<int[]> texts, EmbeddingOptions options, List<Embedding> embeddings) {
    assertEquals(texts.size(), embeddings.size());
    int dimensions = options.dimensions() == 0 ? 128 : options.dimensions();
    for (int i = 0; i < texts.size(); i++) {
      float[] expected =
          vector(
              texts.get(i),
              options.pooling().orElse(Pooling.MEAN),
              dimensions,
              options.normalize());
      assertArrayEquals(expected, embeddings.get(i).vector(), "text " + i);
      assertEquals(texts.get(i).length, embeddings.get(i).tokens());
      assertEquals(dimensions, embeddings.get(i).dimensions());
    }
  }

  @ParameterizedTest
  @EnumSource(Pooling.class)
  void poolsTheStatesOfATextsTokens(Pooling pooling) {
    EmbeddingOptions options = DEFAULTS.withPooling(pooling);
    List<int[]> texts = TEXTS.stream().map(EmbeddingTest::tokens).toList();
    assertVectors(texts, options, model.embed(TEXTS, options));
  }

  @Test
  void takesTheMeanWhereNobodySaysOtherwise() {
    assertEquals(Pooling.MEAN, model.pooling());
    assertVectors(List.of(tokens("Hello")), DEFAULTS, model.embed(List.of("Hello"), DEFAULTS));
  }

  @ParameterizedTest
  @CsvSource({"1, true", "16, true", "16, false", "128, false"})
  void cutsAVectorBeforeItNormalizesIt(int dimensions, boolean normalize) {
    EmbeddingOptions options = DEFAULTS.withDimensions(dimensions).withNormalize(normalize);
    assertVectors(List.of(tokens("Hello")), options, model.embed(List.of("Hello"), options));
  }

  @Test
  void givesVectorsOfLengthOne() {
    for (Embedding embedding : model.embed(TEXTS, DEFAULTS)) {
      double squares = 0;
      for (float value : embedding.vector()) {
        squares += value * value;
      }
      assertEquals(1, squares, 1e-6);
    }
  }

  @ParameterizedTest
  @CsvSource({"SCALAR, 1", "SCALAR, 7", "SCALAR, 1000", "AUTO, 64"})
  void givesATextTheSameBitsInAnyCompany(KernelChoice kernels, int batchSize) throws IOException {
    List<String> shuffled = new ArrayList<>(TEXTS);
    Collections.reverse(shuffled);
    try (TernModel other = load(path, kernels)) {
      List<Embedding> together = other.embed(shuffled, DEFAULTS.withBatchSize(batchSize));
      for (int i = 0; i < shuffled.size(); i++) {
        Embedding alone = model.embed(List.of(shuffled.get(i)), DEFAULTS).getFirst();
        assertArrayEquals(alone.vector(), together.get(i).vector(), shuffled.get(i));
      }
    }
  }

  @Test
  void takesTokensAsTheyAre() {
    List<int[]> texts = List.of(new int[] {72, 105}, new int[] {299});
    assertVectors(texts, DEFAULTS, model.embedTokens(texts, DEFAULTS));
    assertEquals(List.of(), model.embedTokens(List.of(), DEFAULTS));
  }

  @Test
  void answersManyThreadsAndAnEngineAtOnce() throws Exception {
    List<Embedding> expected = model.embed(TEXTS, DEFAULTS);
    GenerationOptions generation =
        GenerationOptions.greedy().toBuilder().maxTokens(60).ignoreEos(true).build();
    String alone = model.generate("Once", generation).text();
    Callable<List<Embedding>> embed = () -> model.embed(TEXTS, DEFAULTS.withBatchSize(16));
    try (ExecutorService threads = Executors.newFixedThreadPool(4);
        BatchEngine engine = model.newBatchEngine(BatchOptions.defaults())) {
      BatchRequest request = engine.submit("Once", generation, _ -> {});
      List<Future<List<Embedding>>> all = threads.invokeAll(Collections.nCopies(8, embed));
      assertEquals(alone, request.await().text());
      for (Future<List<Embedding>> embeddings : all) {
        for (int i = 0; i < TEXTS.size(); i++) {
          assertArrayEquals(expected.get(i).vector(), embeddings.get().get(i).vector());
        }
      }
    }
  }

  @Test
  void letsAnEngineHaveItsTurnBetweenPasses() throws Exception {
    List<String> order = Collections.synchronizedList(new ArrayList<>());
    Thread[] waiting = new Thread[1];
    model.takeTurn(() -> {
      waiting[0] = Thread.ofPlatform().start(() -> model.takeTurn(() -> order.add("who waited")));
      while (waiting[0].getState() != Thread.State.WAITING) {
        Thread.onSpinWait();
      }
      return order.add("first");
    });
    model.takeTurn(() -> order.add("who came back"));
    waiting[0].join();
    assertEquals(List.of("first", "who waited", "who came back"), order);
  }

  private static String refusal(Class<? extends Exception> type, Executable action) {
    return assertThrows(type, action).getMessage();
  }

  @Test
  void refusesATextThatDoesNotFitAndNamesTheLengths() {
    String tooLong = "x".repeat(600);
    assertEquals(
        "text 2 of 3 has %d tokens, but the context has room for 512: shorten the text or divide it"
            .formatted(tokens(tooLong).length),
        refusal(
            ContextLengthException.class, () -> model.embed(List.of("a", tooLong, "b"), DEFAULTS)));
    assertTrue(
        refusal(
                ContextLengthException.class,
                () -> model.embed(List.of("abc"), DEFAULTS.withContextLength(3)))
            .contains("room for 3"));
  }

  @Test
  void takesATextAsLongAsTheContext() {
    int[] longest = IntStream.range(0, 512).map(i -> i % 256).toArray();
    assertEquals(512, model.embedTokens(List.of(longest), DEFAULTS).getFirst().tokens());
  }

  @Test
  void refusesWhatCannotBeEmbedded() {
    assertTrue(
        refusal(
                IllegalArgumentException.class,
                () -> model.embedTokens(List.of(new int[] {1}, new int[0]), DEFAULTS))
            .startsWith("text 2 of 2 is empty"));
    assertTrue(
        refusal(
                IllegalArgumentException.class,
                () -> model.embedTokens(List.of(new int[] {300}), DEFAULTS))
            .contains("names the token 300"));
    assertEquals(
        "129 dimensions were asked for, but the model's vectors have 128",
        refusal(
            IllegalArgumentException.class,
            () -> model.embed(List.of("a"), DEFAULTS.withDimensions(129))));
    assertTrue(
        refusal(
                IllegalArgumentException.class,
                () -> model.embed(List.of("a"), DEFAULTS.withContextLength(513)))
            .contains("the model was trained for 512"));
  }

  @Test
  void refusesAnEmptyTextToWhichTheTokenizerAddsNothing() throws IOException {
    Path edited =
        EditedModel.edit(
            path,
            folder.resolve("no-bos.gguf"),
            file -> file.put("tokenizer.ggml.add_bos_token", GgufValue.bool(false)));
    try (TernModel plain = load(edited, KernelChoice.SCALAR)) {
      assertTrue(
          refusal(IllegalArgumentException.class, () -> plain.embed(List.of("a", ""), DEFAULTS))
              .startsWith("text 2 of 2 is empty"));
    }
    assertEquals(1, model.embed(List.of(""), DEFAULTS).getFirst().tokens());
  }

  @Test
  void refusesOptionsThatMeanNothing() {
    for (Executable wrong :
        List.<Executable>of(
            () -> DEFAULTS.withDimensions(-1),
            () -> DEFAULTS.withContextLength(-1),
            () -> DEFAULTS.withBatchSize(0),
            () -> DEFAULTS.withBatchSize(65_537))) {
      assertThrows(IllegalArgumentException.class, wrong);
    }
  }

  @ParameterizedTest
  @CsvSource({"0, MEAN", "1, MEAN", "2, CLS", "3, LAST"})
  void poolsAsTheFileSays(int type, Pooling pooling) throws IOException {
    try (TernModel pooled = load(withPooling(type), KernelChoice.SCALAR)) {
      assertEquals(pooling, pooled.pooling());
      assertArrayEquals(
          vector(tokens("Hello there"), pooling, 128, true),
          pooled.embed(List.of("Hello there"), DEFAULTS).getFirst().vector());
    }
  }

  @Test
  void refusesAFileWithAPoolingThatItDoesNotKnow() throws IOException {
    Path file = withPooling(4);
    assertTrue(
        refusal(UnsupportedModelException.class, () -> load(file, KernelChoice.SCALAR))
            .contains("bitnet-b1.58.pooling_type is 4"));
  }

  private static Path withPooling(int type) throws IOException {
    return EditedModel.edit(
        path,
        folder.resolve("pooling-%d.gguf".formatted(type)),
        file -> file.put("bitnet-b1.58.pooling_type", GgufValue.uint32(type)));
  }

  @Test
  void embedsNothingWithAModelThatIsClosed() throws IOException {
    TernModel closed = load(path, KernelChoice.SCALAR);
    closed.close();
    assertThrows(IllegalStateException.class, () -> closed.embed(List.of("a"), DEFAULTS));
  }
}
