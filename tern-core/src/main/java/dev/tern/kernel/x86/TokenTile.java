package dev.tern.kernel.x86;

import dev.tern.kernel.FloatMatrix;
import dev.tern.kernel.Int8Activations;
import dev.tern.kernel.TernaryMatrix;
import dev.tern.kernel.TernaryMatrix.DequantScales;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/// Up to 16 tokens on their way through [TernaryTables]: their codes column by column, what is
/// needed to know when to widen, and their sums.
final class TokenTile {
  private static final int TOKENS = TernaryTables.TOKENS;
  private static final int STRIP_COLUMNS = 4 * TernaryTables.STRIP_GROUPS;

  private final TernaryTiles.Steps steps;
  private final MemorySegment parameters;
  private final MemorySegment tables;

  private final MemorySegment partial =
      TernaryTiles.allocate((long) TernaryTiles.MAX_ROWS_AT_ONCE * TernaryTables.ENTRY_BYTES);
  private final MemorySegment sums =
      TernaryTiles.allocate((long) TernaryTiles.PADDED_ROWS * TernaryTables.SUM_BYTES);
  private final MemorySegment fewOutputs =
      TernaryTiles.allocate((long) TOKENS * TernaryTables.OUTPUT_ROWS * Float.BYTES);
  private MemorySegment columns = TernaryTiles.allocate(0);
  private MemorySegment magnitudes = TernaryTiles.allocate(0);
  private MemorySegment padded = TernaryTiles.allocate(0);
  private final int[] sinceWidening = new int[TOKENS];
  private int firstToken;
  private int count;

  /// @param parameters the block of parameters that all tiles use in turn
  /// @param tables the tables that all tiles use in turn
  TokenTile(TernaryTiles.Steps steps, MemorySegment parameters, MemorySegment tables) {
    this.steps = steps;
    this.parameters = parameters;
    this.tables = tables;
  }

  /// Takes tokens in.
  void load(Int8Activations x, int fromToken, int toToken) {
    firstToken = fromToken;
    count = toToken - fromToken;
    int cols = x.stride();
    int strips = cols / STRIP_COLUMNS;
    if (columns.byteSize() < (long) cols * TernaryTables.ENTRY_BYTES) {
      columns = TernaryTiles.allocate((long) cols * TernaryTables.ENTRY_BYTES);
      magnitudes = TernaryTiles.allocate((long) strips * TernaryTables.ENTRY_BYTES);
    }
    MemorySegment codes = codes(x, cols);
    Routine.setParameter(parameters, TernaryTables.Arrange.STRIDE, cols);
    Routine.setParameter(parameters, TernaryTables.Arrange.COLUMNS, cols);
    steps.arrange().call(codes, codes, columns, parameters);
    for (int strip = 0; strip < strips; strip++) {
      long at = (long) strip * TernaryTables.ENTRY_BYTES;
      MemorySegment sum = magnitudes.asSlice(at, TernaryTables.ENTRY_BYTES);
      MemorySegment of = columnsOf(strip);
      steps.magnitudes().call(of, of, sum, parameters);
    }
  }

  /// The codes of 16 tokens; those that there are not are zeros.
  private MemorySegment codes(Int8Activations x, int cols) {
    MemorySegment codes = x.codes().asSlice((long) firstToken * cols, (long) count * cols);
    if (count == TOKENS) {
      return codes;
    }
    if (padded.byteSize() < (long) TOKENS * cols) {
      padded = TernaryTiles.allocate((long) TOKENS * cols);
    }
    padded.copyFrom(codes);
    padded.asSlice(codes.byteSize()).fill((byte) 0);
    return padded;
  }

  /// The words of a strip's columns, from the first quarter's to the last's.
  private MemorySegment columnsOf(int strip) {
    int block = strip / TernaryTables.STRIPS_PER_BLOCK * TernaryMatrix.BLOCK_COLUMNS;
    int inBlock = strip % TernaryTables.STRIPS_PER_BLOCK * TernaryTables.STRIP_GROUPS;
    int extent = 3 * TernaryMatrix.BLOCK_BYTES + TernaryTables.STRIP_GROUPS;
    return columns.asSlice(
        (long) (block + inBlock) * TernaryTables.ENTRY_BYTES,
        (long) extent * TernaryTables.ENTRY_BYTES);
  }

  /// Forgets the sums.
  void clear(int rows) {
    partial.asSlice(0, (long) rows * TernaryTables.ENTRY_BYTES).fill((byte) 0);
    sums.asSlice(0, (long) rows * TernaryTables.SUM_BYTES).fill((byte) 0);
    Arrays.fill(sinceWidening, 0);
  }

  /// Counts a strip in, and tells whether partial sums must be widened before it is added.
  private boolean wouldOverflow(int strip) {
    boolean overflow = false;
    for (int lane = 0; lane < TOKENS; lane++) {
      sinceWidening[lane] += magnitude(strip, lane);
      overflow |= sinceWidening[lane] > Short.MAX_VALUE;
    }
    if (overflow) {
      Arrays.setAll(sinceWidening, lane -> magnitude(strip, lane));
    }
    return overflow;
  }

  private int magnitude(int strip, int lane) {
    return magnitudes.getAtIndex(ValueLayout.JAVA_SHORT, (long) strip * TOKENS + lane);
  }

  /// Adds a strip of all rows to the partial sums, widened before where they must be.
  ///
  /// @param places of the rows' patterns
  void add(int strip, MemorySegment places, int rows) {
    if (wouldOverflow(strip)) {
      widen(rows);
    }
    MemorySegment of = columnsOf(strip);
    steps.build().call(of, of, tables, parameters);
    Routine.setParameter(parameters, TernaryTables.Accumulate.ROWS, rows);
    steps
        .accumulate()
        .call(
            places.asSlice(0, (long) rows * TernaryTables.PLACES_BYTES),
            tables,
            partial.asSlice(0, (long) rows * TernaryTables.ENTRY_BYTES),
            parameters);
  }

  /// Moves the partial sums of all rows into the sums.
  void widen(int rows) {
    Routine.setParameter(parameters, TernaryTables.Widen.ROWS, rows);
    MemorySegment from = partial.asSlice(0, (long) rows * TernaryTables.ENTRY_BYTES);
    MemorySegment to = sums.asSlice(0, (long) rows * TernaryTables.SUM_BYTES);
    steps.widen().call(from, from, to, parameters);
  }

  /// Writes the outputs of a slice: eight rows at a time, what is left over by way of a copy. The
  /// scales are in the parameters already.
  ///
  /// @param at where the slice's sums begin
  void write(TernaryTiles.Slice slice, int at, Int8Activations x, FloatMatrix y) {
    for (int lane = 0; lane < count; lane++) {
      long offset = TernaryTileOutput.QUANT_SCALES + (long) lane * Float.BYTES;
      parameters.set(ValueLayout.JAVA_FLOAT, offset, x.quantScale(firstToken + lane));
    }
    Routine.setParameter(parameters, TernaryTileOutput.TOKENS, count);
    int rest = slice.rows() % TernaryTables.OUTPUT_ROWS;
    int whole = slice.rows() - rest;
    long yStride = y.byteOffset(1) - y.byteOffset(0);
    if (whole > 0) {
      MemorySegment out =
          y.data()
              .asSlice(
                  outputOffset(slice, 0, 0, y), (count - 1) * yStride + (long) whole * Float.BYTES);
      output(slice, at, 0, whole / TernaryTables.OUTPUT_ROWS, out, yStride);
    }
    if (rest > 0) {
      long fewStride = (long) TernaryTables.OUTPUT_ROWS * Float.BYTES;
      output(slice, at, whole, 1, fewOutputs, fewStride);
      for (int lane = 0; lane < count; lane++) {
        MemorySegment.copy(
            fewOutputs,
            lane * fewStride,
            y.data(),
            outputOffset(slice, whole, lane, y),
            (long) rest * Float.BYTES);
      }
    }
  }

  private long outputOffset(TernaryTiles.Slice slice, int row, int lane, FloatMatrix y) {
    return y.byteOffset(firstToken + lane) + (long) (slice.firstRow() + row) * Float.BYTES;
  }

  private void output(
      TernaryTiles.Slice slice, int at, int row, int rowTiles, MemorySegment out, long yStride) {
    boolean shared = slice.part().scales() instanceof DequantScales.PerTensor;
    Routine.setParameter(parameters, TernaryTileOutput.ROW_TILES, rowTiles);
    Routine.setParameter(parameters, TernaryTileOutput.Y_STRIDE, yStride);
    Routine.setParameter(
        parameters, TernaryTileOutput.FIRST_SCALE, shared ? 0 : (long) row * Float.BYTES);
    MemorySegment from =
        sums.asSlice(
            (long) (at + row) * TernaryTables.SUM_BYTES,
            (long) rowTiles * TernaryTables.OUTPUT_ROWS * TernaryTables.SUM_BYTES);
    steps.output().call(from, from, out, parameters);
  }
}
