package dev.tern.generate;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.tern.ContextLengthException;
import dev.tern.KernelChoice;
import dev.tern.KvCacheType;
import dev.tern.kernel.KernelProvider;
import dev.tern.synthetic.SyntheticModel;
import dev.tern.synthetic.SyntheticShape;
import dev.tern.testing.LoadedText;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class TokenSequenceTest {
  /// Longer than one block of the KV cache and one batch of any size but the largest.
  private static final int[] PROMPT = prompt(150);

  @TempDir static Path folder;

  private static Path path;
  private static LoadedText model;

  @BeforeAll
  static void load() throws IOException {
    path = folder.resolve("tiny.gguf");
    SyntheticModel.of(SyntheticShape.TINY).write(path);
    model = new LoadedText(path, KernelChoice.SCALAR, 2);
  }

  @AfterAll
  static void close() {
    model.close();
  }

  private static int[] prompt(int length) {
    int[] prompt = new int[length];
    for (int i = 0; i < length; i++) {
      prompt[i] = (i * 37 + 11) % 256;
    }
    return prompt;
  }

  private static TokenSequence empty(int batchSize) {
    return model.sequence(256, batchSize, KvCacheType.F32);
  }

  private static float[] fresh(int... tokens) {
    return logits(empty(512), tokens);
  }

  private static float[] logits(TokenSequence sequence, int... tokens) {
    sequence.become(tokens, () -> false);
    return sequence.logits().clone();
  }

  @ParameterizedTest
  @CsvSource({"1, F32", "3, F32", "16, F32", "512, F32", "1, F16", "3, F16", "16, F16"})
  void computesTheSameBitsInBatchesOfAnySize(int batchSize, KvCacheType cacheType) {
    float[] expected = logits(model.sequence(256, 150, cacheType), PROMPT);
    assertArrayEquals(expected, logits(model.sequence(256, batchSize, cacheType), PROMPT));
  }

  @ParameterizedTest
  @EnumSource(KvCacheType.class)
  void computesTheSameBitsTokenByToken(KvCacheType cacheType) {
    float[] expected = logits(model.sequence(256, 150, cacheType), PROMPT);
    TokenSequence sequence = model.sequence(256, 1, cacheType);
    for (int token : PROMPT) {
      sequence.append(token);
    }
    assertArrayEquals(expected, sequence.logits());
  }

  @ParameterizedTest
  @CsvSource({"SCALAR, 1", "SCALAR, 3", "VECTOR, 2", "X86, 1", "X86, 3", "AUTO, 2"})
  void computesTheSameBitsWithAnyKernelsAndThreads(KernelChoice kernels, int threads)
      throws IOException {
    assumeAvailable(kernels);
    int[] tokens = prompt(40);
    try (LoadedText other = new LoadedText(path, kernels, threads)) {
      TokenSequence sequence = other.sequence(64, 40, KvCacheType.F32);
      assertArrayEquals(fresh(tokens), logits(sequence, tokens));
      sequence.append(7);
      assertArrayEquals(fresh(append(tokens, 7)), sequence.logits());
    }
  }

  private static void assumeAvailable(KernelChoice kernels) {
    try {
      KernelProvider.select(kernels);
    } catch (IllegalArgumentException notHere) {
      Assumptions.abort(notHere.getMessage());
    }
  }

  private static int[] append(int[] tokens, int token) {
    int[] more = Arrays.copyOf(tokens, tokens.length + 1);
    more[tokens.length] = token;
    return more;
  }

  @Test
  void roundsAHalfPrecisionCache() {
    assertFalse(
        Arrays.equals(fresh(PROMPT), logits(model.sequence(256, 512, KvCacheType.F16), PROMPT)));
  }

  @Test
  void keepsWhatANewPromptHasInCommon() {
    TokenSequence sequence = empty(16);
    sequence.become(PROMPT, () -> false);
    int[] other = PROMPT.clone();
    other[140] = 1;
    assertEquals(140, sequence.become(other, () -> false));
    assertArrayEquals(fresh(other), sequence.logits());
    int[] another = Arrays.copyOf(prompt(90), 120);
    another[0] = 200;
    assertEquals(0, sequence.become(another, () -> false));
    assertArrayEquals(fresh(another), sequence.logits());
  }

  @Test
  void computesTheLastTokenOfAPromptThatItHas() {
    TokenSequence sequence = empty(16);
    sequence.become(PROMPT, () -> false);
    assertEquals(149, sequence.become(PROMPT, () -> false));
    assertArrayEquals(fresh(PROMPT), sequence.logits());
    assertEquals(39, sequence.become(prompt(40), () -> false));
    assertArrayEquals(fresh(prompt(40)), sequence.logits());
    assertEquals(40, sequence.tokens().size());
  }

  @Test
  void forgetsWhatIsTruncated() {
    TokenSequence sequence = empty(16);
    sequence.become(PROMPT, () -> false);
    sequence.truncate(100);
    assertEquals(100, sequence.tokens().size());
    assertEquals(156, sequence.room());
    sequence.append(42);
    assertArrayEquals(fresh(append(prompt(100), 42)), sequence.logits());
    assertThrows(IndexOutOfBoundsException.class, () -> sequence.truncate(102));
    assertThrows(IndexOutOfBoundsException.class, () -> sequence.truncate(-1));
    assertEquals(101, sequence.tokens().size());
  }

  @Test
  void handsOutLogitsThatTheCallerMayChange() {
    TokenSequence sequence = empty(16);
    sequence.become(prompt(5), () -> false);
    Arrays.fill(sequence.logits(), Float.NaN);
    sequence.append(9);
    assertArrayEquals(fresh(append(prompt(5), 9)), sequence.logits());
  }

  @Test
  void refusesAPromptThatDoesNotFitAndStaysAsItWas() {
    TokenSequence sequence = model.sequence(20, 16, KvCacheType.F32);
    sequence.become(prompt(20), () -> false);
    assertEquals(0, sequence.room());
    ContextLengthException refusal =
        assertThrows(ContextLengthException.class, () -> sequence.become(prompt(21), () -> false));
    assertEquals(21, refusal.requested());
    assertEquals(20, refusal.available());
    assertEquals(20, sequence.tokens().size());
    assertThrows(IllegalStateException.class, () -> sequence.append(1));
    assertEquals(20, sequence.tokens().size());
  }

  @Test
  void refusesATokenThatTheVocabularyDoesNotHave() {
    TokenSequence sequence = empty(16);
    assertThrows(IllegalArgumentException.class, () -> sequence.append(300));
    assertThrows(IllegalArgumentException.class, () -> sequence.append(-1));
    assertEquals(0, sequence.tokens().size());
    assertArrayEquals(fresh(5), logits(sequence, 5));
  }

  @Test
  void stopsBetweenBatchesAndGoesOnFromThere() {
    TokenSequence sequence = empty(16);
    AtomicInteger asked = new AtomicInteger();
    assertEquals(0, sequence.become(PROMPT, () -> asked.incrementAndGet() > 3));
    assertEquals(48, sequence.tokens().size());
    assertEquals(48, sequence.become(PROMPT, () -> false));
    assertArrayEquals(fresh(PROMPT), sequence.logits());
  }

  @Test
  void takesMemoryAsItGrows() {
    TokenSequence sequence = model.sequence(1 << 30, 16, KvCacheType.F16);
    assertEquals(0, sequence.cacheBytes());
    sequence.append(1);
    // 2 layers, keys and values, 2 heads of 32 elements, 128 positions of 2 bytes.
    assertEquals(2 * 2 * 2 * 32 * 128 * 2, sequence.cacheBytes());
    sequence.become(PROMPT, () -> false);
    assertEquals(2 * 2 * 2 * 2 * 32 * 128 * 2, sequence.cacheBytes());
  }
}
