package dev.tern;

/// What a [BatchEngine] may use: immutable, with a default for everything.
///
/// @param maxRunning the most requests that are computed at once, from 1 to 4096
/// @param queueCapacity the most requests that may wait for others, at least 0
/// @param kvBudgetBytes the most memory for keys and values in bytes; 0 for what `maxRunning`
///   requests of full length need, but no more than half of the memory that the system has left
/// @param prefillChunk the most prompt tokens that are computed at once, from 1 to 65536: fewer
///   keep the requests that are generating going more evenly, more compute prompts faster
/// @param contextLength the most tokens of a request, prompt and answer together; 0 for what the
///   model was trained for, or for what the KV memory holds if that is less
/// @param cacheTypeK how keys are stored
/// @param cacheTypeV how values are stored
/// @param prefixCache whether requests that begin alike share what has been computed; with it, how
///   soon a request answers can tell somebody who guesses well how another's prompt begins
public record BatchOptions(
    int maxRunning,
    int queueCapacity,
    long kvBudgetBytes,
    int prefillChunk,
    int contextLength,
    KvCacheType cacheTypeK,
    KvCacheType cacheTypeV,
    boolean prefixCache) {
  private static final int MOST_RUNNING = 4096;
  private static final int LARGEST_CHUNK = 65_536;
  private static final BatchOptions DEFAULTS =
      new BatchOptions(8, 64, 0, 128, 0, KvCacheType.F32, KvCacheType.F32, true);

  /// Checks the numbers.
  ///
  /// @throws IllegalArgumentException if one is out of range; the message says which
  public BatchOptions {
    require("the number of running requests", maxRunning, 1, MOST_RUNNING);
    require("the queue capacity", queueCapacity, 0, Integer.MAX_VALUE - MOST_RUNNING);
    require("the KV budget in bytes", kvBudgetBytes, 0, Long.MAX_VALUE);
    require("the prefill chunk", prefillChunk, 1, LARGEST_CHUNK);
    require("the context length", contextLength, 0, Integer.MAX_VALUE);
  }

  private static void require(String what, long value, long least, long most) {
    if (value < least || value > most) {
      throw new IllegalArgumentException(
          "%s must be from %d to %d, not %d".formatted(what, least, most, value));
    }
  }

  /// {@return the defaults: 8 running and 64 waiting requests, prompts in chunks of 128, an exact
  /// KV cache of the model's context for each, shared where requests begin alike}
  public static BatchOptions defaults() {
    return DEFAULTS;
  }

  /// {@return these options with another number of running requests}
  ///
  /// @param value from 1 to 4096
  public BatchOptions withMaxRunning(int value) {
    return new BatchOptions(
        value,
        queueCapacity,
        kvBudgetBytes,
        prefillChunk,
        contextLength,
        cacheTypeK,
        cacheTypeV,
        prefixCache);
  }

  /// {@return these options with another number of waiting requests}
  ///
  /// @param value at least 0
  public BatchOptions withQueueCapacity(int value) {
    return new BatchOptions(
        maxRunning,
        value,
        kvBudgetBytes,
        prefillChunk,
        contextLength,
        cacheTypeK,
        cacheTypeV,
        prefixCache);
  }

  /// {@return these options with another KV budget}
  ///
  /// @param value bytes, or 0 to choose
  public BatchOptions withKvBudgetBytes(long value) {
    return new BatchOptions(
        maxRunning,
        queueCapacity,
        value,
        prefillChunk,
        contextLength,
        cacheTypeK,
        cacheTypeV,
        prefixCache);
  }

  /// {@return these options with another prefill chunk}
  ///
  /// @param value from 1 to 65536
  public BatchOptions withPrefillChunk(int value) {
    return new BatchOptions(
        maxRunning,
        queueCapacity,
        kvBudgetBytes,
        value,
        contextLength,
        cacheTypeK,
        cacheTypeV,
        prefixCache);
  }

  /// {@return these options with another context length}
  ///
  /// @param value at least 1, or 0 to choose
  public BatchOptions withContextLength(int value) {
    return new BatchOptions(
        maxRunning,
        queueCapacity,
        kvBudgetBytes,
        prefillChunk,
        value,
        cacheTypeK,
        cacheTypeV,
        prefixCache);
  }

  /// {@return these options with another KV cache}
  ///
  /// @param keys how keys are stored
  /// @param values how values are stored
  public BatchOptions withCacheTypes(KvCacheType keys, KvCacheType values) {
    return new BatchOptions(
        maxRunning,
        queueCapacity,
        kvBudgetBytes,
        prefillChunk,
        contextLength,
        keys,
        values,
        prefixCache);
  }

  /// {@return these options with requests that share what has been computed, or not}
  ///
  /// @param value whether to
  public BatchOptions withPrefixCache(boolean value) {
    return new BatchOptions(
        maxRunning,
        queueCapacity,
        kvBudgetBytes,
        prefillChunk,
        contextLength,
        cacheTypeK,
        cacheTypeV,
        value);
  }
}
