package dev.tern.train.run;

/// A measurement with text that is not learnt.
///
/// @param step steps done
/// @param loss mean cross-entropy of a prediction, in nats
/// @param bitsPerByte the same for each byte of text, in bits, which does not depend on the
///   tokenizer
/// @param predictions that were measured
public record EvaluationReport(long step, double loss, double bitsPerByte, long predictions) {
  /// {@return the perplexity per token}
  public double perplexity() {
    return Math.exp(loss);
  }
}
