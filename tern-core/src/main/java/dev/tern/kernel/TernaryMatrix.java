package dev.tern.kernel;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Ternary weights in the layout every ternary kernel reads, multiplied by int8 activations.
///
/// **Layout** of a row: blocks of 128 columns in 32 bytes; byte j of a block holds columns j, 32 +
/// j, 64 + j and 96 + j in bits 7-6, 5-4, 3-2 and 1-0 as code + 1: 0, 1, 2 for -1, 0, +1. It is the
/// layout of I2_S files, so that those are used where they lie. A row whose width is no multiple of
/// 128 is padded; the padding's codes meet zero activations. The bit pattern 3 never occurs:
/// [WeightPreparation] refuses it.
///
/// A matrix is made of parts stacked row on row, one per tensor, so that layers that share their
/// input (query, key and value; gate and up) are one matrix.
public final class TernaryMatrix implements WeightMatrix {
  /// Columns that one block of a row encodes.
  public static final int BLOCK_COLUMNS = 128;

  /// Bytes of one block.
  public static final int BLOCK_BYTES = 32;

  private final List<Part> parts;
  private final int rows;
  private final int cols;
  private final boolean hasTriples;
  private final boolean hasGroupScales;

  /// The rows of one tensor.
  ///
  /// @param codes the packed rows
  /// @param rowBytes the distance between rows in bytes
  /// @param firstRow the row of the matrix that this part begins with
  /// @param rows how many rows it has
  /// @param scales what the codes are multiplied by
  /// @param outputScale what the layer's output is multiplied by besides; 1 for almost all files
  /// @param triples the same rows in the layout for one token, where they have been prepared
  public record Part(
      MemorySegment codes,
      long rowBytes,
      int firstRow,
      int rows,
      DequantScales scales,
      float outputScale,
      @Nullable TernaryTriples triples) {
    /// Makes a part without triples.
    ///
    /// @param codes the packed rows
    /// @param rowBytes the distance between rows in bytes
    /// @param firstRow the row of the matrix that this part begins with
    /// @param rows how many rows it has
    /// @param scales what the codes are multiplied by
    /// @param outputScale what the layer's output is multiplied by besides
    public Part(
        MemorySegment codes,
        long rowBytes,
        int firstRow,
        int rows,
        DequantScales scales,
        float outputScale) {
      this(codes, rowBytes, firstRow, rows, scales, outputScale, null);
    }

    /// {@return the same rows with triples beside them}
    ///
    /// @param value made from these rows
    Part withTriples(TernaryTriples value) {
      return new Part(codes, rowBytes, firstRow, rows, scales, outputScale, value);
    }

    /// {@return the output of one row: the reference's order of float operations, formats page
    /// section 4.4}
    ///
    /// @param row the row within this part
    /// @param dot the exact integer dot product of codes and activations
    /// @param quantScale the token's activation scale
    public float output(int row, int dot, float quantScale) {
      float value = (float) dot / quantScale * scales.ofRow(row);
      return outputScale == 1f ? value : value * outputScale;
    }

    /// Copies a packed row out.
    ///
    /// @param row the row within this part
    /// @param packed receives `rowBytes` bytes
    void copyRow(int row, byte[] packed) {
      MemorySegment.copy(codes, ValueLayout.JAVA_BYTE, row * rowBytes, packed, 0, packed.length);
    }
  }

  /// What the integer codes of a part are multiplied by to become weights.
  public sealed interface DequantScales {
    /// {@return the scale of a whole row}
    ///
    /// @param row the row within the part
    /// @throws IllegalStateException if the row has several
    float ofRow(int row);

    /// One scale for all rows.
    ///
    /// @param dequantScale weight = code * dequantScale
    record PerTensor(float dequantScale) implements DequantScales {
      @Override
      public float ofRow(int row) {
        return dequantScale;
      }
    }

    /// One scale for each row.
    final class PerRow implements DequantScales {
      private final float[] dequantScales;

      PerRow(float[] dequantScales) {
        this.dequantScales = dequantScales;
      }

      @Override
      public float ofRow(int row) {
        return dequantScales[row];
      }
    }

    /// One scale for each group of columns in each row.
    final class PerGroup implements DequantScales {
      private final float[] dequantScales;
      private final int groupColumns;
      private final int groupsPerRow;

      PerGroup(float[] dequantScales, int groupColumns, int groupsPerRow) {
        this.dequantScales = dequantScales;
        this.groupColumns = groupColumns;
        this.groupsPerRow = groupsPerRow;
      }

      @Override
      public float ofRow(int row) {
        throw new IllegalStateException("a row has %d scales".formatted(groupsPerRow));
      }

      /// {@return how many columns share a scale}
      int groupColumns() {
        return groupColumns;
      }

      /// {@return the scale of one group of a row}
      float ofGroup(int row, int group) {
        return dequantScales[row * groupsPerRow + group];
      }
    }
  }

  TernaryMatrix(List<Part> parts, int cols) {
    this.parts = List.copyOf(parts);
    this.rows = parts.stream().mapToInt(Part::rows).sum();
    this.cols = cols;
    this.hasTriples = parts.stream().allMatch(part -> part.triples() != null);
    this.hasGroupScales =
        parts.stream().anyMatch(part -> part.scales() instanceof DequantScales.PerGroup);
  }

  @Override
  public int rows() {
    return rows;
  }

  @Override
  public int cols() {
    return cols;
  }

  @Override
  public long byteSize() {
    return parts.stream()
        .mapToLong(part ->
            part.triples() == null
                ? part.rows() * part.rowBytes()
                : part.triples().data().byteSize())
        .sum();
  }

  /// {@return the tensors this matrix is made of, in the order of their rows}
  public List<Part> parts() {
    return parts;
  }

  /// {@return whether all parts have been prepared for one token}
  public boolean hasTriples() {
    return hasTriples;
  }

  /// {@return whether rows of some part have several scales}
  public boolean hasGroupScales() {
    return hasGroupScales;
  }

  /// {@return blocks of 128 columns to a row, the last one padded}
  public int blocks() {
    return Math.ceilDiv(cols, BLOCK_COLUMNS);
  }

  /// Unpacks a row to codes -1, 0 and +1.
  ///
  /// @param packed whole blocks
  /// @param unpacked receives four codes a byte
  static void unpack(byte[] packed, byte[] unpacked) {
    for (int i = 0; i < packed.length; i++) {
      int col = i / BLOCK_BYTES * BLOCK_COLUMNS + i % BLOCK_BYTES;
      int codes = packed[i];
      unpacked[col] = (byte) (((codes >> 6) & 3) - 1);
      unpacked[col + BLOCK_BYTES] = (byte) (((codes >> 4) & 3) - 1);
      unpacked[col + 2 * BLOCK_BYTES] = (byte) (((codes >> 2) & 3) - 1);
      unpacked[col + 3 * BLOCK_BYTES] = (byte) ((codes & 3) - 1);
    }
  }

  /// Packs codes -1, 0 and +1; columns past the end become 0, like the activations that they meet.
  ///
  /// @param unpacked the codes of a row
  /// @param packed receives whole blocks
  static void pack(byte[] unpacked, byte[] packed) {
    for (int i = 0; i < packed.length; i++) {
      int firstCol = i / BLOCK_BYTES * BLOCK_COLUMNS + i % BLOCK_BYTES;
      int value = 0;
      for (int quarter = 0; quarter < 4; quarter++) {
        int col = firstCol + quarter * BLOCK_BYTES;
        int code = col < unpacked.length ? unpacked[col] : 0;
        value = (value << 2) | (code + 1);
      }
      packed[i] = (byte) value;
    }
  }
}
