package dev.tern.generate;

/// The natural logarithms of the probabilities that logits stand for.
///
/// Computed in double precision, in a fixed order and with functions that give the same result on
/// every machine. Looks at the logits that it was made of, which must not change meanwhile.
public final class LogSoftmax {
  private final float[] logits;
  private final int likeliest;

  /// The logarithm of the sum of all probabilities relative to the likeliest token's.
  private final double logSum;

  /// Looks at logits.
  ///
  /// @param logits one for each token, at least one
  public LogSoftmax(float[] logits) {
    this.logits = logits;
    this.likeliest = largest(logits);
    this.logSum = logSum(logits, logits[likeliest]);
  }

  private static int largest(float[] logits) {
    int largest = 0;
    for (int token = 1; token < logits.length; token++) {
      if (logits[token] > logits[largest]) {
        largest = token;
      }
    }
    return largest;
  }

  private static double logSum(float[] logits, double largest) {
    double sum = 0;
    for (float logit : logits) {
      sum += StrictMath.exp(logit - largest);
    }
    return StrictMath.log(sum);
  }

  /// {@return the likeliest token; the lowest id among equals}
  public int likeliest() {
    return likeliest;
  }

  /// {@return the natural logarithm of a token's probability, at most 0; NaN if there are logits
  /// that are no numbers}
  ///
  /// @param token its id
  public double of(int token) {
    return (double) logits[token] - logits[likeliest] - logSum;
  }
}
