package dev.tern.convert;

import dev.tern.quant.Absmean;
import dev.tern.quant.CodeSource;
import dev.tern.quant.LowBitCodec;
import dev.tern.quant.RowSource;
import dev.tern.quant.Signs;
import dev.tern.source.SourceTensor;
import java.util.Optional;

/// What is done to weights that are to become small integer codes and are none yet.
///
/// Codes that a tensor stores are kept by all of them, where the new encoding holds them.
public enum Rounding {
  /// Nothing: such weights are refused where codes are needed.
  NONE,
  /// Ternary, with one scale for the tensor, the mean magnitude: what BitNet b1.58 does in
  /// training, see [Absmean].
  ABSMEAN,
  /// Binary, with a scale for each group of the encoding, the mean magnitude, see [Signs].
  SIGN;

  /// {@return the codes that a tensor has without any rounding}
  ///
  /// @throws IllegalArgumentException if a value is not finite; the message names row and column
  Optional<CodeSource> exact(SourceTensor tensor) {
    // Absmean finds the codes of ternary values by itself.
    return this == ABSMEAN ? tensor.codes() : Ternary.codes(tensor);
  }

  /// {@return the codes of a tensor after rounding}
  ///
  /// @param codec of the encoding that they are for
  /// @throws IllegalArgumentException if a value is not finite; the message names row and column
  CodeSource codes(SourceTensor tensor, LowBitCodec codec) {
    RowSource values = tensor.values();
    return switch (this) {
      case NONE -> throw new IllegalStateException("there is nothing that would round");
      case ABSMEAN -> Absmean.of(values, tensor.shape()).codes(values);
      case SIGN -> Signs.codes(values, tensor.shape(), codec.scaleGroup());
    };
  }
}
