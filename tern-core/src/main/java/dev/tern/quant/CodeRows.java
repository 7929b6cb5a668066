package dev.tern.quant;

import dev.tern.tensor.Shape;
import dev.tern.tensor.TensorType;
import java.util.function.IntPredicate;

/// The rows of codes on their way into an encoding, one in memory at a time and every code one that
/// the encoding has.
final class CodeRows {
  private final CodeSource source;
  private final TensorType type;
  private final IntPredicate holds;
  private final byte[] codes;
  private final float[] dequantScales;
  private long row;

  CodeRows(CodeSource source, Shape shape, TensorType type, IntPredicate holds) {
    this.source = source;
    this.type = type;
    this.holds = holds;
    this.codes = new byte[Math.toIntExact(shape.cols())];
    this.dequantScales = new float[codes.length];
  }

  /// {@return the codes of the row, in an array that the next call overwrites}
  ///
  /// @throws IllegalArgumentException if the encoding does not have one of them
  byte[] read(long nextRow) {
    row = nextRow;
    source.read(row, codes, dequantScales);
    for (int col = 0; col < codes.length; col++) {
      if (!holds.test(codes[col])) {
        throw new IllegalArgumentException(
            "row %d, column %d: %s has no code %d".formatted(row, col, type, codes[col]));
      }
    }
    return codes;
  }

  /// Adds the scales of some columns of the row that was read last to those of their group.
  ///
  /// @throws IllegalArgumentException if a scale that matters is not finite, or not that of the
  ///   others
  void addScales(int from, int to, SharedScale shared) {
    int col = shared.add(codes, dequantScales, from, to);
    if (col < to) {
      float dequantScale = dequantScales[col];
      String reason =
          Float.isFinite(dequantScale)
              ? "cannot join %s in one group of %s".formatted(shared.get(), type)
              : "is not finite";
      throw new IllegalArgumentException(
          "row %d, column %d: the scale %s %s".formatted(row, col, dequantScale, reason));
    }
  }
}
