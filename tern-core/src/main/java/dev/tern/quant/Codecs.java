package dev.tern.quant;

import dev.tern.tensor.TensorType;

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
}
