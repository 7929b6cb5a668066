package dev.tern.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Objects;

/// A row-major matrix of floats in native memory, or a range of columns of one.
///
/// Mutable and without synchronization: callers write disjoint ranges. Valid as long as its memory.
public final class FloatMatrix {
  /// The alignment of every matrix's first element, in bytes: a cache line.
  static final long ALIGNMENT = 64;

  private final MemorySegment data;
  private final int rows;
  private final int cols;
  private final int stride;
  private final int firstCol;

  private FloatMatrix(MemorySegment data, int rows, int cols, int stride, int firstCol) {
    this.data = data;
    this.rows = rows;
    this.cols = cols;
    this.stride = stride;
    this.firstCol = firstCol;
  }

  /// {@return a new matrix of zeros, its rows padded to whole cache lines}
  ///
  /// @param arena owns the memory
  /// @param rows at least 0
  /// @param cols at least 0
  public static FloatMatrix allocate(Arena arena, int rows, int cols) {
    int stride = Math.ceilDiv(cols, 16) * 16;
    long bytes = Math.multiplyExact((long) rows * stride, (long) Float.BYTES);
    return new FloatMatrix(
        arena.allocate(Math.max(bytes, ALIGNMENT), ALIGNMENT), rows, cols, stride, 0);
  }

  /// {@return a view of some columns that shares this matrix's memory}
  ///
  /// @param from the first column
  /// @param count how many
  public FloatMatrix columns(int from, int count) {
    Objects.checkFromIndexSize(from, count, cols);
    return count == cols ? this : new FloatMatrix(data, rows, count, stride, firstCol + from);
  }

  /// {@return a view of one row as a matrix that shares this matrix's memory}
  ///
  /// @param row which
  public FloatMatrix row(int row) {
    return rows(row, 1);
  }

  /// {@return a view of some rows that shares this matrix's memory}
  ///
  /// @param from the first row
  /// @param count how many
  public FloatMatrix rows(int from, int count) {
    Objects.checkFromIndexSize(from, count, rows);
    return new FloatMatrix(
        data.asSlice((long) from * stride * Float.BYTES), count, cols, stride, firstCol);
  }

  /// {@return the number of rows}
  public int rows() {
    return rows;
  }

  /// {@return the number of columns}
  public int cols() {
    return cols;
  }

  /// {@return the memory; a row starts at [#byteOffset(int)]}
  public MemorySegment data() {
    return data;
  }

  /// {@return where a row starts in [#data()], in bytes}
  ///
  /// @param row which
  public long byteOffset(int row) {
    return ((long) row * stride + firstCol) * Float.BYTES;
  }

  /// {@return one element}
  ///
  /// @param row from 0
  /// @param col from 0
  public float get(int row, int col) {
    return data.get(ValueLayout.JAVA_FLOAT, byteOffset(row) + (long) col * Float.BYTES);
  }

  /// Sets one element.
  ///
  /// @param row from 0
  /// @param col from 0
  /// @param value its new value
  public void set(int row, int col, float value) {
    data.set(ValueLayout.JAVA_FLOAT, byteOffset(row) + (long) col * Float.BYTES, value);
  }

  /// Copies a row out.
  ///
  /// @param row from 0
  /// @param values receives `cols` floats from index 0
  public void copyRow(int row, float[] values) {
    MemorySegment.copy(data, ValueLayout.JAVA_FLOAT, byteOffset(row), values, 0, cols);
  }

  /// Copies the beginning of a row out.
  ///
  /// @param row from 0
  /// @param values receives floats from index 0
  /// @param count how many
  public void copyRow(int row, float[] values, int count) {
    Objects.checkFromIndexSize(0, count, cols);
    MemorySegment.copy(data, ValueLayout.JAVA_FLOAT, byteOffset(row), values, 0, count);
  }

  /// Copies a row over another.
  ///
  /// @param from the row to copy
  /// @param to the row that becomes like it
  public void moveRow(int from, int to) {
    MemorySegment.copy(data, byteOffset(from), data, byteOffset(to), (long) cols * Float.BYTES);
  }

  /// Copies a row in.
  ///
  /// @param row from 0
  /// @param values `cols` floats from index 0
  public void setRow(int row, float[] values) {
    setRow(row, 0, values, cols);
  }

  /// Copies a part of a row in.
  ///
  /// @param row from 0
  /// @param firstCol where it begins
  /// @param values floats from index 0
  /// @param count how many
  public void setRow(int row, int firstCol, float[] values, int count) {
    Objects.checkFromIndexSize(firstCol, count, cols);
    MemorySegment.copy(
        values,
        0,
        data,
        ValueLayout.JAVA_FLOAT,
        byteOffset(row) + (long) firstCol * Float.BYTES,
        count);
  }
}
