package dev.tern.kernel.vector;

import static dev.tern.kernel.vector.Shapes.BYTES_HALF;
import static dev.tern.kernel.vector.Shapes.INTS;
import static dev.tern.kernel.vector.Shapes.LITTLE_ENDIAN;
import static dev.tern.kernel.vector.Shapes.SHORTS;

import dev.tern.kernel.FloatMatrix;
import dev.tern.kernel.Int8Activations;
import dev.tern.kernel.TernaryMatrix;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;

/// Many tokens times ternary rows: the exact integer matrix product of prefill, by tables over
/// tokens.
///
/// Four columns of one weight row have 81 possible patterns. For a tile of tokens (16 with 256-bit
/// vectors) and each group of four columns, a table holds the partial sum of every pattern for all
/// tokens of the tile; a row then costs one vector addition per four weights and tile, without a
/// multiplication. A packed byte is such a pattern, turned from base 4 to base 3 once for several
/// tiles.
///
/// **Overflow**: partial sums are 16 bits. Per token the sum of |x| over the columns since the last
/// widening is known beforehand, and sums are widened to 32 bits before it can pass 32,767.
final class TernaryTables {
  /// Tokens of a tile: the lanes of a vector of shorts.
  static final int TILE_TOKENS = SHORTS.length();

  /// Groups of four columns whose tables are in use at once: 16 tables of 81 vectors fill the
  /// first-level cache.
  private static final int STRIP_GROUPS = 16;

  private static final int STRIP_COLUMNS = 4 * STRIP_GROUPS;
  private static final int STRIPS_PER_BLOCK = TernaryMatrix.BLOCK_COLUMNS / STRIP_COLUMNS;
  private static final int PATTERNS = 81;
  private static final int TABLE_SHORTS = PATTERNS * TILE_TOKENS;

  /// Rows whose partial sums stay in the second-level cache together with those of the other tiles.
  private static final int ROWS_AT_ONCE = 2_048;

  /// Tiles that share one conversion of the weights.
  private static final int TILES_AT_ONCE = 4;

  /// The largest magnitude that a 16-bit partial sum may reach.
  private static final int SHORT_BOUND = Short.MAX_VALUE;

  private final short[] tables = new short[STRIP_GROUPS * TABLE_SHORTS];
  private final short[] offsets = new short[ROWS_AT_ONCE * STRIP_GROUPS];
  private final short[][] partial = new short[TILES_AT_ONCE][ROWS_AT_ONCE * TILE_TOKENS];
  private final int[][] sums = new int[TILES_AT_ONCE][ROWS_AT_ONCE * TILE_TOKENS];
  private final float[] outputs = new float[ROWS_AT_ONCE];
  private final TokenTile[] tiles = new TokenTile[TILES_AT_ONCE];

  TernaryTables() {
    Arrays.setAll(tiles, _ -> new TokenTile());
  }

  /// Multiplies a range of rows by a range of tokens, see `Kernels.linear`.
  void linear(
      TernaryMatrix weights,
      int fromRow,
      int toRow,
      Int8Activations x,
      int fromToken,
      int toToken,
      FloatMatrix y) {
    for (int first = fromToken; first < toToken; first += TILES_AT_ONCE * TILE_TOKENS) {
      int end = Math.min(toToken, first + TILES_AT_ONCE * TILE_TOKENS);
      int tileCount = Math.ceilDiv(end - first, TILE_TOKENS);
      for (int i = 0; i < tileCount; i++) {
        int from = first + i * TILE_TOKENS;
        tiles[i].load(x, from, Math.min(end, from + TILE_TOKENS));
      }
      for (TernaryMatrix.Part part : weights.parts()) {
        int row = Math.max(fromRow - part.firstRow(), 0);
        int lastRow = Math.min(toRow - part.firstRow(), part.rows());
        for (; row < lastRow; row += ROWS_AT_ONCE) {
          int rows = Math.min(ROWS_AT_ONCE, lastRow - row);
          multiply(part, weights.blocks(), row, rows, tileCount);
          writeOutputs(part, row, rows, tileCount, x, y);
        }
      }
    }
  }

  private void multiply(TernaryMatrix.Part part, int blocks, int row, int rows, int tileCount) {
    for (int i = 0; i < tileCount; i++) {
      Arrays.fill(partial[i], 0, rows * TILE_TOKENS, (short) 0);
      Arrays.fill(sums[i], 0, rows * TILE_TOKENS, 0);
      tiles[i].restart();
    }
    for (int strip = 0; strip < blocks * STRIPS_PER_BLOCK; strip++) {
      convert(part, strip, row, rows);
      for (int i = 0; i < tileCount; i++) {
        if (tiles[i].wouldOverflow(strip)) {
          widen(partial[i], sums[i], rows);
        }
        buildTables(tiles[i].columns, strip);
        accumulate(partial[i], rows);
      }
    }
    for (int i = 0; i < tileCount; i++) {
      widen(partial[i], sums[i], rows);
    }
  }

  /// Turns each row's bytes of a strip into the places of their patterns in the tables: for 64 a +
  /// 16 b + 4 c + d, each digit 0, 1 or 2, the place of table entry 27 a + 9 b + 3 c + d.
  private void convert(TernaryMatrix.Part part, int strip, int row, int rows) {
    long base = row * part.rowBytes() + (long) strip * STRIP_GROUPS;
    for (int r = 0; r < rows; r++) {
      for (int group = 0; group < STRIP_GROUPS; group += TILE_TOKENS) {
        ShortVector pattern =
            (ShortVector)
                ByteVector.fromMemorySegment(
                        BYTES_HALF, part.codes(), base + r * part.rowBytes() + group, LITTLE_ENDIAN)
                    .convertShape(VectorOperators.ZERO_EXTEND_B2S, SHORTS, 0);
        ShortVector a = pattern.lanewise(VectorOperators.LSHR, 6);
        ShortVector b = pattern.lanewise(VectorOperators.LSHR, 4).and((short) 3);
        ShortVector c = pattern.lanewise(VectorOperators.LSHR, 2).and((short) 3);
        ShortVector base3 = pattern.sub(a.mul((short) 37)).sub(b.mul((short) 7)).sub(c);
        base3
            .mul((short) TILE_TOKENS)
            .add(ShortVector.fromArray(SHORTS, TABLE_STARTS, group))
            .intoArray(offsets, r * STRIP_GROUPS + group);
      }
    }
  }

  private static final short[] TABLE_STARTS = tableStarts();

  private static short[] tableStarts() {
    short[] starts = new short[STRIP_GROUPS];
    for (int group = 0; group < STRIP_GROUPS; group++) {
      starts[group] = (short) (group * TABLE_SHORTS);
    }
    return starts;
  }

  private void buildTables(short[] columns, int strip) {
    int block = strip / STRIPS_PER_BLOCK * TernaryMatrix.BLOCK_COLUMNS;
    int inBlock = strip % STRIPS_PER_BLOCK * STRIP_GROUPS;
    for (int group = 0; group < STRIP_GROUPS; group++) {
      buildTable(columns, block + inBlock + group, group * TABLE_SHORTS);
    }
  }

  /// Fills the 81 partial sums of four columns: one vector addition each.
  private void buildTable(short[] columns, int col, int table) {
    int first = col * TILE_TOKENS;
    int quarter = TernaryMatrix.BLOCK_BYTES * TILE_TOKENS;
    ShortVector x0 = ShortVector.fromArray(SHORTS, columns, first);
    ShortVector x1 = ShortVector.fromArray(SHORTS, columns, first + quarter);
    ShortVector x2 = ShortVector.fromArray(SHORTS, columns, first + 2 * quarter);
    ShortVector x3 = ShortVector.fromArray(SHORTS, columns, first + 3 * quarter);
    ShortVector sum0 = x0.add(x1).add(x2).add(x3).neg();
    int at = table;
    for (int a = 0; a < 3; a++) {
      ShortVector sum1 = sum0;
      for (int b = 0; b < 3; b++) {
        ShortVector sum2 = sum1;
        for (int c = 0; c < 3; c++) {
          ShortVector one = sum2.add(x3);
          sum2.intoArray(tables, at);
          one.intoArray(tables, at + TILE_TOKENS);
          one.add(x3).intoArray(tables, at + 2 * TILE_TOKENS);
          at += 3 * TILE_TOKENS;
          sum2 = sum2.add(x2);
        }
        sum1 = sum1.add(x1);
      }
      sum0 = sum0.add(x0);
    }
  }

  /// Adds a strip to the partial sums of all rows: two chains of additions a row.
  private void accumulate(short[] partial, int rows) {
    short[] at = offsets;
    short[] table = tables;
    for (int r = 0; r < rows; r++) {
      int p = r * STRIP_GROUPS;
      ShortVector a =
          ShortVector.fromArray(SHORTS, partial, r * TILE_TOKENS)
              .add(ShortVector.fromArray(SHORTS, table, at[p]));
      ShortVector b = ShortVector.fromArray(SHORTS, table, at[p + 1]);
      a = a.add(ShortVector.fromArray(SHORTS, table, at[p + 2]));
      b = b.add(ShortVector.fromArray(SHORTS, table, at[p + 3]));
      a = a.add(ShortVector.fromArray(SHORTS, table, at[p + 4]));
      b = b.add(ShortVector.fromArray(SHORTS, table, at[p + 5]));
      a = a.add(ShortVector.fromArray(SHORTS, table, at[p + 6]));
      b = b.add(ShortVector.fromArray(SHORTS, table, at[p + 7]));
      a = a.add(ShortVector.fromArray(SHORTS, table, at[p + 8]));
      b = b.add(ShortVector.fromArray(SHORTS, table, at[p + 9]));
      a = a.add(ShortVector.fromArray(SHORTS, table, at[p + 10]));
      b = b.add(ShortVector.fromArray(SHORTS, table, at[p + 11]));
      a = a.add(ShortVector.fromArray(SHORTS, table, at[p + 12]));
      b = b.add(ShortVector.fromArray(SHORTS, table, at[p + 13]));
      a = a.add(ShortVector.fromArray(SHORTS, table, at[p + 14]));
      b = b.add(ShortVector.fromArray(SHORTS, table, at[p + 15]));
      a.add(b).intoArray(partial, r * TILE_TOKENS);
    }
  }

  /// Moves the 16-bit partial sums into the 32-bit sums.
  private static void widen(short[] partial, int[] sums, int rows) {
    ShortVector zero = ShortVector.zero(SHORTS);
    for (int i = 0; i < rows * TILE_TOKENS; i += TILE_TOKENS) {
      ShortVector values = ShortVector.fromArray(SHORTS, partial, i);
      int half = i + TILE_TOKENS / 2;
      IntVector.fromArray(INTS, sums, i)
          .add(values.convertShape(VectorOperators.S2I, INTS, 0))
          .intoArray(sums, i);
      IntVector.fromArray(INTS, sums, half)
          .add(values.convertShape(VectorOperators.S2I, INTS, 1))
          .intoArray(sums, half);
      zero.intoArray(partial, i);
    }
  }

  private void writeOutputs(
      TernaryMatrix.Part part, int row, int rows, int tileCount, Int8Activations x, FloatMatrix y) {
    for (int i = 0; i < tileCount; i++) {
      TokenTile tile = tiles[i];
      for (int lane = 0; lane < tile.count; lane++) {
        int token = tile.firstToken + lane;
        float quantScale = x.quantScale(token);
        for (int r = 0; r < rows; r++) {
          outputs[r] = part.output(row + r, sums[i][r * TILE_TOKENS + lane], quantScale);
        }
        y.setRow(token, part.firstRow() + row, outputs, rows);
      }
    }
  }

  /// The codes of up to a vector's lanes of tokens, column by column, and what is needed to know
  /// when to widen.
  private static final class TokenTile {
    private short[] columns = new short[0];
    private int[] stripMagnitudes = new int[0];
    private final int[] magnitudes = new int[TILE_TOKENS];
    private int firstToken;
    private int count;

    void load(Int8Activations x, int fromToken, int toToken) {
      int cols = x.stride();
      if (columns.length < cols * TILE_TOKENS) {
        columns = new short[cols * TILE_TOKENS];
        stripMagnitudes = new int[cols / STRIP_COLUMNS * TILE_TOKENS];
      }
      firstToken = fromToken;
      count = toToken - fromToken;
      for (int strip = 0; strip < cols / STRIP_COLUMNS; strip++) {
        for (int lane = 0; lane < TILE_TOKENS; lane++) {
          stripMagnitudes[strip * TILE_TOKENS + lane] =
              lane < count ? loadStrip(x, fromToken + lane, strip, lane) : 0;
        }
      }
      for (int lane = count; lane < TILE_TOKENS; lane++) {
        for (int col = 0; col < cols; col++) {
          columns[col * TILE_TOKENS + lane] = 0;
        }
      }
    }

    /// Copies the columns of a strip (bytes 0-15 or 16-31 of a block, four columns each); returns
    /// their sum of magnitudes.
    private int loadStrip(Int8Activations x, int token, int strip, int lane) {
      int block = strip / STRIPS_PER_BLOCK * TernaryMatrix.BLOCK_COLUMNS;
      int inBlock = strip % STRIPS_PER_BLOCK * STRIP_GROUPS;
      long base = (long) token * x.stride();
      int magnitude = 0;
      for (int quarter = 0; quarter < 4; quarter++) {
        int col = block + quarter * TernaryMatrix.BLOCK_BYTES + inBlock;
        for (int i = col; i < col + STRIP_GROUPS; i++) {
          byte code = x.codes().get(ValueLayout.JAVA_BYTE, base + i);
          columns[i * TILE_TOKENS + lane] = code;
          magnitude += Math.abs(code);
        }
      }
      return magnitude;
    }

    void restart() {
      Arrays.fill(magnitudes, 0);
    }

    /// Counts a strip in, and tells whether partial sums must be widened before it is added.
    boolean wouldOverflow(int strip) {
      boolean overflow = false;
      for (int lane = 0; lane < TILE_TOKENS; lane++) {
        magnitudes[lane] += stripMagnitudes[strip * TILE_TOKENS + lane];
        overflow |= magnitudes[lane] > SHORT_BOUND;
      }
      if (overflow) {
        System.arraycopy(stripMagnitudes, strip * TILE_TOKENS, magnitudes, 0, TILE_TOKENS);
      }
      return overflow;
    }
  }
}
