package dev.tern;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tern.TokenLogProbabilities.Alternative;
import dev.tern.grammar.Grammar;
import dev.tern.synthetic.SyntheticModel;
import dev.tern.synthetic.SyntheticShape;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What tokens say about how likely they were.
@Timeout(60)
class LogProbabilitiesTest {
  private static final int[] PROMPT = {296, 72, 105, 32, 72, 105, 32, 72};

  /// A head just large enough for an index.
  private static final SyntheticShape WIDE_HEAD =
      new SyntheticShape("wide", "bitnet-b1.58", 128, 256, 2, 4, 2, 32, 65_536, 512, 10_000, 1e-5f);

  @TempDir static Path folder;

  private static TernModel model;

  @BeforeAll
  static void load() throws IOException {
    model = load(SyntheticShape.TINY, true);
  }

  @AfterAll
  static void close() {
    model.close();
  }

  private static TernModel load(SyntheticShape shape, boolean headIndex) throws IOException {
    Path path = folder.resolve(shape.name() + ".gguf");
    SyntheticModel.of(shape).write(path);
    return TernModel.load(path, LoadOptions.defaults().withThreads(2).withHeadIndex(headIndex));
  }

  private static GenerationOptions.Builder options(int tokens) {
    return GenerationOptions.builder().seed(7).maxTokens(tokens).ignoreEos(true);
  }

  private static List<Token> generate(TernModel model, int[] prompt, GenerationOptions options) {
    try (Session session = model.newSession()) {
      return session.start(prompt, options).stream().toList();
    }
  }

  private static TokenLogProbabilities scores(Token token) {
    return token.logProbabilities().orElseThrow();
  }

  private static List<Integer> ids(List<Token> tokens) {
    return tokens.stream().map(Token::id).toList();
  }

  /// Reads the text again and takes the logarithms from what the model expected at each place.
  private static void requireWhatTheModelExpected(
      TernModel model, int[] prompt, List<Token> tokens, int likeliest) {
    int[] text =
        IntStream.concat(IntStream.of(prompt), tokens.stream().mapToInt(Token::id)).toArray();
    List<Prediction> predictions = new ArrayList<>();
    try (Session session = model.newSession()) {
      session.predict(text, prompt.length, text.length, predictions::add);
    }
    for (int i = 0; i < tokens.size(); i++) {
      Prediction prediction = predictions.get(i);
      TokenLogProbabilities scores = scores(tokens.get(i));
      assertEquals(prediction.logProbability(tokens.get(i).id()), scores.chosen());
      assertEquals(byLogit(prediction, likeliest), scores.likeliest());
      requireSoftmax(prediction, tokens.get(i).id(), scores.chosen());
    }
  }

  private static List<Alternative> byLogit(Prediction prediction, int count) {
    return IntStream.range(0, prediction.vocabularySize())
        .boxed()
        .sorted(
            Comparator.<Integer>comparingDouble(prediction::logit)
                .reversed()
                .thenComparing(id -> id))
        .limit(count)
        .map(id -> new Alternative(id, prediction.logProbability(id)))
        .toList();
  }

  private static void requireSoftmax(Prediction prediction, int token, double logProbability) {
    double sum = 0;
    for (int id = 0; id < prediction.vocabularySize(); id++) {
      sum += Math.exp(prediction.logit(id));
    }
    assertEquals(Math.exp(prediction.logit(token)) / sum, Math.exp(logProbability), 1e-12);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 5, 20})
  void areThoseOfTheModelWhateverTheSamplerDoes(int likeliest) {
    for (GenerationOptions.Builder each :
        List.of(
            options(30).temperature(0),
            options(30),
            options(30).temperature(2).topK(0).topP(1).minP(0),
            options(30).temperature(0.7f).repeatPenalty(1.3f).presencePenalty(0.4f),
            options(30).logitBias(75, 4).logitBias(76, Float.NEGATIVE_INFINITY))) {
      List<Token> plain = generate(model, PROMPT, each.build());
      List<Token> scored = generate(model, PROMPT, each.logProbabilities(likeliest).build());
      assertEquals(ids(plain), ids(scored));
      assertEquals(30, scored.size());
      requireWhatTheModelExpected(model, PROMPT, scored, likeliest);
      assertTrue(plain.stream().allMatch(token -> token.logProbabilities().isEmpty()));
    }
  }

  /// Without being asked, such a head computes few of its logits.
  @ParameterizedTest
  @CsvSource({"0, true", "0.8, true", "0.8, false"})
  void needAllLogitsOfAHeadWithAnIndex(float temperature, boolean headIndex) throws IOException {
    try (TernModel wide = load(WIDE_HEAD, headIndex)) {
      GenerationOptions plain = options(6).temperature(temperature).build();
      GenerationOptions asking = plain.toBuilder().logProbabilities(3).build();
      List<Token> scored = generate(wide, PROMPT, asking);
      assertEquals(ids(generate(wide, PROMPT, plain)), ids(scored));
      requireWhatTheModelExpected(wide, PROMPT, scored, 3);
      try (BatchEngine engine = wide.newBatchEngine(BatchOptions.defaults())) {
        List<Token> told = new ArrayList<>();
        BatchRequest first = engine.submit(PROMPT, plain, _ -> {});
        engine.submit(PROMPT, asking, told::add).completion().join();
        assertEquals(ids(scored), first.completion().join().tokens());
        assertEquals(scored, told);
      }
    }
  }

  /// Requests of every kind, with memory for fewer, so that some have to begin again.
  @Test
  void areTheSameInABatch() {
    List<int[]> prompts = new ArrayList<>();
    List<GenerationOptions> asked = new ArrayList<>();
    for (int i = 0; i < 9; i++) {
      int number = i;
      prompts.add(IntStream.range(0, 90 + i).map(at -> (at * 31 + number % 3) % 256).toArray());
      GenerationOptions.Builder each = options(60).seed(i).temperature(i % 2);
      asked.add((i % 3 == 0 ? each : each.logProbabilities(i)).build());
    }
    long block = 128L * 2 * 2 * 32 * 2 * KvCacheType.F16.bytes();
    BatchOptions scarce =
        BatchOptions.defaults()
            .withMaxRunning(6)
            .withPrefillChunk(48)
            .withContextLength(256)
            .withKvBudgetBytes(5 * block);
    try (BatchEngine engine = model.newBatchEngine(scarce)) {
      List<List<Token>> told = new ArrayList<>();
      List<BatchRequest> requests = new ArrayList<>();
      for (int i = 0; i < asked.size(); i++) {
        List<Token> tokens = new ArrayList<>();
        told.add(tokens);
        requests.add(engine.submit(prompts.get(i), asked.get(i), tokens::add));
      }
      requests.forEach(request -> request.completion().join());
      assertTrue(engine.statistics().preemptions() > 0, "nobody had to begin again");
      for (int i = 0; i < asked.size(); i++) {
        assertEquals(generate(model, prompts.get(i), asked.get(i)), told.get(i));
        assertEquals(
            asked.get(i).logProbabilities().isPresent(),
            told.get(i).getFirst().logProbabilities().isPresent());
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"root ::= [0-9]+", "root ::= [^a]+"})
  void doNotSeeTheGrammar(String grammar) {
    GenerationOptions options =
        options(20).grammar(Grammar.gbnf(grammar)).logProbabilities(4).build();
    List<Token> scored = generate(model, PROMPT, options);
    requireWhatTheModelExpected(model, PROMPT, scored, 4);
    assertEquals(20, scored.size());
  }

  @Test
  void aTokenCanBeNoneOfTheLikeliest() {
    GenerationOptions options =
        options(20).grammar(Grammar.gbnf("root ::= \"z\"+")).logProbabilities(1).build();
    List<Token> scored = generate(model, PROMPT, options);
    assertTrue(
        scored.stream().anyMatch(token -> token.id() != scores(token).likeliest().getFirst().id()));
  }

  @Test
  void standWithTokensWhoseTextIsHeldBack() {
    GenerationOptions plain = options(25).build();
    String text = model.generate("Hi", plain).text();
    String stop = text.substring(text.length() / 2, text.length() / 2 + 4);
    GenerationOptions stopping = plain.toBuilder().stop(stop).logProbabilities(2).build();
    try (Session session = model.newSession()) {
      Generation generation = session.start("Hi", stopping);
      List<Token> tokens = generation.stream().toList();
      StringBuilder shown = new StringBuilder();
      tokens.forEach(token -> shown.append(token.text()));
      assertEquals(text.substring(0, text.indexOf(stop)), shown.toString());
      assertEquals(StopReason.STOP_TEXT, generation.result().stopReason());
      assertTrue(tokens.stream().anyMatch(token -> token.text().isEmpty()));
      tokens.forEach(token -> assertEquals(2, scores(token).likeliest().size()));
    }
  }

  @Test
  void areTheSameWithTokensGuessedAhead() {
    GenerationOptions plain = options(60).temperature(0.2f).logProbabilities(3).build();
    GenerationOptions drafting = plain.toBuilder().draftTokens(5).build();
    assertEquals(generate(model, PROMPT, plain), generate(model, PROMPT, drafting));
    try (Session session = model.newSession()) {
      assertNotEquals(0, session.start(PROMPT, drafting).finish().usage().draftedTokens());
    }
  }

  @Test
  void aTokenWithoutThemIsOneThatNobodyAskedAbout() {
    assertEquals(new Token(5, "a"), new Token(5, "a", Optional.empty()));
  }
}
