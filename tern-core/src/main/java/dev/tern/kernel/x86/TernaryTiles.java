package dev.tern.kernel.x86;

import dev.tern.kernel.FloatMatrix;
import dev.tern.kernel.Int8Activations;
import dev.tern.kernel.TernaryMatrix;
import dev.tern.kernel.TernaryMatrix.DequantScales;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/// Ternary weights times many tokens, on one thread: calls the steps of [TernaryTables] and sees to
/// it that each stays within the memory that it is given.
///
/// Rows of all parts of a matrix share the tables. **Overflow**: partial sums are 16 bits; per
/// token the sum of |x| over the columns since the last widening is known beforehand, and sums are
/// widened to 32 bits before it can pass 32,767.
final class TernaryTiles {
  /// Tiles that share one reading of the weights.
  private static final int TILES_AT_ONCE = 4;

  /// What stays in the second-level cache, in units of 32 bytes.
  private static final int UNITS_AT_ONCE = 14_000;

  /// For each row: a cache line of weights, and places in two strips.
  private static final int UNITS_PER_ROW = 2 + TernaryTables.STRIPS_PER_BLOCK;

  static final int MAX_ROWS_AT_ONCE = UNITS_AT_ONCE / (UNITS_PER_ROW + 1);

  /// Outputs are computed for eight rows at a time, wherever a part begins and ends.
  static final int PADDED_ROWS = MAX_ROWS_AT_ONCE + TernaryTables.OUTPUT_ROWS;

  private static final long ALIGNMENT = 64;

  private final Steps steps;
  private final MemorySegment parameters =
      allocate(TernaryTileOutput.SCALES + (long) PADDED_ROWS * Float.BYTES);
  private final MemorySegment tables = allocate(TernaryTables.TABLES_BYTES);

  /// For each strip of a block.
  private final List<MemorySegment> places =
      Stream.generate(() -> allocate((long) MAX_ROWS_AT_ONCE * TernaryTables.PLACES_BYTES))
          .limit(TernaryTables.STRIPS_PER_BLOCK)
          .toList();

  private final List<TokenTile> tiles = new ArrayList<>();

  /// The steps in machine code.
  record Steps(
      NativeCode.Function arrange,
      NativeCode.Function magnitudes,
      NativeCode.Function places,
      NativeCode.Function build,
      NativeCode.Function accumulate,
      NativeCode.Function widen,
      NativeCode.Function output) {
    static List<Routine> routines() {
      return List.of(
          new TernaryTables.Arrange(),
          new TernaryTables.Magnitudes(),
          new TernaryTables.Places(),
          new TernaryTables.Build(),
          new TernaryTables.Accumulate(),
          new TernaryTables.Widen(),
          new TernaryTileOutput());
    }

    /// @param functions of [#routines]
    static Steps of(List<NativeCode.Function> functions) {
      var f = functions.iterator();
      return new Steps(f.next(), f.next(), f.next(), f.next(), f.next(), f.next(), f.next());
    }
  }

  TernaryTiles(Steps steps) {
    this.steps = steps;
  }

  static MemorySegment allocate(long bytes) {
    return Arena.ofAuto().allocate(bytes, ALIGNMENT);
  }

  /// Multiplies a range of rows by a range of tokens, see `Kernels.linear`.
  ///
  /// @param weights whose rows have one scale each
  /// @param x as wide as the weights
  /// @throws IndexOutOfBoundsException if a range is not within what it is of
  void linear(
      TernaryMatrix weights,
      int fromRow,
      int toRow,
      Int8Activations x,
      int fromToken,
      int toToken,
      FloatMatrix y) {
    Objects.checkFromToIndex(fromRow, toRow, Math.min(weights.rows(), y.cols()));
    Objects.checkFromToIndex(fromToken, toToken, Math.min(x.tokens(), y.rows()));
    for (int first = fromToken; first < toToken; first += TILES_AT_ONCE * TernaryTables.TOKENS) {
      int end = Math.min(toToken, first + TILES_AT_ONCE * TernaryTables.TOKENS);
      int tileCount = load(x, first, end);
      int rowsAtOnce = UNITS_AT_ONCE / (UNITS_PER_ROW + tileCount);
      for (int row = fromRow; row < toRow; row += rowsAtOnce) {
        int rows = Math.min(rowsAtOnce, toRow - row);
        sum(weights, row, rows, tileCount);
        for (Slice slice : slices(weights, row, rows)) {
          write(slice, row, tileCount, x, y);
        }
      }
    }
  }

  private int load(Int8Activations x, int fromToken, int toToken) {
    int count = 0;
    for (int from = fromToken; from < toToken; from += TernaryTables.TOKENS) {
      if (tiles.size() == count) {
        tiles.add(new TokenTile(steps, parameters, tables));
      }
      tiles.get(count++).load(x, from, Math.min(toToken, from + TernaryTables.TOKENS));
    }
    return count;
  }

  /// Rows of one part.
  ///
  /// @param first the first row within the part
  /// @param last one past the last row
  record Slice(TernaryMatrix.Part part, int first, int last) {
    int rows() {
      return last - first;
    }

    /// Where it begins within the matrix.
    int firstRow() {
      return part.firstRow() + first;
    }
  }

  private static List<Slice> slices(TernaryMatrix weights, int row, int rows) {
    List<Slice> slices = new ArrayList<>();
    for (TernaryMatrix.Part part : weights.parts()) {
      int first = Math.max(row - part.firstRow(), 0);
      int last = Math.min(row + rows - part.firstRow(), part.rows());
      if (first < last) {
        slices.add(new Slice(part, first, last));
      }
    }
    return slices;
  }

  /// Leaves the exact sums of some rows in the tiles.
  private void sum(TernaryMatrix weights, int row, int rows, int tileCount) {
    List<Slice> slices = slices(weights, row, rows);
    for (int i = 0; i < tileCount; i++) {
      tiles.get(i).clear(rows);
    }
    for (int block = 0; block < weights.blocks(); block++) {
      for (Slice slice : slices) {
        findPlaces(slice, block, slice.firstRow() - row);
      }
      for (int i = 0; i < tileCount; i++) {
        for (int inBlock = 0; inBlock < TernaryTables.STRIPS_PER_BLOCK; inBlock++) {
          int strip = block * TernaryTables.STRIPS_PER_BLOCK + inBlock;
          tiles.get(i).add(strip, places.get(inBlock), rows);
        }
      }
    }
    for (int i = 0; i < tileCount; i++) {
      tiles.get(i).widen(rows);
    }
  }

  private void findPlaces(Slice slice, int block, int at) {
    long rowBytes = slice.part.rowBytes();
    MemorySegment packed =
        slice
            .part
            .codes()
            .asSlice(
                slice.first * rowBytes + (long) block * TernaryMatrix.BLOCK_BYTES,
                (slice.rows() - 1) * rowBytes + TernaryMatrix.BLOCK_BYTES);
    Routine.setParameter(parameters, TernaryTables.Places.ROW_BYTES, rowBytes);
    Routine.setParameter(parameters, TernaryTables.Places.ROWS, slice.rows());
    steps.places.call(
        packed, placesOf(0, at, slice.rows()), placesOf(1, at, slice.rows()), parameters);
  }

  private MemorySegment placesOf(int strip, int at, int rows) {
    return places
        .get(strip)
        .asSlice((long) at * TernaryTables.PLACES_BYTES, (long) rows * TernaryTables.PLACES_BYTES);
  }

  private void write(Slice slice, int row, int tileCount, Int8Activations x, FloatMatrix y) {
    boolean shared = slice.part.scales() instanceof DequantScales.PerTensor;
    int scaleCount = shared ? 1 : slice.rows();
    for (int i = 0; i < scaleCount; i++) {
      setFloat(TernaryTileOutput.SCALES, i, slice.part.scales().ofRow(slice.first + i));
    }
    for (int i = 0; i < 8; i++) {
      setFloat(TernaryTileOutput.OUTPUT_SCALES, i, slice.part.outputScale());
    }
    Routine.setParameter(parameters, TernaryTileOutput.SCALE_STEP, shared ? 0 : Float.BYTES);
    for (int i = 0; i < tileCount; i++) {
      tiles.get(i).write(slice, slice.firstRow() - row, x, y);
    }
  }

  private void setFloat(int offset, int index, float value) {
    parameters.set(ValueLayout.JAVA_FLOAT, offset + (long) index * Float.BYTES, value);
  }
}
