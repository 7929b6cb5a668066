package dev.tern.convert;

import dev.tern.quant.Absmean;
import dev.tern.quant.CodeSource;
import dev.tern.quant.RowSource;
import dev.tern.source.SourceTensor;
import dev.tern.tensor.Shape;
import java.util.Optional;

/// Finds the codes of values that are ternary although they are stored as floats.
final class Ternary {
  private Ternary() {}

  /// {@return the codes of a tensor: those that it stores, or those of values that are 0 or one and
  /// the same magnitude; none of any other values}
  ///
  /// @throws IllegalArgumentException if a value is not finite; the message names row and column
  static Optional<CodeSource> codes(SourceTensor tensor) {
    Optional<CodeSource> stored = tensor.codes();
    if (stored.isPresent()) {
      return stored;
    }
    Shape shape = tensor.shape();
    RowSource values = tensor.values();
    Absmean absmean = Absmean.of(values, shape);
    float[] row = new float[Math.toIntExact(shape.cols())];
    for (long r = 0; r < shape.rows(); r++) {
      values.read(r, row);
      for (float value : row) {
        if (absmean.code(value) * absmean.dequantScale() != value) {
          return Optional.empty();
        }
      }
    }
    return Optional.of(absmean.codes(values));
  }
}
