package dev.tern.eval;

/// How well a model predicts a text, or what is known of it so far. Immutable.
///
/// The uncertainty is that of llama.cpp: it takes the losses of tokens for independent of each
/// other. Neighbouring tokens are not quite, so the interval is a little too narrow.
///
/// @param protocol which tokens were scored
/// @param chunks chunks or windows that have been computed
/// @param plannedChunks how many there are to compute
/// @param scoredTokens tokens that were scored, at least 1
/// @param scoredBytes the bytes that those tokens stand for
/// @param meanLoss the mean of `-ln p` of the scored tokens, in nats
/// @param meanLossError the standard error of that mean; 0 with a single token
public record Perplexity(
    PerplexityProtocol protocol,
    int chunks,
    int plannedChunks,
    long scoredTokens,
    long scoredBytes,
    double meanLoss,
    double meanLossError) {
  /// The 97.5th percentile of the standard normal distribution.
  private static final double HALF_WIDTH = 1.959964;

  /// {@return the perplexity: the exponential of the mean loss, per token of this vocabulary}
  public double value() {
    return Math.exp(meanLoss);
  }

  /// {@return the standard error of the perplexity, which llama.cpp prints behind `+/-`}
  public double standardError() {
    return value() * meanLossError;
  }

  /// {@return the lower end of the 95 % confidence interval of the perplexity}
  public double lower() {
    return Math.exp(meanLoss - HALF_WIDTH * meanLossError);
  }

  /// {@return the upper end of the 95 % confidence interval of the perplexity}
  public double upper() {
    return Math.exp(meanLoss + HALF_WIDTH * meanLossError);
  }

  /// {@return the mean loss per token, in bits}
  public double bitsPerToken() {
    return meanLoss / Math.log(2);
  }

  /// {@return the mean loss per byte of text, in bits, which compares models of different
  /// vocabularies; NaN if the scored tokens stand for no bytes}
  public double bitsPerByte() {
    return scoredBytes == 0 ? Double.NaN : bitsPerToken() * scoredTokens / scoredBytes;
  }
}
