package dev.tern.kernel.x86;

import dev.tern.kernel.Int16Vector;
import dev.tern.kernel.QuantizedRows;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;

/// int8 rows times vectors of words, on one thread: sees to it that [Int8Dots], [Int8Tile] and
/// [Int8TileAvx512] stay within the memory that they are given.
final class Int8Product {
  /// Fewer vectors are not worth a tile.
  private static final int LEAST_OF_TILE = Int8Tile.VECTORS - 1;

  private static final int LEAST_OF_WIDE_TILE = 2;

  private final Routines routines;
  private final MemorySegment parameters =
      Arena.ofAuto().allocate(Int8TileAvx512.PARAMETER_BYTES, Long.BYTES);
  private final int[] lastRows = new int[Avx512Tile.ROWS - 1];
  private MemorySegment sums = Arena.ofAuto().allocate(0);
  private MemorySegment words = Arena.ofAuto().allocate(0);

  /// The routines.
  ///
  /// @param dots multiplies rows by one vector
  /// @param tile multiplies pairs of rows by [Int8Tile#VECTORS]
  /// @param wideTiles multiply by as many vectors as their place in the list says, from 1; none
  ///   without AVX-512
  record Routines(
      NativeCode.Function dots, NativeCode.Function tile, List<NativeCode.Function> wideTiles) {
    static Routines load(InstructionSet set) throws UnavailableException {
      List<NativeCode.Function> functions =
          NativeCode.load(List.of(new Int8Dots(), new Int8Tile()));
      List<Int8TileAvx512> wideTiles =
          set == InstructionSet.AVX512_VNNI
              ? IntStream.rangeClosed(1, Avx512Tile.MOST_VECTORS)
                  .mapToObj(Int8TileAvx512::new)
                  .toList()
              : List.of();
      return new Routines(functions.get(0), functions.get(1), NativeCode.load(wideTiles));
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
    if (x.size() >= LEAST_OF_WIDE_TILE && !routines.wideTiles.isEmpty()) {
      int tiles = Math.ceilDiv(x.size(), Avx512Tile.MOST_VECTORS);
      for (int tile = 0; tile < tiles; tile++) {
        int from = tile * x.size() / tiles;
        int to = (tile + 1) * x.size() / tiles;
        wideTiles(rows, fromRow, toRow, x.subList(from, to), dots, from);
      }
      return;
    }
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
        dots(rows, fromRow + paired, toRow, x.get(vector), lastRows);
        results[paired] = lastRows[0];
      }
    }
  }

  private void wideTiles(
      QuantizedRows rows,
      int fromRow,
      int toRow,
      List<Int16Vector> x,
      int[][] dots,
      int firstVector) {
    Objects.checkFromToIndex(fromRow, toRow, rows.rows());
    int tiles = (toRow - fromRow) / Avx512Tile.ROWS;
    int tiled = tiles * Avx512Tile.ROWS;
    if (tiles > 0) {
      gather(x, rows.stride());
      Routine.setParameter(parameters, Int8TileAvx512.SUMS_STEP, (long) tiled * Integer.BYTES);
      NativeCode.Function function = routines.wideTiles.get(x.size() - 1);
      call(function, rows, fromRow, tiled, words, x.size(), tiles);
    }
    for (int vector = 0; vector < x.size(); vector++) {
      int[] results = dots[firstVector + vector];
      MemorySegment.copy(
          sums, ValueLayout.JAVA_INT, (long) vector * tiled * Integer.BYTES, results, 0, tiled);
    }
    for (int vector = 0; vector < x.size(); vector++) {
      int[] results = dots[firstVector + vector];
      if (fromRow + tiled < toRow) {
        dots(rows, fromRow + tiled, toRow, x.get(vector), lastRows);
        System.arraycopy(lastRows, 0, results, tiled, toRow - fromRow - tiled);
      }
    }
  }

  /// Puts vectors one behind the other; what a tile has besides is not looked at.
  private void gather(List<Int16Vector> x, int stride) {
    long bytes = (long) stride * Short.BYTES;
    if (words.byteSize() < Avx512Tile.MOST_VECTORS * bytes) {
      words = Arena.ofAuto().allocate(Avx512Tile.MOST_VECTORS * bytes, 64);
    }
    for (int vector = 0; vector < x.size(); vector++) {
      MemorySegment.copy(x.get(vector).codes(), 0, words, vector * bytes, bytes);
    }
  }
}
