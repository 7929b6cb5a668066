package dev.tern.convert;

import dev.tern.quant.CodeSource;
import dev.tern.source.RowOrder;
import dev.tern.source.SourceTensor;
import dev.tern.tensor.Shape;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.function.BiFunction;

/// Packs ternary codes as Hugging Face checkpoints have them: four rows, a quarter of the matrix
/// apart, in one row of bytes, the first quarter in the lowest bits as code + 1.
///
/// Source: transformers, `pack_weights` in integrations/bitnet.py.
///
/// @param codes in the order of the GGUF tensor
/// @param shape of the matrix; its rows are a multiple of 4
/// @param order of the rows
record PackedRows(CodeSource codes, Shape shape, RowOrder order) {
  static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  /// Packs all rows.
  ///
  /// @param bytes receives them
  /// @param tensor to name in a refusal
  /// @param refusal what to throw where codes or scales do not fit
  /// @return the one scale of all codes that are not 0
  float fill(
      MemorySegment bytes,
      SourceTensor tensor,
      BiFunction<SourceTensor, String, RuntimeException> refusal) {
    int cols = Math.toIntExact(shape.cols());
    long quarter = shape.rows() / 4;
    byte[] row = new byte[cols];
    byte[] packed = new byte[cols];
    float[] scales = new float[cols];
    float common = Float.NaN;
    float ofZeros = 1;
    for (long at = 0; at < quarter; at++) {
      Arrays.fill(packed, (byte) 0);
      for (int part = 0; part < 4; part++) {
        codes.read(order.targetRow(at + part * quarter), row, scales);
        for (int col = 0; col < cols; col++) {
          if (row[col] > 1) {
            throw refusal.apply(tensor, "also +2");
          }
          if (row[col] != 0 && scales[col] != common) {
            if (!Float.isNaN(common)) {
              throw refusal.apply(
                  tensor, "times %s and %s among others".formatted(common, scales[col]));
            }
            common = scales[col];
          }
          packed[col] |= (byte) ((row[col] + 1) << (2 * part));
        }
        ofZeros = scales[0];
      }
      MemorySegment.copy(packed, 0, bytes, ValueLayout.JAVA_BYTE, at * cols, cols);
    }
    float usable = ofZeros > 0 ? ofZeros : 1;
    return Float.isNaN(common) ? usable : common;
  }
}
