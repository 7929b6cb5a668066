package dev.tern.train.config;

/// How a model that was trained in full precision gets used to its quantizers: a quantized value is
/// `x + lambda * (Q(x) - x)`, and lambda grows from 0 to 1.
///
/// Source: "Fine-tuning LLMs to 1.58bit", Hugging Face blog, 2024. What it calls exponential is a
/// power, `1 - (1 - s)^k`; here k is 4.
///
/// @param curve how lambda grows
/// @param steps after which lambda is 1; 0 for 1 from the beginning
public record QuantizationWarmUp(Curve curve, int steps) {
  /// How lambda grows with the share of the steps, s.
  public enum Curve {
    /// `s`.
    LINEAR,
    /// `1 - (1 - s)^4`: fast, then slow.
    EXPONENTIAL,
    /// `1 / (1 + e^(-10 (s - 1/2)))`: slow, fast, slow.
    SIGMOID
  }

  /// Without: quantized from the first step.
  public static final QuantizationWarmUp NONE = new QuantizationWarmUp(Curve.LINEAR, 0);

  /// Checks the settings.
  ///
  /// @throws ConfigException if the number of steps is negative
  public QuantizationWarmUp {
    Check.atLeast("warm_up.steps", steps, 0);
  }

  /// {@return lambda, from 0 to 1}
  ///
  /// @param step from 0
  public double lambda(long step) {
    if (step >= steps) {
      return 1;
    }
    double share = (double) step / steps;
    return switch (curve) {
      case LINEAR -> share;
      case EXPONENTIAL -> 1 - Math.pow(1 - share, 4);
      case SIGMOID -> 1 / (1 + Math.exp(-10 * (share - 0.5)));
    };
  }
}
