package dev.tern.kernel;

import dev.tern.kernel.TernaryMatrix.DequantScales;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.function.IntUnaryOperator;

/// Ternary weights and int8 activations made by rules, for tests.
public final class TernaryInputs {
  private final Arena arena;

  /// @param arena owns the memory
  public TernaryInputs(Arena arena) {
    this.arena = arena;
  }

  /// {@return rows in 2 bits}
  ///
  /// @param weights from `row * cols + col` to -1, 0 or +1
  public TernaryMatrix.Part part(
      int rows,
      int cols,
      int firstRow,
      IntUnaryOperator weights,
      DequantScales scales,
      float outputScale) {
    int rowBytes = Math.ceilDiv(cols, TernaryMatrix.BLOCK_COLUMNS) * TernaryMatrix.BLOCK_BYTES;
    MemorySegment packed = arena.allocate((long) rows * rowBytes, 64);
    byte[] codes = new byte[cols];
    byte[] bytes = new byte[rowBytes];
    for (int row = 0; row < rows; row++) {
      for (int col = 0; col < cols; col++) {
        codes[col] = (byte) weights.applyAsInt(row * cols + col);
      }
      TernaryMatrix.pack(codes, bytes);
      MemorySegment.copy(bytes, 0, packed, ValueLayout.JAVA_BYTE, (long) row * rowBytes, rowBytes);
    }
    return new TernaryMatrix.Part(packed, rowBytes, firstRow, rows, scales, outputScale);
  }

  /// {@return activations}
  ///
  /// @param codes from `token * cols + col` to -127 to 127
  public Int8Activations activations(int tokens, int cols, IntUnaryOperator codes) {
    Int8Activations x = Int8Activations.allocate(arena, tokens, cols);
    byte[] values = new byte[cols];
    for (int t = 0; t < tokens; t++) {
      for (int col = 0; col < cols; col++) {
        values[col] = (byte) codes.applyAsInt(t * cols + col);
      }
      x.set(t, values, 10f + t);
    }
    return x;
  }

  /// {@return parts below each other}
  public static TernaryMatrix matrix(int cols, TernaryMatrix.Part... parts) {
    return new TernaryMatrix(List.of(parts), cols);
  }

  /// {@return a scale for each row}
  public static DequantScales perRow(float... scales) {
    return new DequantScales.PerRow(scales);
  }
}
