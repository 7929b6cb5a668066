package dev.tern.generate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tern.BatchStatistics;
import dev.tern.GenerationOptions;
import dev.tern.GenerationResult;
import dev.tern.KernelChoice;
import dev.tern.KvCacheType;
import dev.tern.StopReason;
import dev.tern.Token;
import dev.tern.model.KvPool;
import dev.tern.synthetic.SyntheticModel;
import dev.tern.synthetic.SyntheticShape;
import dev.tern.testing.LoadedText;
import dev.tern.tokenizer.Tokenizer;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Who computes when, step by step and without threads, and that no schedule changes a text.
class BatchSchedulerTest {
  private static final int CONTEXT = 400;
  private static final int BLOCK = 128;

  @TempDir static Path folder;

  private static LoadedText model;
  private final Arena arena = Arena.ofAuto();
  private KvPool pool;

  @BeforeAll
  static void load() throws IOException {
    Path path = folder.resolve("tiny.gguf");
    SyntheticModel.of(SyntheticShape.TINY).write(path);
    model = new LoadedText(path, KernelChoice.AUTO, 2);
  }

  @AfterAll
  static void close() {
    model.close();
  }

  /// What a text's scheduler says about it.
  private static final class Recorder implements BatchText.Observer {
    private final List<Integer> tokens = new ArrayList<>();
    private final StringBuilder shown = new StringBuilder();
    private GenerationResult result;
    private Throwable failure;

    @Override
    public void chosen(Token token) {
      assertFalse(isOver());
      tokens.add(token.id());
      shown.append(token.text());
    }

    @Override
    public void ended(GenerationResult ending) {
      assertFalse(isOver());
      result = ending;
    }

    @Override
    public void failed(Throwable reason) {
      assertFalse(isOver());
      failure = reason;
    }

    boolean isOver() {
      return result != null || failure != null;
    }
  }

  private static final class Request {
    private final int[] prompt;
    private final GenerationOptions options;

    Request(int[] prompt, GenerationOptions options) {
      this.prompt = prompt;
      this.options = options;
    }

    BatchText text(BatchText.Observer observer) {
      Tokenizer tokenizer = model.model().tokenizer();
      return new BatchText(
          prompt,
          options,
          options.seed().orElse(1),
          assembler(),
          tokenizer::isEndOfGeneration,
          Optional.empty(),
          observer);
    }

    TextAssembler assembler() {
      Tokenizer tokenizer = model.model().tokenizer();
      List<Integer> context = Arrays.stream(prompt).boxed().toList();
      return new TextAssembler(tokenizer.decoder(context), options.stop());
    }

    GenerationResult alone() {
      return new GenerationLoop(
              model.sequence(CONTEXT, 64, KvCacheType.F32),
              prompt,
              options,
              options.seed().orElse(1),
              assembler(),
              model.model().tokenizer()::isEndOfGeneration,
              Optional.empty())
          .finish();
    }
  }

  private BatchScheduler scheduler(int blocks, int running, int rows, boolean prefixCache) {
    return scheduler(arena, blocks, running, rows, prefixCache);
  }

  private BatchScheduler scheduler(
      Arena memory, int blocks, int running, int rows, boolean prefixCache) {
    pool =
        new KvPool(
            memory, model.model().transformer().config(), blocks, KvCacheType.F32, KvCacheType.F32);
    return new BatchScheduler(
        model.model().transformer(),
        model.model().tokenizer().vocabularySize(),
        arena,
        pool,
        new BatchScheduler.Limits(running, rows, CONTEXT, prefixCache));
  }

  private static int[] tokens(int length, long seed) {
    return new SplittableRandom(seed).ints(length, 0, 256).toArray();
  }

  private static GenerationOptions greedy(int count) {
    return GenerationOptions.greedy().toBuilder().maxTokens(count).ignoreEos(true).build();
  }

  private static Recorder add(BatchScheduler scheduler, Request request) {
    Recorder recorder = new Recorder();
    scheduler.add(request.text(recorder));
    return recorder;
  }

  private static void finish(BatchScheduler scheduler) {
    for (int steps = 0; scheduler.step(); steps++) {
      assertTrue(steps < 10_000, "the texts do not end");
    }
  }

  private static void requireSame(Request request, Recorder recorder) {
    assertNull(recorder.failure);
    GenerationResult expected = request.alone();
    assertEquals(expected.tokens(), recorder.result.tokens());
    assertEquals(expected.text(), recorder.result.text());
    assertEquals(expected.stopReason(), recorder.result.stopReason());
    assertEquals(expected.tokens(), recorder.tokens);
    assertEquals(expected.text(), recorder.shown.toString());
    assertEquals(expected.usage().promptTokens(), recorder.result.usage().promptTokens());
  }

  /// Prompts that begin like one of two others up to some place, and every way to choose.
  private static Request randomRequest(SplittableRandom random) {
    int[] prompt = tokens(1 + random.nextInt(330), 100 + random.nextInt(2));
    int own = random.nextInt(prompt.length + 1);
    for (int i = own; i < prompt.length; i++) {
      prompt[i] = random.nextInt(256);
    }
    GenerationOptions.Builder options =
        GenerationOptions.builder().seed(random.nextInt(1000)).ignoreEos(random.nextInt(4) > 0);
    switch (random.nextInt(5)) {
      case 0 -> options.temperature(0);
      case 1 -> options.topK(0).topP(1).minP(0).temperature(2);
      case 2 -> options.repeatPenalty(1.3f).presencePenalty(0.4f).frequencyPenalty(0.2f);
      case 3 -> options.stop("a", "th").logitBias(101, 3).temperature(1.5f);
      default -> {}
    }
    if (random.nextInt(8) > 0) {
      options.maxTokens(random.nextInt(60));
    }
    return new Request(prompt, options.build());
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6})
  void noScheduleChangesAText(int seed) {
    SplittableRandom random = new SplittableRandom(seed);
    BatchScheduler scheduler =
        scheduler(
            4 + random.nextInt(5),
            1 + random.nextInt(6),
            1 + random.nextInt(150),
            random.nextInt(4) > 0);
    List<Request> requests = new ArrayList<>();
    List<Recorder> recorders = new ArrayList<>();
    List<BatchText> texts = new ArrayList<>();
    boolean more = true;
    for (int steps = 0; more || texts.size() < 14; steps++) {
      assertTrue(steps < 10_000, "the texts do not end");
      if (texts.size() < 14 && random.nextInt(12) == 0) {
        requests.add(randomRequest(random));
        recorders.add(new Recorder());
        texts.add(requests.getLast().text(recorders.getLast()));
        scheduler.add(texts.getLast());
      }
      if (!texts.isEmpty() && random.nextInt(100) == 0) {
        texts.get(random.nextInt(texts.size())).cancel();
      }
      more = scheduler.step();
      BatchStatistics now = scheduler.statistics();
      assertEquals(pool.used(), now.kvBlocksUsed() + now.kvBlocksCached());
      assertTrue(pool.used() <= pool.capacity());
    }
    for (int i = 0; i < texts.size(); i++) {
      GenerationResult result = recorders.get(i).result;
      assertNotNull(result, "text " + i + " has not ended");
      if (result.stopReason() == StopReason.CANCELLED) {
        List<Integer> whole = requests.get(i).alone().tokens();
        assertEquals(whole.subList(0, result.tokens().size()), result.tokens());
      } else {
        requireSame(requests.get(i), recorders.get(i));
      }
    }
    assertEquals(0, scheduler.statistics().kvBlocksUsed());
    assertEquals(texts.size(), scheduler.statistics().ended());
  }

  /// Three texts that grow need more memory than there is, so the youngest has to begin again.
  @ParameterizedTest
  @CsvSource({"true", "false"})
  void theYoungestGivesWayAndItsTextStaysTheSame(boolean prefixCache) {
    BatchScheduler scheduler = scheduler(4, 3, 64, prefixCache);
    List<Request> requests = new ArrayList<>();
    List<Recorder> recorders = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      GenerationOptions options =
          GenerationOptions.builder().seed(i).maxTokens(120).ignoreEos(true).build();
      requests.add(new Request(tokens(100, i), options));
      recorders.add(add(scheduler, requests.getLast()));
    }
    finish(scheduler);
    for (int i = 0; i < 3; i++) {
      requireSame(requests.get(i), recorders.get(i));
    }
    assertTrue(scheduler.statistics().preemptions() > 0, "nobody gave way");
  }

  @Test
  void computesACommonBeginningOnceEvenForTextsThatComeTogether() {
    BatchScheduler scheduler = scheduler(20, 4, 50, true);
    int[] system = tokens(2 * BLOCK + 10, 1);
    List<Request> requests = new ArrayList<>();
    List<Recorder> recorders = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      int[] prompt = Arrays.copyOf(system, system.length + 5);
      prompt[system.length] = i;
      requests.add(new Request(prompt, greedy(6)));
      recorders.add(add(scheduler, requests.getLast()));
    }
    finish(scheduler);
    for (int i = 0; i < 4; i++) {
      requireSame(requests.get(i), recorders.get(i));
      int cached = recorders.get(i).result.usage().cachedTokens();
      assertEquals(i == 0 ? 0 : 2 * BLOCK, cached);
    }
    assertEquals(3 * 2 * BLOCK, scheduler.statistics().prefixHitTokens());
    assertEquals(2, scheduler.statistics().kvBlocksCached());
    assertEquals(2 * BLOCK + 4 * 15, scheduler.statistics().prefilledTokens());
  }

  /// A later turn of a conversation begins with the prompt and the answer of the one before.
  @Test
  void doesNotComputeAnEarlierTurnAgain() {
    BatchScheduler scheduler = scheduler(20, 4, 128, true);
    Request first = new Request(tokens(100, 1), greedy(60));
    Recorder answer = add(scheduler, first);
    finish(scheduler);
    int[] longer = Arrays.copyOf(first.prompt, 190);
    for (int i = 0; i < 60; i++) {
      longer[100 + i] = answer.result.tokens().get(i);
    }
    Request second = new Request(longer, greedy(5));
    Recorder later = add(scheduler, second);
    finish(scheduler);
    requireSame(second, later);
    assertEquals(BLOCK, later.result.usage().cachedTokens());
  }

  /// The last token is computed although its block is known, because nothing else says what
  /// follows.
  @Test
  void computesTheLastTokenOfAPromptThatIsKnownAsAWhole() {
    BatchScheduler scheduler = scheduler(20, 4, 128, true);
    Request request = new Request(tokens(2 * BLOCK, 1), greedy(5));
    requireSame(request, finished(scheduler, request));
    Recorder again = finished(scheduler, request);
    requireSame(request, again);
    assertEquals(BLOCK, again.result.usage().cachedTokens());
  }

  /// A hash code says nothing about who somebody is.
  @Test
  void takesNoBlockOfOtherTokensWithTheSameHashCode() {
    BatchScheduler scheduler = scheduler(20, 1, 128, true);
    int[] prompt = tokens(BLOCK + 20, 1);
    int[] other = prompt.clone();
    prompt[10] = 5;
    prompt[11] = 100;
    other[10] = 6;
    other[11] = 100 - 31;
    assertEquals(Arrays.hashCode(prompt), Arrays.hashCode(other));
    finished(scheduler, new Request(prompt, greedy(5)));
    Request request = new Request(other, greedy(5));
    Recorder recorder = finished(scheduler, request);
    assertEquals(0, recorder.result.usage().cachedTokens());
    requireSame(request, recorder);
  }

  private static Recorder finished(BatchScheduler scheduler, Request request) {
    Recorder recorder = add(scheduler, request);
    finish(scheduler);
    return recorder;
  }

  @Test
  void givesUpTheBlocksThatHaveNotBeenUsedForTheLongestTime() {
    BatchScheduler scheduler = scheduler(4, 1, 128, true);
    Request[] requests = new Request[4];
    for (int i = 0; i < 4; i++) {
      requests[i] = new Request(tokens(BLOCK + 10, i), greedy(2));
      requireSame(requests[i], finished(scheduler, requests[i]));
      finished(scheduler, requests[0]);
    }
    assertTrue(scheduler.statistics().evictedBlocks() > 0, "nothing was given up");
    Recorder kept = finished(scheduler, requests[0]);
    assertEquals(BLOCK, kept.result.usage().cachedTokens());
    Recorder givenUp = finished(scheduler, requests[1]);
    assertEquals(0, givenUp.result.usage().cachedTokens());
    requireSame(requests[1], givenUp);
  }

  /// Else a counter would fall and a busy engine look idle while the first pass of a text is
  /// computed.
  @Test
  void tellsOfTextsFromTheirComingOn() {
    BatchScheduler scheduler = scheduler(8, 1, 128, true);
    List<BatchStatistics> during = new ArrayList<>();
    BatchText.Observer watcher =
        new BatchText.Observer() {
          @Override
          public void chosen(Token token) {
            during.add(scheduler.statistics());
          }

          @Override
          public void ended(GenerationResult result) {}

          @Override
          public void failed(Throwable reason) {}
        };
    scheduler.add(new Request(tokens(20, 1), greedy(2)).text(watcher));
    add(scheduler, new Request(tokens(20, 2), greedy(2)));
    assertEquals(2, scheduler.statistics().submitted());
    assertEquals(2, scheduler.statistics().waiting());
    scheduler.step();
    BatchStatistics first = during.getFirst();
    assertEquals(2, first.submitted());
    assertEquals(1, first.running());
    assertEquals(1, first.waiting());
    assertEquals(1, first.kvBlocksUsed());
    assertEquals(20, first.prefilledTokens());
  }

  @Test
  void freesEverythingOfACancelledTextBeforeTheNextToken() {
    BatchScheduler scheduler = scheduler(8, 2, 128, false);
    List<Recorder> recorders = new ArrayList<>();
    List<BatchText> texts = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      recorders.add(new Recorder());
      texts.add(new Request(tokens(20, i), greedy(100)).text(recorders.getLast()));
      scheduler.add(texts.getLast());
    }
    scheduler.step();
    scheduler.step();
    assertEquals(2, scheduler.statistics().running());
    texts.get(0).cancel();
    int before = recorders.get(0).tokens.size();
    scheduler.step();
    assertEquals(StopReason.CANCELLED, recorders.get(0).result.stopReason());
    assertEquals(before, recorders.get(0).tokens.size());
    assertEquals(1, recorders.get(2).tokens.size(), "the waiting text has not taken its place");
    texts.get(1).cancel();
    texts.get(2).cancel();
    assertFalse(scheduler.step());
    assertEquals(0, pool.used());
  }

  /// A prompt of 390 tokens comes first; the others generate and begin meanwhile.
  @Test
  void aLongPromptHoldsUpNeitherTheGeneratingNorAShortPrompt() {
    BatchScheduler scheduler = scheduler(12, 3, 16, true);
    Recorder generating = add(scheduler, new Request(tokens(3, 1), greedy(200)));
    scheduler.step();
    Recorder longPrompt = add(scheduler, new Request(tokens(390, 2), greedy(3)));
    scheduler.step();
    Recorder shortPrompt = add(scheduler, new Request(tokens(10, 3), greedy(3)));
    for (int steps = 0; shortPrompt.tokens.isEmpty(); steps++) {
      assertTrue(steps < 2, "the short prompt waits");
      scheduler.step();
    }
    for (int steps = 0; longPrompt.tokens.isEmpty(); steps++) {
      int before = generating.tokens.size();
      scheduler.step();
      assertEquals(before + 1, generating.tokens.size());
      assertTrue(steps < 40, "the long prompt does not end");
    }
  }

  /// Only the text's own request fails, whatever is wrong with it.
  @Test
  void aTextThatCannotGoOnFailsAlone() {
    BatchScheduler scheduler = scheduler(8, 3, 64, true);
    GenerationOptions.Builder banned = greedy(5).toBuilder();
    for (int token = 0; token < 300; token++) {
      banned.logitBias(token, Float.NEGATIVE_INFINITY);
    }
    Request sound = new Request(tokens(20, 1), greedy(30));
    Recorder good = add(scheduler, sound);
    Recorder bad = add(scheduler, new Request(tokens(20, 2), banned.build()));
    finish(scheduler);
    assertInstanceOf(IllegalArgumentException.class, bad.failure);
    requireSame(sound, good);
    assertEquals(0, scheduler.statistics().kvBlocksUsed());
  }

  /// Where the system has less memory than the budget says.
  @Test
  void aTextFailsWithASentenceWhereTheSystemHasNoMemory() {
    Arena poor =
        new Arena() {
          private int left = 2;

          @Override
          public MemorySegment allocate(long bytes, long alignment) {
            if (left == 0) {
              throw new OutOfMemoryError("none");
            }
            left--;
            return arena.allocate(bytes, alignment);
          }

          @Override
          public MemorySegment.Scope scope() {
            return arena.scope();
          }

          @Override
          public void close() {
            arena.close();
          }
        };
    BatchScheduler scheduler = scheduler(poor, 8, 3, 64, false);
    Request sound = new Request(tokens(20, 1), greedy(30));
    Recorder good = add(scheduler, sound);
    Recorder unlucky = add(scheduler, new Request(tokens(200, 2), greedy(5)));
    finish(scheduler);
    requireSame(sound, good);
    assertInstanceOf(IllegalStateException.class, unlucky.failure);
    assertTrue(unlucky.failure.getMessage().contains("lower the KV budget"));
    assertEquals(0, pool.used());
  }

  @Test
  void computesNothingForNoTokens() {
    BatchScheduler scheduler = scheduler(4, 1, 16, true);
    Recorder recorder = finished(scheduler, new Request(tokens(20, 1), greedy(0)));
    assertEquals(StopReason.MAX_TOKENS, recorder.result.stopReason());
    assertEquals(0, scheduler.statistics().prefilledTokens());
  }

  @Test
  void endsAtTheEndOfTheContextAsASessionDoes() {
    BatchScheduler scheduler = scheduler(4, 1, 512, true);
    GenerationOptions options = GenerationOptions.greedy().toBuilder().ignoreEos(true).build();
    for (int length : new int[] {CONTEXT - 5, CONTEXT}) {
      Request request = new Request(tokens(length, 9), options);
      Recorder recorder = finished(scheduler, request);
      assertEquals(StopReason.CONTEXT_FULL, recorder.result.stopReason());
      requireSame(request, recorder);
    }
  }
}
