package dev.tern.kernel;

import dev.tern.tensor.NativeMemory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Objects;

/// Ternary weights column by column, so that a column whose activation is zero need not be read.
///
/// **Layout**: column after column, each in strips of 128 rows in 32 bytes; byte j of a strip holds
/// rows j, 32 + j, 64 + j and 96 + j in bits 7-6, 5-4, 3-2 and 1-0 as code + 1, as a row of
/// [TernaryMatrix] holds columns. The last strip is padded with zeros.
///
/// Immutable; safe for use by many threads as long as its memory is valid.
public final class TernaryColumns {
  /// Rows of a strip.
  public static final int STRIP_ROWS = TernaryMatrix.BLOCK_COLUMNS;

  /// Bytes of a strip.
  public static final int STRIP_BYTES = TernaryMatrix.BLOCK_BYTES;

  private final MemorySegment codes;
  private final int rows;
  private final int cols;

  /// Takes columns that have been packed.
  ///
  /// @param codes the columns
  /// @param rows without padding
  /// @param cols how many
  TernaryColumns(MemorySegment codes, int rows, int cols) {
    this.codes = codes;
    this.rows = rows;
    this.cols = cols;
    Objects.checkFromIndexSize(0, cols * columnBytes(), codes.byteSize());
  }

  /// {@return the columns of a part}
  ///
  /// @param part ternary rows
  /// @param cols columns of a row
  /// @param arena owns the memory
  /// @param backend computes
  static TernaryColumns of(TernaryMatrix.Part part, int cols, Arena arena, Backend backend) {
    int strips = Math.ceilDiv(part.rows(), STRIP_ROWS);
    long bytes = (long) cols * strips * STRIP_BYTES;
    TernaryColumns columns =
        new TernaryColumns(NativeMemory.allocate(arena, bytes, true), part.rows(), cols);
    backend
        .threads()
        .run(
            strips,
            1,
            (from, to) -> {
              for (int strip = from; strip < to; strip++) {
                columns.pack(part, strip);
              }
            });
    return columns;
  }

  private void pack(TernaryMatrix.Part part, int strip) {
    byte[] packed = new byte[Math.toIntExact(part.rowBytes())];
    byte[][] quarters = new byte[STRIP_ROWS / STRIP_BYTES][4 * packed.length];
    byte[] strips = new byte[cols * STRIP_BYTES];
    for (int i = 0; i < STRIP_BYTES; i++) {
      for (int quarter = 0; quarter < quarters.length; quarter++) {
        unpack(part, strip * STRIP_ROWS + quarter * STRIP_BYTES + i, packed, quarters[quarter]);
      }
      byte[] first = quarters[0];
      byte[] second = quarters[1];
      byte[] third = quarters[2];
      byte[] fourth = quarters[3];
      for (int col = 0, at = i; col < cols; col++, at += STRIP_BYTES) {
        strips[at] =
            (byte)
                ((first[col] + 1) << 6
                    | (second[col] + 1) << 4
                    | (third[col] + 1) << 2
                    | (fourth[col] + 1));
      }
    }
    for (int col = 0; col < cols; col++) {
      MemorySegment.copy(
          strips,
          col * STRIP_BYTES,
          codes,
          ValueLayout.JAVA_BYTE,
          col * columnBytes() + (long) strip * STRIP_BYTES,
          STRIP_BYTES);
    }
  }

  /// A row beyond the last is zeros.
  private void unpack(TernaryMatrix.Part part, int row, byte[] packed, byte[] unpacked) {
    if (row < rows) {
      part.copyRow(row, packed);
      TernaryMatrix.unpack(packed, unpacked);
    } else {
      Arrays.fill(unpacked, (byte) 0);
    }
  }

  /// Adds up the products of a range of columns: the definition of `Kernels.sumColumns`.
  void sum(int fromCol, int toCol, Int8Activations x, int token, MemorySegment sums) {
    byte[] packed = new byte[Math.toIntExact(columnBytes())];
    byte[] column = new byte[4 * packed.length];
    int[] all = new int[column.length];
    for (int col = fromCol; col < toCol; col++) {
      int activation = x.code(token, col);
      if (activation == 0) {
        continue;
      }
      MemorySegment.copy(
          codes, ValueLayout.JAVA_BYTE, col * columnBytes(), packed, 0, packed.length);
      TernaryMatrix.unpack(packed, column);
      for (int row = 0; row < all.length; row++) {
        all[row] += column[row] * activation;
      }
    }
    MemorySegment.copy(all, 0, sums, ValueLayout.JAVA_INT, 0, all.length);
  }

  /// {@return the columns, one after another}
  public MemorySegment codes() {
    return codes;
  }

  /// {@return rows without padding}
  public int rows() {
    return rows;
  }

  /// {@return rows with padding}
  public int paddedRows() {
    return strips() * STRIP_ROWS;
  }

  /// {@return columns}
  public int cols() {
    return cols;
  }

  /// {@return strips of a column}
  public int strips() {
    return Math.ceilDiv(rows, STRIP_ROWS);
  }

  /// {@return bytes of a column}
  public long columnBytes() {
    return (long) strips() * STRIP_BYTES;
  }
}
