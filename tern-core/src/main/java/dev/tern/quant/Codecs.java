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
      case F32 -> F32Codec.INSTANCE;
      default -> throw new IllegalArgumentException("no codec for " + type);
    };
  }

  /// {@return the definition of a low-bit encoding; empty for others}
  ///
  /// @param type any encoding
  public static Optional<LowBitCodec> lowBit(TensorType type) {
    return of(type) instanceof LowBitCodec lowBit ? Optional.of(lowBit) : Optional.empty();
  }
}
