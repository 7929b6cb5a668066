package dev.tern.kernel.x86;

import dev.tern.kernel.DenseMatrix;
import dev.tern.kernel.QuantizedRows;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/// int8 copies of rows, on one thread: decodes some rows to floats, and sees to it that [RowCopies]
/// stays within the memory that it is given.
final class RowCopying {
  private final NativeCode.Function function;
  private final DenseProduct dense;
  private final MemorySegment parameters =
      Arena.ofAuto().allocate(RowCopies.PARAMETER_BYTES, Long.BYTES);
  private MemorySegment results = Arena.ofAuto().allocate(0);

  /// @param dense decodes rows
  RowCopying(NativeCode.Function function, DenseProduct dense) {
    this.function = function;
    this.dense = dense;
  }

  static NativeCode.Function load() throws UnavailableException {
    return NativeCode.load(List.of(new RowCopies())).getFirst();
  }

  /// {@return whether there is machine code for the encoding and the width}
  static boolean supports(QuantizedRows rows) {
    return DenseProduct.supports(rows.matrix()) && rows.cols() % RowCopies.STEP_COLUMNS == 0;
  }

  /// See `Kernels.quantizeRows`.
  ///
  /// @param rows that [#supports] accepts
  void quantize(QuantizedRows rows, int fromRow, int toRow) {
    for (DenseMatrix.Part part : rows.matrix().parts()) {
      int first = Math.max(fromRow - part.firstRow(), 0);
      int last = Math.min(toRow - part.firstRow(), part.rows());
      int rowsAtOnce = DenseProduct.decodedRows(rows.cols());
      for (int row = first; row < last; row += rowsAtOnce) {
        quantize(rows, part, row, Math.min(rowsAtOnce, last - row));
      }
    }
  }

  private void quantize(QuantizedRows rows, DenseMatrix.Part part, int first, int count) {
    long resultBytes = (long) count * RowCopies.RESULTS * Float.BYTES;
    if (results.byteSize() < resultBytes) {
      results = Arena.ofAuto().allocate(resultBytes, 64);
    }
    int row = part.firstRow() + first;
    int stride = rows.stride();
    MemorySegment codes = rows.codes().asSlice((long) row * stride, (long) count * stride);
    MemorySegment floats = dense.decode(part.tensor(), first, count);
    Routine.setParameter(parameters, RowCopies.ROWS, count);
    Routine.setParameter(parameters, RowCopies.STEPS, rows.cols() / RowCopies.STEP_COLUMNS);
    Routine.setParameter(parameters, RowCopies.PADDING, stride - rows.cols());
    function.call(floats, results, codes, parameters);
    for (int i = 0; i < count; i++) {
      rows.setBounds(row + i, part.outputScale(), result(i, 0), result(i, 1), result(i, 2));
    }
  }

  private float result(int row, int index) {
    return results.getAtIndex(ValueLayout.JAVA_FLOAT, (long) row * RowCopies.RESULTS + index);
  }
}
