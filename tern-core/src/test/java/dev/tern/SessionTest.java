package dev.tern;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tern.synthetic.SyntheticModel;
import dev.tern.synthetic.SyntheticShape;
import dev.tern.tokenizer.EncodeOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SessionTest {
  private static final String PROMPT =
      "A prompt of some length, so that batches of three and sixteen do not fill it evenly.";
  private static final GenerationOptions SAMPLED =
      GenerationOptions.builder().seed(42).maxTokens(24).ignoreEos(true).build();
  private static final GenerationOptions ONE_LETTER =
      GenerationOptions.greedy().toBuilder().logitBias('a', 1e6f).maxTokens(3).build();

  @TempDir static Path folder;

  private static Path path;
  private static TernModel model;

  @BeforeAll
  static void load() throws IOException {
    path = folder.resolve("tiny.gguf");
    SyntheticModel.of(SyntheticShape.TINY).write(path);
    model = TernModel.load(path, scalar(2));
  }

  @AfterAll
  static void close() {
    model.close();
  }

  private static LoadOptions scalar(int threads) {
    return LoadOptions.defaults().withKernels(KernelChoice.SCALAR).withThreads(threads);
  }

  private static String text(TernModel model, SessionOptions options) {
    try (Session session = model.newSession(options)) {
      return session.generate(PROMPT, SAMPLED).text();
    }
  }

  @ParameterizedTest
  @CsvSource({"1, F32", "2, F32", "3, F32", "1, F16", "3, F16"})
  void writesTheSameTextWithTheSameSeedOnAnyThreadsAndInAnyBatches(int threads, KvCacheType type)
      throws IOException {
    SessionOptions options = SessionOptions.defaults().withCacheTypes(type, type);
    String expected = text(model, options);
    assertFalse(expected.isEmpty());
    try (TernModel other = TernModel.load(path, scalar(threads))) {
      for (int batchSize : new int[] {1, 3, 16, 512}) {
        assertEquals(expected, text(other, options.withBatchSize(batchSize)));
      }
    }
  }

  @Test
  void writesAnotherTextWithAnotherSeedAndTellsTheSeedOfARandomOne() {
    try (Session session = model.newSession()) {
      String first = session.generate(PROMPT, SAMPLED).text();
      GenerationOptions random = GenerationOptions.builder().maxTokens(24).ignoreEos(true).build();
      GenerationResult second = session.generate(PROMPT, random);
      assertNotEquals(first, second.text());
      assertNotEquals(second.seed(), session.generate(PROMPT, random).seed());
      GenerationOptions again = random.toBuilder().seed(second.seed()).build();
      assertEquals(second.text(), session.generate(PROMPT, again).text());
    }
  }

  @Test
  void doesNotComputeTwiceWhatPromptsHaveInCommon() {
    try (Session session = model.newSession()) {
      GenerationResult first = session.generate("one two", SAMPLED);
      assertEquals(0, first.usage().cachedTokens());
      GenerationResult same = session.generate("one two", SAMPLED);
      assertEquals(first.usage().promptTokens() - 1, same.usage().cachedTokens());
      assertEquals(first.text(), same.text());
      GenerationResult longer = session.generate("one two three", SAMPLED);
      assertEquals(first.usage().promptTokens(), longer.usage().cachedTokens());
      assertEquals(longer.text(), text("one two three"));
      GenerationResult other = session.generate("one! two", SAMPLED);
      assertEquals(4, other.usage().cachedTokens());
      assertEquals(other.text(), text("one! two"));
    }
  }

  private static String text(String prompt) {
    return model.generate(prompt, SAMPLED).text();
  }

  @Test
  void handsTheSameTokensOutInEveryWay() {
    GenerationResult expected = model.generate(PROMPT, SAMPLED);
    try (Session session = model.newSession()) {
      List<Token> tokens = new ArrayList<>();
      assertEquals(expected.text(), session.generate(PROMPT, SAMPLED, tokens::add).text());
      assertEquals(expected.tokens(), tokens.stream().map(Token::id).toList());
      assertEquals(expected.text(), tokens.stream().map(Token::text).collect(Collectors.joining()));
      assertEquals(tokens, session.start(PROMPT, SAMPLED).stream().toList());
      Generation generation = session.start(PROMPT, SAMPLED);
      generation.next();
      assertEquals(expected.text(), generation.finish().text());
      int[] ids = model.tokenizer().encode(PROMPT, EncodeOptions.PROMPT);
      assertEquals(expected.text(), session.start(ids, SAMPLED).finish().text());
    }
  }

  @Test
  void readsSpecialTokensInPromptsAndBeginsWithTheFirst() {
    try (Session session = model.newSession()) {
      assertEquals(3, session.generate("a<|eot_id|>", ONE_LETTER).usage().promptTokens());
      assertEquals(1, session.generate("", ONE_LETTER).usage().promptTokens());
    }
  }

  @Test
  void knowsItsSizes() {
    try (Session session = model.newSession(SessionOptions.defaults().withContextLength(200))) {
      assertEquals(200, session.contextLength());
      assertEquals(0, session.length());
      assertEquals(0, session.cacheBytes());
      session.generate("abc", ONE_LETTER);
      // The last token has not been computed.
      assertEquals(1 + 3 + 2, session.length());
      assertTrue(session.cacheBytes() > 0);
    }
    try (Session session = model.newSession()) {
      assertEquals(512, session.contextLength());
    }
  }

  @Test
  void refusesAContextLongerThanTheModels() {
    SessionOptions tooLong = SessionOptions.defaults().withContextLength(513);
    IllegalArgumentException refusal =
        assertThrows(IllegalArgumentException.class, () -> model.newSession(tooLong));
    assertTrue(refusal.getMessage().contains("512"), refusal.getMessage());
  }

  @Test
  void refusesAPromptThatDoesNotFitAndGoesOnWithOthers() {
    try (Session session = model.newSession(SessionOptions.defaults().withContextLength(8))) {
      ContextLengthException refusal =
          assertThrows(
              ContextLengthException.class, () -> session.generate("12345678", ONE_LETTER));
      assertEquals(9, refusal.requested());
      assertEquals(8, refusal.available());
      GenerationResult result = session.generate("1234", ONE_LETTER);
      assertEquals("aaa", result.text());
    }
  }

  @Test
  void refusesTokensThatTheVocabularyDoesNotHave() {
    try (Session session = model.newSession()) {
      GenerationOptions wrong = GenerationOptions.builder().logitBias(300, 1).build();
      for (Runnable start :
          List.<Runnable>of(
              () -> session.start("a", wrong),
              () -> session.start(new int[] {1, 300}, SAMPLED),
              () -> session.start(new int[] {-1}, SAMPLED),
              () -> session.start(new int[0], SAMPLED))) {
        assertThrows(IllegalArgumentException.class, start::run);
      }
    }
  }

  @Test
  void cannotGoOnWithAGenerationAfterANewerOneHasBegun() {
    try (Session session = model.newSession()) {
      Generation ended = session.start("a", ONE_LETTER);
      ended.finish();
      Generation older = session.start("a", ONE_LETTER);
      older.next();
      Generation newer = session.start("b", ONE_LETTER);
      assertThrows(IllegalStateException.class, () -> assertFalse(older.hasNext()));
      assertThrows(IllegalStateException.class, older::next);
      assertEquals("a", older.result().text());
      assertFalse(ended.hasNext());
      assertThrows(NoSuchElementException.class, ended::next);
      assertEquals("aaa", newer.finish().text());
    }
  }

  @Test
  void cancelsFromAnotherThread() throws InterruptedException {
    try (Session session = model.newSession()) {
      Generation generation = session.start("a", ONE_LETTER);
      generation.next();
      Thread.ofPlatform().start(generation::cancel).join();
      assertFalse(generation.hasNext());
      assertEquals(StopReason.CANCELLED, generation.result().stopReason());
      assertEquals("aaa", session.generate("a", ONE_LETTER).text());
    }
  }

  @Test
  void saysThatItHasBeenClosed() {
    Session session = model.newSession();
    Generation generation = session.start("a", ONE_LETTER);
    generation.next();
    session.close();
    session.close();
    for (Executable use :
        List.<Executable>of(
            () -> assertFalse(generation.hasNext()),
            generation::next,
            generation::finish,
            () -> session.start("a", ONE_LETTER))) {
      IllegalStateException refusal = assertThrows(IllegalStateException.class, use);
      assertEquals("the session has been closed", refusal.getMessage());
    }
    assertEquals("a", generation.result().text());
  }
}
