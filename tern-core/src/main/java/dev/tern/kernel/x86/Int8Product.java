package dev.tern.kernel.x86;

import dev.tern.kernel.Int16Vector;
import dev.tern.kernel.QuantizedRows;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Objects;

/// int8 rows times vectors of words, on one thread: sees to it that [Int8Dots] and [Int8Tile] stay
/// within the memory that they are given.
final class Int8Product {
  /// Fewer vectors are not worth a tile.
  private static final int LEAST_OF_TILE = Int8Tile.VECTORS - 1;

  private final Routines routines;
  private final MemorySegment parameters =
      Arena.ofAuto().allocate(Int8Dots.PARAMETER_BYTES, Long.BYTES);
  private final int[] lastRow = new int[1];
  private MemorySegment sums = Arena.ofAuto().allocate(0);
  private MemorySegment words = Arena.ofAuto().allocate(0);

  /// The routines.
  ///
  /// @param dots multiplies rows by one vector
  /// @param tile multiplies pairs of rows by [Int8Tile#VECTORS]
  record Routines(NativeCode.Function dots, NativeCode.Function tile) {
    static Routines load() throws UnavailableException {
      List<NativeCode.Function> functions =
          NativeCode.load(List.of(new Int8Dots(), new Int8Tile()));
      return new Routines(functions.get(0), functions.get(1));
    }
  }

  Int8Product(Routines routines) {
    this.routines = routines;
  }

  /// See `Kernels.dots`.
  void dots(QuantizedRows rows, int fromRow, int toRow, Int16Vector x, int[] dots) {
    Objects.checkFromToIndex(fromRow, toRow, rows.rows());
    int count = toRow - fromRow;
    Objects.checkFromIndexSize(0, count, dots.length);
    if (count == 0) {
      return;
    }
    call(routines.dots, rows, fromRow, count, x.codes(), 1, count);
    MemorySegment.copy(sums, ValueLayout.JAVA_INT, 0, dots, 0, count);
  }

  /// Calls a routine.
  ///
  /// @param steps over all rows
  private void call(
      NativeCode.Function function,
      QuantizedRows rows,
      int fromRow,
      int rowCount,
      MemorySegment vectors,
      int vectorCount,
      int steps) {
    int stride = rows.stride();
    long sumBytes = (long) rowCount * vectorCount * Integer.BYTES;
    if (sums.byteSize() < sumBytes) {
      sums = Arena.ofAuto().allocate(sumBytes, 64);
    }
    Routine.setParameter(parameters, Int8Dots.ROWS, steps);
    Routine.setParameter(parameters, Int8Dots.STRIDE, stride);
    Routine.setParameter(parameters, Int8Dots.BLOCKS, stride / QuantizedRows.COLUMN_BLOCK);
    function.call(
        rows.codes(),
        (long) fromRow * stride,
        (long) rowCount * stride,
        vectors,
        0,
        (long) vectorCount * stride * Short.BYTES,
        sums,
        0,
        sumBytes,
        parameters);
  }

  /// See `Kernels.dots`.
  void dots(QuantizedRows rows, int fromRow, int toRow, List<Int16Vector> x, int[][] dots) {
    int first = 0;
    for (; x.size() - first >= LEAST_OF_TILE; first += Int8Tile.VECTORS) {
      int count = Math.min(Int8Tile.VECTORS, x.size() - first);
      tiles(rows, fromRow, toRow, x.subList(first, first + count), dots, first);
    }
    for (; first < x.size(); first++) {
      dots(rows, fromRow, toRow, x.get(first), dots[first]);
    }
  }

  private void tiles(
      QuantizedRows rows,
      int fromRow,
      int toRow,
      List<Int16Vector> x,
      int[][] dots,
      int firstVector) {
    Objects.checkFromToIndex(fromRow, toRow, rows.rows());
    int pairs = (toRow - fromRow) / Int8Tile.ROWS;
    int paired = pairs * Int8Tile.ROWS;
    if (pairs > 0) {
      gather(x, rows.stride());
      call(routines.tile, rows, fromRow, paired, words, Int8Tile.VECTORS, pairs);
    }
    for (int vector = 0; vector < x.size(); vector++) {
      int[] results = dots[firstVector + vector];
      for (int row = 0; row < paired; row++) {
        results[row] =
            sums.getAtIndex(ValueLayout.JAVA_INT, (long) row * Int8Tile.VECTORS + vector);
      }
      if (fromRow + paired < toRow) {
        dots(rows, fromRow + paired, toRow, x.get(vector), lastRow);
        results[paired] = lastRow[0];
      }
    }
  }

  /// Puts vectors one behind the other; what a tile has besides is not looked at.
  private void gather(List<Int16Vector> x, int stride) {
    long bytes = (long) stride * Short.BYTES;
    if (words.byteSize() != Int8Tile.VECTORS * bytes) {
      words = Arena.ofAuto().allocate(Int8Tile.VECTORS * bytes, 64);
    }
    for (int vector = 0; vector < x.size(); vector++) {
      MemorySegment.copy(x.get(vector).codes(), 0, words, vector * bytes, bytes);
    }
  }
}
