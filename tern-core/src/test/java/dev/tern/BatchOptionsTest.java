package dev.tern;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

class BatchOptionsTest {
  private static final long BLOCK = 1000;

  @Test
  void everyOptionCanBeChosenByItself() {
    BatchOptions defaults = BatchOptions.defaults();
    assertEquals(
        new BatchOptions(8, 64, 0, 128, 0, KvCacheType.F32, KvCacheType.F32, true), defaults);
    assertEquals(
        new BatchOptions(1, 2, 3, 4, 5, KvCacheType.F16, KvCacheType.F32, false),
        defaults
            .withMaxRunning(1)
            .withQueueCapacity(2)
            .withKvBudgetBytes(3)
            .withPrefillChunk(4)
            .withContextLength(5)
            .withCacheTypes(KvCacheType.F16, KvCacheType.F32)
            .withPrefixCache(false));
  }

  @Test
  void numbersOutOfRangeAreNamed() {
    BatchOptions defaults = BatchOptions.defaults();
    requireNamed("number of running requests", () -> defaults.withMaxRunning(0));
    requireNamed("number of running requests", () -> defaults.withMaxRunning(4097));
    requireNamed("queue capacity", () -> defaults.withQueueCapacity(-1));
    requireNamed("KV budget", () -> defaults.withKvBudgetBytes(-1));
    requireNamed("prefill chunk", () -> defaults.withPrefillChunk(0));
    requireNamed("context length", () -> defaults.withContextLength(-1));
  }

  private static void requireNamed(String what, Executable use) {
    IllegalArgumentException refusal = assertThrows(IllegalArgumentException.class, use);
    assertTrue(refusal.getMessage().contains(what), refusal.getMessage());
  }

  private static BatchMemory plan(BatchOptions options, long available) {
    return BatchMemory.plan(options, 1000, BLOCK, OptionalLong.of(available));
  }

  @Test
  void theBudgetSaysHowManyBlocksAndHowLongAContext() {
    BatchOptions defaults = BatchOptions.defaults();
    assertEquals(new BatchMemory(1000, 9), plan(defaults.withKvBudgetBytes(9999), 0));
    assertEquals(new BatchMemory(384, 3), plan(defaults.withKvBudgetBytes(3999), 0));
    assertEquals(
        new BatchMemory(300, 3), plan(defaults.withKvBudgetBytes(3000).withContextLength(300), 0));
    requireNamed(
        "too small: 385 tokens take 4000",
        () -> plan(defaults.withKvBudgetBytes(3999).withContextLength(385), 0));
    requireNamed("too small: 128 tokens take 1000", () -> plan(defaults.withKvBudgetBytes(999), 0));
    requireNamed("trained for 1000", () -> plan(defaults.withContextLength(1001), 0));
  }

  @Test
  void withoutABudgetEachRequestCanBeOfFullLengthIfThereIsMemory() {
    BatchOptions defaults = BatchOptions.defaults().withMaxRunning(3);
    assertEquals(new BatchMemory(1000, 24), plan(defaults, 1_000_000));
    assertEquals(new BatchMemory(1000, 10), plan(defaults, 20_000));
    assertEquals(new BatchMemory(512, 4), plan(defaults, 8_000));
    assertEquals(new BatchMemory(128, 1), plan(defaults, 0));
    assertEquals(new BatchMemory(600, 5), plan(defaults.withContextLength(600), 0));
    assertEquals(
        new BatchMemory(1000, 24), BatchMemory.plan(defaults, 1000, BLOCK, OptionalLong.empty()));
  }
}
