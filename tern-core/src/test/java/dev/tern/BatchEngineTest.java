package dev.tern;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tern.synthetic.SyntheticModel;
import dev.tern.synthetic.SyntheticShape;
import dev.tern.testing.TestData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Requests from many threads, listeners that misbehave, and endings.
@Timeout(60)
class BatchEngineTest {
  private static final TokenListener NOBODY = _ -> {};
  private static final int[] PROMPT = {296, 72, 105};
  private static final GenerationOptions ENDLESS =
      GenerationOptions.builder().ignoreEos(true).build();

  @TempDir static Path folder;

  private static Path path;
  private static Path endlessPath;
  private static TernModel model;

  /// With a context that no request of a test comes to the end of.
  private static TernModel endless;

  @BeforeAll
  static void load() throws IOException {
    path = folder.resolve("tiny.gguf");
    SyntheticModel.of(SyntheticShape.TINY).write(path);
    model = load(path, KernelChoice.SCALAR);
    endlessPath = folder.resolve("endless.gguf");
    SyntheticModel.of(
            new SyntheticShape(
                "endless", "bitnet", 128, 128, 2, 4, 2, 32, 300, 100_000, 1e4f, 1e-5f))
        .write(endlessPath);
    endless = load(endlessPath, KernelChoice.SCALAR);
  }

  @AfterAll
  static void close() {
    model.close();
    endless.close();
  }

  private static TernModel load(Path file, KernelChoice kernels) throws IOException {
    return TernModel.load(file, LoadOptions.defaults().withThreads(2).withKernels(kernels));
  }

  private static GenerationOptions options(int seed, int tokens) {
    return GenerationOptions.builder().seed(seed).maxTokens(tokens).ignoreEos(true).build();
  }

  private static String prompt(int number) {
    return "A prompt that all have in common at its beginning, so that a block of it is shared by"
        + " those that come later, because it is longer than a hundred and twenty-eight tokens. "
        + "Number %d %s".formatted(number, "goes on. ".repeat(number % 7));
  }

  private static BatchEngine engine(int running, int queue) {
    return engine(model, running, queue);
  }

  private static BatchEngine engine(TernModel model, int running, int queue) {
    return model.newBatchEngine(
        BatchOptions.defaults().withMaxRunning(running).withQueueCapacity(queue));
  }

  /// A listener that is told of a first token and then waits.
  private static final class Stuck implements TokenListener {
    final CountDownLatch told = new CountDownLatch(1);
    final Semaphore free = new Semaphore(0);
    final List<Token> tokens = new ArrayList<>();

    @Override
    public void onToken(Token token) {
      tokens.add(token);
      told.countDown();
      free.acquireUninterruptibly();
      free.release();
    }
  }

  @ParameterizedTest
  @CsvSource({"SCALAR, F32, 0", "AUTO, F16, 5"})
  void answersEachOfManyThreadsAsASessionDoes(KernelChoice kernels, KvCacheType type, int blocks)
      throws Exception {
    try (TernModel own = load(path, kernels)) {
      BatchOptions options =
          BatchOptions.defaults()
              .withMaxRunning(5)
              .withPrefillChunk(48)
              .withCacheTypes(type, type)
              .withKvBudgetBytes(blocks * 128L * 2 * 2 * 32 * 2 * type.bytes());
      List<Integer> numbers = IntStream.range(0, 12).boxed().toList();
      try (BatchEngine engine = own.newBatchEngine(options);
          Session session = own.newSession(SessionOptions.defaults().withCacheTypes(type, type))) {
        List<GenerationResult> results =
            numbers.parallelStream().map(number -> answer(engine, number)).toList();
        for (int number : numbers) {
          GenerationResult expected =
              session.generate(prompt(number), options(number, 10 + 5 * number));
          assertEquals(expected.tokens(), results.get(number).tokens());
          assertEquals(expected.text(), results.get(number).text());
          assertEquals(expected.seed(), results.get(number).seed());
        }
        assertEquals(12, engine.statistics().ended());
        assertTrue(engine.statistics().prefixHitTokens() >= 128, "nothing was shared");
      }
    }
  }

  /// The listener is told of exactly what the result has.
  private static GenerationResult answer(BatchEngine engine, int number) {
    List<Token> told = new ArrayList<>();
    BatchRequest request =
        engine.submit(prompt(number), options(number, 10 + 5 * number), told::add);
    GenerationResult result = request.completion().join();
    assertEquals(result.tokens(), told.stream().map(Token::id).toList());
    assertEquals(result.text(), told.stream().map(Token::text).collect(Collectors.joining()));
    BatchTimings timings = request.timings();
    assertTrue(
        timings.queuedNanos().getAsLong() <= timings.firstTokenNanos().getAsLong()
            && timings.firstTokenNanos().getAsLong() <= timings.totalNanos().getAsLong(),
        timings.toString());
    return result;
  }

  @Test
  void writesTheStoriesOfARealModelAsASessionDoes() throws Exception {
    Path stories = TestData.require("models/tinystories-b158-3m");
    Path file;
    try (Stream<Path> files = Files.list(stories)) {
      file = files.filter(name -> name.toString().endsWith(".gguf")).sorted().findFirst().get();
    }
    try (TernModel real = TernModel.load(file, LoadOptions.defaults().withThreads(2));
        BatchEngine engine = real.newBatchEngine(BatchOptions.defaults().withMaxRunning(4));
        Session session = real.newSession()) {
      List<String> prompts = List.of("once upon a time", "the dog", "a girl named lily", "one day");
      List<BatchRequest> requests = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        requests.add(engine.submit(prompts.get(i % 4), story(i), NOBODY));
      }
      for (int i = 0; i < 8; i++) {
        GenerationResult expected = session.generate(prompts.get(i % 4), story(i));
        assertEquals(expected.text(), requests.get(i).await().text());
        assertFalse(expected.text().isBlank());
      }
    }
  }

  /// A head that is searched, for some requests, and computed whole for one that needs all logits.
  @ParameterizedTest
  @CsvSource({"true", "false"})
  void choosesFromALargeVocabularyAsASessionDoes(boolean allLogits) throws Exception {
    SyntheticShape wide =
        new SyntheticShape(
            "wide", "bitnet-b1.58", 128, 256, 2, 4, 2, 32, 65_536, 512, 10_000, 1e-5f);
    Path file = folder.resolve("wide.gguf");
    SyntheticModel.of(wide).write(file);
    LoadOptions load = LoadOptions.defaults().withThreads(2).withHeadIndex(true);
    try (TernModel own = TernModel.load(file, load);
        BatchEngine engine = own.newBatchEngine(BatchOptions.defaults());
        Session session = own.newSession()) {
      List<GenerationOptions> all = new ArrayList<>();
      for (int i = 0; i < 6; i++) {
        GenerationOptions.Builder options = options(i, 12).toBuilder();
        switch (i) {
          case 0 -> options.temperature(0);
          case 1 -> options.topK(allLogits ? 0 : 1);
          case 2 -> options.repeatPenalty(1.4f).logitBias(5, 4);
          default -> options.topK(i * 20);
        }
        all.add(options.build());
      }
      List<BatchRequest> requests =
          all.stream().map(options -> engine.submit(PROMPT, options, NOBODY)).toList();
      for (int i = 0; i < all.size(); i++) {
        assertEquals(
            session.start(PROMPT, all.get(i)).finish().tokens(), requests.get(i).await().tokens());
      }
    }
  }

  private static GenerationOptions story(int number) {
    return GenerationOptions.builder()
        .temperature(number < 4 ? 0 : 0.9f)
        .seed(number)
        .maxTokens(50)
        .build();
  }

  @Test
  void refusesWhatIsMoreThanItsPlaces() throws Exception {
    Stuck stuck = new Stuck();
    try (BatchEngine engine = engine(1, 1)) {
      BatchRequest first = engine.submit(PROMPT, options(1, 3), stuck);
      stuck.told.await();
      BatchRequest second = engine.submit(PROMPT, options(2, 3), NOBODY);
      // The second does not wait for the first one's listener, only the place does.
      assertEquals(3, second.await().tokens().size());
      BatchRequest third = engine.submit(PROMPT, options(3, 400), stuck);
      QueueFullException refusal =
          assertThrows(
              QueueFullException.class, () -> engine.submit(PROMPT, options(4, 3), NOBODY));
      assertEquals(2, refusal.capacity());
      assertTrue(refusal.getMessage().startsWith("2 requests are running or waiting"));
      assertEquals(1, engine.statistics().refused());
      stuck.free.release();
      first.await();
      third.await();
      assertEquals(3, engine.submit(PROMPT, options(4, 3), NOBODY).await().tokens().size());
      assertEquals(4, engine.statistics().submitted());
    }
  }

  @Test
  void aSlowListenerHoldsUpNobodyAndMissesNothing() throws Exception {
    Stuck stuck = new Stuck();
    try (BatchEngine engine = engine(2, 8)) {
      BatchRequest slow = engine.submit(PROMPT, options(1, 100), stuck);
      stuck.told.await();
      for (int i = 0; i < 5; i++) {
        assertEquals(50, engine.submit(PROMPT, options(i, 50), NOBODY).await().tokens().size());
      }
      assertFalse(slow.completion().isDone());
      stuck.free.release();
      assertEquals(slow.await().tokens(), stuck.tokens.stream().map(Token::id).toList());
      assertEquals(100, stuck.tokens.size());
    }
  }

  @Test
  void whatAListenerThrowsIsItsRequestsFailureAlone() throws Exception {
    IllegalStateException fault = new IllegalStateException("the client is gone");
    AtomicInteger told = new AtomicInteger();
    try (BatchEngine engine = engine(2, 8)) {
      BatchRequest bad =
          engine.submit(
              PROMPT,
              options(1, 400),
              _ -> {
                told.incrementAndGet();
                throw fault;
              });
      BatchRequest good = engine.submit(PROMPT, options(2, 60), NOBODY);
      assertSame(fault, assertThrows(IllegalStateException.class, bad::await));
      assertEquals(1, told.get());
      assertEquals(60, good.await().tokens().size());
      ExecutionException wrapped =
          assertThrows(ExecutionException.class, () -> bad.completion().get());
      assertSame(fault, wrapped.getCause());
    }
  }

  @Test
  void endsACancelledRequestAndTellsItsListenerNoMore() throws Exception {
    try (BatchEngine engine = engine(endless, 1, 4)) {
      Stuck stuck = new Stuck();
      BatchRequest running = engine.submit(PROMPT, ENDLESS, stuck);
      BatchRequest waiting = engine.submit(PROMPT, ENDLESS, NOBODY);
      stuck.told.await();
      waiting.cancel();
      running.cancel();
      stuck.free.release();
      assertEquals(StopReason.CANCELLED, waiting.await().stopReason());
      assertEquals(StopReason.CANCELLED, running.await().stopReason());
      assertEquals(1, stuck.tokens.size());
      running.cancel();
      assertEquals(3, engine.submit(PROMPT, options(3, 3), NOBODY).await().tokens().size());
    }
  }

  @Test
  void failsWhatHasNotEndedWhenItIsClosed() throws Exception {
    BatchEngine engine = engine(endless, 2, 8);
    CountDownLatch started = new CountDownLatch(2);
    List<BatchRequest> requests = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      requests.add(engine.submit(PROMPT, ENDLESS, _ -> started.countDown()));
    }
    started.await();
    engine.close();
    engine.close();
    ClosedException failure = assertThrows(ClosedException.class, requests.getLast()::await);
    assertEquals("the batch engine has been closed", failure.getMessage());
    for (BatchRequest request : requests) {
      request.completion().handle((_, _) -> 0).get();
    }
    assertThrows(ClosedException.class, () -> engine.submit(PROMPT, options(1, 1), NOBODY));
  }

  @Test
  void mayBeClosedByAListener() {
    BatchEngine engine = engine(endless, 1, 1);
    BatchRequest request = engine.submit(PROMPT, ENDLESS, _ -> engine.close());
    assertThrows(ExecutionException.class, () -> request.completion().get());
  }

  @Test
  void drainsWhatItHasAcceptedAndAcceptsNoMore() throws Exception {
    try (BatchEngine engine = engine(2, 8)) {
      Stuck stuck = new Stuck();
      BatchRequest slow = engine.submit(PROMPT, options(1, 5), stuck);
      BatchRequest quick = engine.submit(PROMPT, options(2, 50), NOBODY);
      assertFalse(engine.drain(Duration.ofMillis(20)));
      ClosedException refusal =
          assertThrows(ClosedException.class, () -> engine.submit(PROMPT, options(3, 1), NOBODY));
      assertEquals("the batch engine is being drained", refusal.getMessage());
      stuck.free.release();
      assertTrue(engine.drain(Duration.ofSeconds(30)));
      assertTrue(slow.completion().isDone() && quick.completion().isDone());
      assertEquals(50, quick.await().tokens().size());
    }
  }

  @Test
  void failsWithASentenceWhenTheModelIsClosed() throws Exception {
    TernModel own = load(endlessPath, KernelChoice.SCALAR);
    try (BatchEngine engine = own.newBatchEngine(BatchOptions.defaults())) {
      CountDownLatch started = new CountDownLatch(1);
      List<BatchRequest> requests = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        requests.add(engine.submit(PROMPT, ENDLESS, _ -> started.countDown()));
      }
      started.await();
      own.close();
      ClosedException failure = assertThrows(ClosedException.class, requests.getLast()::await);
      assertEquals("the model has been closed", failure.getMessage());
      assertThrows(ClosedException.class, () -> engine.submit(PROMPT, options(1, 1), NOBODY));
    }
  }

  @Test
  void refusesRequestsThatCanNeverBeAnswered() {
    try (BatchEngine engine =
        model.newBatchEngine(BatchOptions.defaults().withContextLength(200))) {
      assertEquals(200, engine.contextLength());
      ContextLengthException tooLong =
          assertThrows(
              ContextLengthException.class,
              () -> engine.submit(new int[201], options(1, 1), NOBODY));
      assertEquals(200, tooLong.available());
      for (int[] prompt : new int[][] {{}, {300}, {-1}}) {
        assertThrows(
            IllegalArgumentException.class, () -> engine.submit(prompt, options(1, 1), NOBODY));
      }
      for (GenerationOptions bad :
          List.of(
              options(1, 1).toBuilder().logitBias(300, 1).build(),
              options(1, 1).toBuilder().draftTokens(3).build())) {
        assertThrows(IllegalArgumentException.class, () -> engine.submit(PROMPT, bad, NOBODY));
      }
      assertEquals(0, engine.statistics().submitted());
    }
  }
}
