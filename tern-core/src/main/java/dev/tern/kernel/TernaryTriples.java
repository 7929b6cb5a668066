package dev.tern.kernel;

import dev.tern.tensor.NativeMemory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;

/// Ternary rows in 5 bits for 3 weights: the layout that one token reads fastest from memory.
///
/// Three trits are a balanced number from -13 to 13: `9 a + 3 b + c` for columns 3t, 3t + 1 and 3t
/// + 2. Its magnitude takes four bits and its sign one.
///
/// **Layout**: tiles of 64 rows, the last one padded with zeros. A tile is a sequence of units of 8
/// triples (24 columns), the last one padded with zeros, and then 64 corrections. A unit has four
/// times 64 bytes of magnitudes, byte r of group j holding triple 2j of row r in its low half and
/// triple 2j + 1 in its high half, and 64 bytes of signs, bit t of byte r for triple t. Where row r
/// of a tile stands among 64 bytes is [#position]. A correction is 28 times the number of negative
/// triples of a row: what negation by complement takes off a sum of table entries that are split
/// into 27 h + l.
///
/// Immutable; safe for use by many threads as long as its memory is valid.
public final class TernaryTriples {
  /// Rows of a tile.
  public static final int TILE_ROWS = 64;

  /// Columns of a unit.
  public static final int UNIT_COLUMNS = 24;

  /// Bytes of a unit.
  public static final int UNIT_BYTES = 320;

  /// Bytes of a tile's corrections, one int each row.
  public static final int CORRECTION_BYTES = TILE_ROWS * Integer.BYTES;

  /// What a table entry's upper part counts.
  public static final int RADIX = 27;

  private static final int TRIPLES = UNIT_COLUMNS / 3;
  private static final int SIGNS = UNIT_BYTES - TILE_ROWS;
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final MemorySegment data;
  private final int rows;
  private final int units;

  private TernaryTriples(MemorySegment data, int rows, int units) {
    this.data = data;
    this.rows = rows;
    this.units = units;
  }

  /// {@return the rows of a part in this layout}
  ///
  /// @param part ternary rows
  /// @param cols columns of a row
  /// @param arena owns the memory
  /// @param backend computes
  static TernaryTriples of(TernaryMatrix.Part part, int cols, Arena arena, Backend backend) {
    int units = Math.ceilDiv(cols, UNIT_COLUMNS);
    int tiles = Math.ceilDiv(part.rows(), TILE_ROWS);
    long tileBytes = (long) units * UNIT_BYTES + CORRECTION_BYTES;
    MemorySegment data = NativeMemory.allocate(arena, tiles * tileBytes, true);
    TernaryTriples triples = new TernaryTriples(data, part.rows(), units);
    backend.threads().run(tiles, 1, (from, to) -> backend.kernels().pack(part, triples, from, to));
    return triples;
  }

  /// Packs a range of tiles: the definition of `Kernels.pack`.
  void pack(TernaryMatrix.Part part, int fromTile, int toTile) {
    byte[] packed = new byte[Math.toIntExact(part.rowBytes())];
    byte[] codes = new byte[Math.max(4 * packed.length, units * UNIT_COLUMNS)];
    byte[] tile = new byte[Math.toIntExact(tileBytes())];
    for (int i = fromTile; i < toTile; i++) {
      pack(part, i, packed, codes, tile);
    }
  }

  private void pack(TernaryMatrix.Part part, int index, byte[] packed, byte[] codes, byte[] tile) {
    Arrays.fill(tile, (byte) 0);
    MemorySegment corrections = MemorySegment.ofArray(tile).asSlice((long) units * UNIT_BYTES);
    int first = index * TILE_ROWS;
    for (int row = first; row < Math.min(first + TILE_ROWS, rows); row++) {
      part.copyRow(row, packed);
      TernaryMatrix.unpack(packed, codes);
      int negative = packRow(codes, tile, position(row - first));
      corrections.setAtIndex(INT, row - first, (RADIX + 1) * negative);
    }
    MemorySegment.copy(
        tile, 0, data, ValueLayout.JAVA_BYTE, index * tileBytes(), (int) tileBytes());
  }

  /// Writes a row's triples; returns how many are negative.
  private int packRow(byte[] codes, byte[] tile, int position) {
    int negative = 0;
    int col = 0;
    for (int unit = 0; unit < units; unit++) {
      int at = unit * UNIT_BYTES + position;
      int signs = 0;
      for (int pair = 0; pair < TRIPLES / 2; pair++, col += 6) {
        int low = 9 * codes[col] + 3 * codes[col + 1] + codes[col + 2];
        int high = 9 * codes[col + 3] + 3 * codes[col + 4] + codes[col + 5];
        signs |= ((low >>> 31) | ((high >>> 31) << 1)) << (2 * pair);
        tile[at + pair * TILE_ROWS] = (byte) (Math.abs(low) | (Math.abs(high) << 4));
      }
      tile[at + SIGNS] = (byte) signs;
      negative += Integer.bitCount(signs);
    }
    return negative;
  }

  /// {@return where a row of a tile stands among its 64 bytes}
  ///
  /// Widening takes the even bytes of a 32-byte vector apart from the odd ones, and then each
  /// 128-bit lane's lower words from its upper ones; in this order eight neighbouring rows come out
  /// side by side.
  ///
  /// @param row from 0 to 63
  public static int position(int row) {
    int group = row % 32 / 8;
    int inGroup = row % 8;
    return row / 32 * 32 + inGroup / 4 * 16 + group % 2 * 8 + inGroup % 4 * 2 + group / 2;
  }

  /// {@return the tiles, one after another}
  public MemorySegment data() {
    return data;
  }

  /// {@return rows without padding}
  public int rows() {
    return rows;
  }

  /// {@return units of a row}
  public int units() {
    return units;
  }

  /// {@return bytes of a tile}
  public long tileBytes() {
    return (long) units * UNIT_BYTES + CORRECTION_BYTES;
  }
}
