package dev.tern.kernel.x86;

import dev.tern.kernel.Int16Vector;
import dev.tern.kernel.QuantizedRows;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Objects;

/// int8 rows times a vector of words, on one thread: sees to it that [Int8Dots] stays within the
/// memory that it is given.
final class Int8Product {
  private final NativeCode.Function function;
  private final MemorySegment parameters =
      Arena.ofAuto().allocate(Int8Dots.PARAMETER_BYTES, Long.BYTES);
  private MemorySegment sums = Arena.ofAuto().allocate(0);

  Int8Product(NativeCode.Function function) {
    this.function = function;
  }

  static NativeCode.Function load() throws UnavailableException {
    return NativeCode.load(List.of(new Int8Dots())).getFirst();
  }

  /// See `Kernels.dots`.
  void dots(QuantizedRows rows, int fromRow, int toRow, Int16Vector x, int[] dots) {
    Objects.checkFromToIndex(fromRow, toRow, rows.rows());
    int count = toRow - fromRow;
    Objects.checkFromIndexSize(0, count, dots.length);
    if (count == 0) {
      return;
    }
    if (sums.byteSize() < (long) count * Integer.BYTES) {
      sums = Arena.ofAuto().allocate((long) count * Integer.BYTES, 64);
    }
    int stride = rows.stride();
    Routine.setParameter(parameters, Int8Dots.ROWS, count);
    Routine.setParameter(parameters, Int8Dots.STRIDE, stride);
    Routine.setParameter(parameters, Int8Dots.BLOCKS, stride / QuantizedRows.COLUMN_BLOCK);
    function.call(
        rows.codes(),
        (long) fromRow * stride,
        (long) count * stride,
        x.codes(),
        0,
        (long) stride * Short.BYTES,
        sums,
        0,
        (long) count * Integer.BYTES,
        parameters);
    MemorySegment.copy(sums, ValueLayout.JAVA_INT, 0, dots, 0, count);
  }
}
