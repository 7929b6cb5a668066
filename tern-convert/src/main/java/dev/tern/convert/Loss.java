package dev.tern.convert;

import dev.tern.tensor.TensorType;

/// The most that a change of encoding costs a tensor's weights.
public enum Loss {
  /// Every weight stays what it is.
  NONE,
  /// Codes stay what they are; their scales are rounded to half precision.
  SCALES,
  /// Weights are rounded.
  VALUES;

  /// {@return what is lost at most}
  ///
  /// @param own the encoding that the weights have
  /// @param written the encoding that they get, in which codes stay codes
  static Loss between(TensorType own, TensorType written) {
    if (own == written || written == TensorType.F32) {
      return NONE;
    }
    if (written.isLowBit()) {
      return hasHalfScale(written) && !isMadeOfHalves(own) ? SCALES : NONE;
    }
    return written == TensorType.F16 && isMadeOfHalves(own) ? NONE : VALUES;
  }

  private static boolean isMadeOfHalves(TensorType type) {
    return type == TensorType.F16 || (type.isLowBit() && hasHalfScale(type));
  }

  private static boolean hasHalfScale(TensorType type) {
    return switch (type) {
      case TQ1_0, TQ2_0, Q1_0, Q2_0, Q2_0_G128, IQ1_BN -> true;
      case I2_S, I2_S_ARM64, IQ2_BN, F32, F16, BF16, Q8_0, Q4_0, Q4_K, Q6_K -> false;
    };
  }
}
