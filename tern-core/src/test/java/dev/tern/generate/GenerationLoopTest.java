package dev.tern.generate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tern.ContextLengthException;
import dev.tern.GenerationOptions;
import dev.tern.GenerationResult;
import dev.tern.KernelChoice;
import dev.tern.KvCacheType;
import dev.tern.StopReason;
import dev.tern.Token;
import dev.tern.synthetic.SyntheticModel;
import dev.tern.synthetic.SyntheticShape;
import dev.tern.testing.LoadedText;
import dev.tern.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What ends a generation, and what is known about it then. Logit biases make a random model say
/// what a test needs.
class GenerationLoopTest {
  private static final int[] PROMPT = {296, 72, 105};
  private static final int END_OF_TURN = 298;

  @TempDir static Path folder;

  private static LoadedText model;

  @BeforeAll
  static void load() throws IOException {
    Path path = folder.resolve("tiny.gguf");
    SyntheticModel.of(SyntheticShape.TINY).write(path);
    model = new LoadedText(path, KernelChoice.SCALAR, 1);
  }

  @AfterAll
  static void close() {
    model.close();
  }

  private static GenerationOptions.Builder always(int token) {
    return GenerationOptions.greedy().toBuilder().logitBias(token, 1e6f);
  }

  private static TokenSequence text(int capacity) {
    return model.sequence(capacity, 16, KvCacheType.F32);
  }

  private static GenerationLoop loop(
      TokenSequence sequence, int[] prompt, GenerationOptions options) {
    Tokenizer tokenizer = model.model().tokenizer();
    return new GenerationLoop(
        sequence,
        prompt,
        options,
        options.seed().orElse(1),
        new TextAssembler(tokenizer.decoder(List.of()), options.stop()),
        tokenizer::isEndOfGeneration,
        Optional.empty());
  }

  private static GenerationLoop loop(GenerationOptions options) {
    return loop(text(64), PROMPT, options);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 7})
  void endsAfterTheWantedNumberOfTokens(int count) {
    GenerationResult result = loop(always('a').maxTokens(count).build()).finish();
    assertEquals(StopReason.MAX_TOKENS, result.stopReason());
    assertEquals(Collections.nCopies(count, (int) 'a'), result.tokens());
    assertEquals("a".repeat(count), result.text());
    assertEquals(count, result.usage().generatedTokens());
  }

  @Test
  void computesThePromptAndNothingMoreForNoTokens() {
    TokenSequence sequence = text(64);
    GenerationLoop loop = loop(sequence, PROMPT, always('a').maxTokens(0).build());
    assertFalse(loop.hasNext());
    GenerationResult result = loop.result();
    assertEquals(StopReason.MAX_TOKENS, result.stopReason());
    assertEquals(List.of(), result.tokens());
    assertEquals(3, sequence.tokens().size());
  }

  @Test
  void computesNothingBeforeItIsAsked() {
    TokenSequence sequence = text(64);
    GenerationLoop loop = loop(sequence, PROMPT, always('a').build());
    assertEquals(0, sequence.tokens().size());
    assertTrue(loop.hasNext());
    assertEquals(3, sequence.tokens().size());
    loop.next();
    assertTrue(loop.hasNext());
    assertEquals(3, sequence.tokens().size());
  }

  /// The last token needs no place in the context, because nothing follows it.
  @Test
  void endsWhenTheContextIsFull() {
    TokenSequence sequence = text(8);
    GenerationResult result = loop(sequence, PROMPT, always('a').build()).finish();
    assertEquals(StopReason.CONTEXT_FULL, result.stopReason());
    assertEquals("aaaaaa", result.text());
    assertEquals(8, sequence.tokens().size());
  }

  @Test
  void generatesOneTokenAfterAPromptThatFillsTheContext() {
    GenerationResult result = loop(text(3), PROMPT, always('a').build()).finish();
    assertEquals(StopReason.CONTEXT_FULL, result.stopReason());
    assertEquals("a", result.text());
  }

  @Test
  void refusesAPromptThatDoesNotFitEachTimeItIsAsked() {
    GenerationLoop loop = loop(text(2), PROMPT, always('a').build());
    assertThrows(ContextLengthException.class, loop::hasNext);
    assertThrows(ContextLengthException.class, loop::next);
  }

  @Test
  void endsWithTheModelsTurn() {
    for (int end : new int[] {END_OF_TURN, 297}) {
      GenerationResult result = loop(always(end).build()).finish();
      assertEquals(StopReason.END_OF_TURN, result.stopReason());
      assertEquals(List.of(end), result.tokens());
      assertEquals("", result.text());
      assertEquals(1, result.usage().generatedTokens());
    }
  }

  @Test
  void goesOnAfterTheModelsTurnWhenAskedTo() {
    GenerationOptions options = always(END_OF_TURN).ignoreEos(true).maxTokens(3).build();
    GenerationResult result = loop(options).finish();
    assertEquals(StopReason.MAX_TOKENS, result.stopReason());
    assertEquals(3, result.tokens().size());
  }

  @Test
  void endsAtAStopTextOverSeveralTokens() {
    GenerationLoop loop = loop(always('a').stop("aaa").build());
    assertEquals("", loop.next().text());
    GenerationResult result = loop.finish();
    assertEquals(StopReason.STOP_TEXT, result.stopReason());
    assertEquals(3, result.tokens().size());
    assertEquals("", result.text());
  }

  @Test
  void showsWhatWasHeldBackWhenItEndsOtherwise() {
    GenerationLoop loop = loop(always('a').stop("aab").maxTokens(4).build());
    StringBuilder shown = new StringBuilder();
    while (loop.hasNext()) {
      shown.append(loop.next().text());
    }
    assertEquals("aaaa", shown.toString());
    assertEquals("aaaa", loop.result().text());
  }

  @Test
  void neverShowsHalfACharacter() {
    GenerationResult result = loop(always(0xC3).maxTokens(2).build()).finish();
    assertEquals("\uFFFD\uFFFD", result.text());
  }

  @Test
  void isCancelledBeforeItBegins() {
    TokenSequence sequence = text(64);
    GenerationLoop loop = loop(sequence, PROMPT, always('a').build());
    loop.cancel();
    assertFalse(loop.hasNext());
    assertEquals(StopReason.CANCELLED, loop.result().stopReason());
    assertEquals(0, sequence.tokens().size());
  }

  @Test
  void isCancelledFromAnotherThread() throws InterruptedException {
    GenerationLoop loop = loop(always('a').build());
    loop.next();
    loop.next();
    Thread.ofVirtual().start(loop::cancel).join();
    assertFalse(loop.hasNext());
    assertThrows(NoSuchElementException.class, loop::next);
    GenerationResult result = loop.result();
    assertEquals(StopReason.CANCELLED, result.stopReason());
    assertEquals("aa", result.text());
  }

  @Test
  void countsAsCancelledUntilItHasEnded() {
    GenerationLoop loop = loop(always('a').maxTokens(2).build());
    assertEquals(StopReason.CANCELLED, loop.result().stopReason());
    loop.next();
    assertEquals("a", loop.result().text());
    assertEquals(StopReason.CANCELLED, loop.result().stopReason());
    loop.next();
    assertEquals(StopReason.MAX_TOKENS, loop.result().stopReason());
  }

  @Test
  void tellsWhatItCost() {
    TokenSequence sequence = text(64);
    GenerationResult first =
        loop(sequence, PROMPT, always('a').maxTokens(1).seed(77).build()).finish();
    assertEquals(77, first.seed());
    assertEquals(3, first.usage().promptTokens());
    assertEquals(0, first.usage().cachedTokens());
    assertTrue(first.usage().promptNanos() > 0);
    assertEquals(0, first.usage().generationNanos());
    int[] longer = {296, 72, 105, 33, 34};
    GenerationResult second = loop(sequence, longer, always('a').maxTokens(4).build()).finish();
    assertEquals(5, second.usage().promptTokens());
    assertEquals(3, second.usage().cachedTokens());
    assertEquals(4, second.usage().generatedTokens());
    assertTrue(second.usage().generationNanos() > 0);
  }

  @Test
  void handsOutIdsAndTexts() {
    GenerationLoop loop = loop(always('b').maxTokens(2).build());
    assertEquals(new Token('b', "b"), loop.next());
    assertEquals(new Token('b', "b"), loop.next());
    assertThrows(NoSuchElementException.class, loop::next);
  }

  @Test
  void refusesAnEmptyPrompt() {
    assertThrows(
        IllegalArgumentException.class, () -> loop(text(8), new int[0], always('a').build()));
  }

  @Test
  void penalizesThePromptToo() {
    GenerationOptions.Builder options =
        GenerationOptions.greedy().toBuilder()
            .maxTokens(1)
            .logitBias('a', 1e6f)
            .logitBias('H', 2e6f);
    assertEquals("H", loop(options.build()).finish().text());
    assertEquals("a", loop(options.repeatPenalty(10).build()).finish().text());
  }
}
