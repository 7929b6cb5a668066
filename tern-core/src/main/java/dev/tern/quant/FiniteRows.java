package dev.tern.quant;

import dev.tern.tensor.Shape;

/// The rows of values on their way into an encoding, one in memory at a time and every one finite.
final class FiniteRows {
  private final RowSource source;
  private final float[] values;

  FiniteRows(RowSource source, Shape shape) {
    this.source = source;
    this.values = new float[Math.toIntExact(shape.cols())];
  }

  /// {@return the row, in an array that the next call overwrites}
  ///
  /// @throws IllegalArgumentException if a value is not finite
  float[] read(long row) {
    source.read(row, values);
    for (int col = 0; col < values.length; col++) {
      if (!Float.isFinite(values[col])) {
        throw new IllegalArgumentException(
            "row %d, column %d: %s is not a finite value".formatted(row, col, values[col]));
      }
    }
    return values;
  }
}
