package dev.tern.convert;

import dev.tern.tensor.TensorType;
import java.util.Optional;

/// Which encodings a person wants.
///
/// @param linear of the linear layers of all blocks; if it is not given, ternary weights become
///   I2_S or stay in the low-bit encoding that they have, and others stay what they are
/// @param embedding of the embedding and of a head of its own; if it is not given, they stay what
///   they are
public record EncodingChoice(Optional<TensorType> linear, Optional<TensorType> embedding) {
  /// Checks that the encodings can be written.
  ///
  /// @throws IllegalArgumentException if one is a layout that files cannot tell from another
  public EncodingChoice {
    linear.ifPresent(EncodingChoice::requireDistinct);
    embedding.ifPresent(EncodingChoice::requireDistinct);
  }

  private static void requireDistinct(TensorType type) {
    if (type == TensorType.I2_S_ARM64 || type == TensorType.Q2_0_G128) {
      throw new IllegalArgumentException(
          "%s is not written: it shares its number in files with %s, which every reader takes it for"
              .formatted(type, type == TensorType.Q2_0_G128 ? TensorType.Q2_0 : TensorType.I2_S));
    }
  }

  /// {@return what loses nothing}
  public static EncodingChoice defaults() {
    return new EncodingChoice(Optional.empty(), Optional.empty());
  }

  /// {@return these encodings with another one of linear layers}
  ///
  /// @param type any encoding
  public EncodingChoice withLinear(TensorType type) {
    return new EncodingChoice(Optional.of(type), embedding);
  }

  /// {@return these encodings with another one of embedding and head}
  ///
  /// @param type any encoding
  public EncodingChoice withEmbedding(TensorType type) {
    return new EncodingChoice(linear, Optional.of(type));
  }
}
