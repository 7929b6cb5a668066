package dev.tern;

/// How much text a session can hold and how it remembers it: immutable, with a default for
/// everything.
///
/// @param contextLength the most tokens of prompt and answer together; 0 for what the model was
///   trained for
/// @param batchSize how many prompt tokens are computed at once
/// @param cacheTypeK how the KV cache stores keys
/// @param cacheTypeV how the KV cache stores values
/// @param onCallingThread whether the thread that uses the session computes by itself, where it
///   would share the work with the model's compute threads: sessions of several threads then
///   compute at once instead of taking turns, and give the same results
public record SessionOptions(
    int contextLength,
    int batchSize,
    KvCacheType cacheTypeK,
    KvCacheType cacheTypeV,
    boolean onCallingThread) {
  private static final SessionOptions DEFAULTS =
      new SessionOptions(0, 128, KvCacheType.F32, KvCacheType.F32, false);

  /// Checks the numbers.
  ///
  /// @throws IllegalArgumentException if the context length is negative or the batch size is not
  ///   from 1 to 65536
  public SessionOptions {
    if (contextLength < 0) {
      throw new IllegalArgumentException(
          "the context length must be at least 1, not " + contextLength);
    }
    if (batchSize < 1 || batchSize > 65_536) {
      throw new IllegalArgumentException(
          "the batch size must be from 1 to 65536, not " + batchSize);
    }
  }

  /// {@return the defaults: the model's context, batches of 128, and an exact KV cache}
  public static SessionOptions defaults() {
    return DEFAULTS;
  }

  /// {@return these options with another context length}
  ///
  /// @param value at least 1, or 0 for what the model was trained for
  public SessionOptions withContextLength(int value) {
    return new SessionOptions(value, batchSize, cacheTypeK, cacheTypeV, onCallingThread);
  }

  /// {@return these options with another batch size}
  ///
  /// @param value from 1 to 65536
  public SessionOptions withBatchSize(int value) {
    return new SessionOptions(contextLength, value, cacheTypeK, cacheTypeV, onCallingThread);
  }

  /// {@return these options with another KV cache}
  ///
  /// @param keys how keys are stored
  /// @param values how values are stored
  public SessionOptions withCacheTypes(KvCacheType keys, KvCacheType values) {
    return new SessionOptions(contextLength, batchSize, keys, values, onCallingThread);
  }

  /// {@return these options with another answer to who computes}
  ///
  /// @param value whether the thread that uses the session computes by itself
  public SessionOptions withOnCallingThread(boolean value) {
    return new SessionOptions(contextLength, batchSize, cacheTypeK, cacheTypeV, value);
  }
}
