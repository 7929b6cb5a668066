package dev.tern.convert;

import dev.tern.quant.RowSource;
import dev.tern.tensor.Shape;
import java.lang.foreign.MemorySegment;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/// Encodes the rows of a matrix on all processors, some at a time.
final class RowBands {
  /// So that what has been read of a large tensor does not stay in memory until its end.
  private static final int TURNS = 8;

  private static final int BANDS_IN_TURN = 16;

  private RowBands() {}

  /// An encoding of rows that stand alone.
  @FunctionalInterface
  interface Rows {
    /// Encodes rows.
    ///
    /// @throws IllegalArgumentException if a value does not fit; the message names row and column
    void encode(RowSource values, Shape shape, MemorySegment bytes);
  }

  /// Encodes all rows.
  ///
  /// @param values hands out the rows to one thread
  /// @param unload forgets what has been read
  /// @param encoding one without a scale for the whole tensor
  /// @param bytes receives the rows
  /// @throws IllegalArgumentException if the encoding cannot hold a value; the message names row
  ///   and column
  static void encode(
      Supplier<RowSource> values,
      Runnable unload,
      Rows encoding,
      Shape shape,
      MemorySegment bytes) {
    try {
      encodeInBands(values, unload, encoding, shape, bytes);
    } catch (IllegalArgumentException somewhere) {
      // A band counts its rows from its own first; all together are counted from the tensor's.
      encoding.encode(values.get(), shape, bytes);
      throw somewhere;
    }
  }

  private static void encodeInBands(
      Supplier<RowSource> values,
      Runnable unload,
      Rows encoding,
      Shape shape,
      MemorySegment bytes) {
    long rows = shape.rows();
    long rowBytes = rows == 0 ? 0 : bytes.byteSize() / rows;
    int bands = (int) Math.min(TURNS * BANDS_IN_TURN, rows);
    for (int first = 0; first < bands; first += BANDS_IN_TURN) {
      IntStream.range(first, Math.min(first + BANDS_IN_TURN, bands))
          .parallel()
          .forEach(band -> {
            long from = rows * band / bands;
            long to = rows * (band + 1) / bands;
            RowSource own = values.get();
            encoding.encode(
                (row, target) -> own.read(from + row, target),
                Shape.of(to - from, shape.cols()),
                bytes.asSlice(from * rowBytes, (to - from) * rowBytes));
          });
      unload.run();
    }
  }
}
