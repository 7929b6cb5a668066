package dev.tern.quant;

import dev.tern.tensor.TensorType;
import java.util.Optional;

/// Finds the definition of an encoding.
public final class Codecs {
  private Codecs() {}

  /// {@return the definition of an encoding}
  ///
  /// @param type any encoding
  public static Codec of(TensorType type) {
    return switch (type) {
      case F32 -> new F32Codec();
      case F16 -> new F16Codec();
      case BF16 -> new Bf16Codec();
      case Q8_0 -> new BlockCodec(type, new Q8Format());
      case Q4_0 -> new BlockCodec(type, new Q4Format());
      case Q4_K -> new BlockCodec(type, new Q4KFormat());
      case Q6_K -> new BlockCodec(type, new Q6KFormat());
      case I2_S -> new I2sCodec(type, 32);
      case I2_S_ARM64 -> new I2sCodec(type, 16);
      case TQ1_0 -> new ScaledCodeCodec(type, new Tq1Format());
      case TQ2_0 -> new ScaledCodeCodec(type, new Tq2Format());
      case Q1_0 -> new ScaledCodeCodec(type, new Q1Format());
      case Q2_0, Q2_0_G128 -> new ScaledCodeCodec(type, new Q2Format());
      case IQ1_BN -> new ScaledCodeCodec(type, new Iq1BnFormat());
      case IQ2_BN -> new ScaledCodeCodec(type, new Iq2BnFormat());
    };
  }

  /// {@return the definition of an encoding of codes with a common scale; empty for any other}
  ///
  /// @param type any encoding
  public static Optional<LowBitCodec> lowBit(TensorType type) {
    return of(type) instanceof LowBitCodec codec ? Optional.of(codec) : Optional.empty();
  }
}
