package dev.tern;

/// What a generation cost.
///
/// @param promptTokens tokens of the prompt
/// @param cachedTokens how many of those were in the KV cache already and were not computed again
/// @param generatedTokens tokens sampled, the one that ended the turn included
/// @param promptNanos time from the start to the first sampled token, in nanoseconds
/// @param generationNanos time from the first sampled token to the last, in nanoseconds
/// @param draftedTokens tokens that were guessed ahead and computed
/// @param acceptedTokens how many of those were sampled in fact
public record Usage(
    int promptTokens,
    int cachedTokens,
    int generatedTokens,
    long promptNanos,
    long generationNanos,
    int draftedTokens,
    int acceptedTokens) {
  /// {@return computed prompt tokens per second; 0 when nothing was computed}
  public double promptTokensPerSecond() {
    return perSecond(promptTokens - cachedTokens, promptNanos);
  }

  /// {@return tokens per second after the first one; 0 with fewer than two}
  public double generatedTokensPerSecond() {
    return perSecond(generatedTokens - 1, generationNanos);
  }

  private static double perSecond(int tokens, long nanos) {
    return tokens <= 0 || nanos <= 0 ? 0 : tokens * 1e9 / nanos;
  }
}
