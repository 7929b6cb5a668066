package dev.tern.load;

import dev.tern.ActivationPrecision;
import dev.tern.tensor.TensorType;

/// How the weights of a linear layer meet its input.
public enum WeightUse {
  /// Ternary codes times int8 activations, exactly, in integers.
  TERNARY("ternary x int8, exact integers"),
  /// Weights decoded to floats times activations that were rounded to int8, as BitNet layers of
  /// other encodings need.
  INT8_INPUT("decoded to floats x int8-rounded input"),
  /// Weights decoded to floats times float activations.
  FLOAT_INPUT("decoded to floats x float input");

  private final String description;

  WeightUse(String description) {
    this.description = description;
  }

  /// {@return what to tell people}
  public String description() {
    return description;
  }

  /// {@return how a layer of a block meets its input}
  ///
  /// Q2_0 counts as ternary here; a tensor of it that holds +2 is used as [#INT8_INPUT].
  ///
  /// @param type the encoding of its weights
  /// @param bitLinear whether the architecture quantizes all inputs, see `BlockStyle`
  /// @param activations what was asked for
  public static WeightUse ofBlock(
      TensorType type, boolean bitLinear, ActivationPrecision activations) {
    boolean int8 =
        switch (activations) {
          case MODEL -> bitLinear || isMadeForBitNet(type);
          case INT8 -> true;
          case FLOAT -> false;
        };
    if (!int8) {
      return FLOAT_INPUT;
    }
    return type.isLowBit() ? TERNARY : INT8_INPUT;
  }

  /// {@return how the head meets its input, which is not quantized unless the head is ternary}
  ///
  /// @param type the encoding of its weights
  /// @param activations what was asked for
  public static WeightUse ofHead(TensorType type, ActivationPrecision activations) {
    return isMadeForBitNet(type) && activations != ActivationPrecision.FLOAT
        ? TERNARY
        : FLOAT_INPUT;
  }

  /// What these encodings hold was trained with int8 activations. Q1_0 and Q2_0 come from models
  /// that were trained with weights alone in few bits.
  private static boolean isMadeForBitNet(TensorType type) {
    return switch (type) {
      case I2_S, I2_S_ARM64, TQ1_0, TQ2_0, IQ1_BN, IQ2_BN -> true;
      case F32, F16, BF16, Q8_0, Q4_0, Q4_K, Q6_K, Q1_0, Q2_0, Q2_0_G128 -> false;
    };
  }
}
