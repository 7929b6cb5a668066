package dev.tern.convert;

import dev.tern.quant.Codec;
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

  /// Encodes all rows.
  ///
  /// @param values hands out the rows to one thread
  /// @param unload forgets what has been read
  /// @param codec of an encoding without a scale for the whole tensor
  /// @param bytes receives the rows
  /// @throws IllegalArgumentException if the encoding cannot hold a value
  static void encode(
      Supplier<RowSource> values, Runnable unload, Codec codec, Shape shape, MemorySegment bytes) {
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
            codec.encode(
                (row, target) -> own.read(from + row, target),
                Shape.of(to - from, shape.cols()),
                bytes.asSlice(from * rowBytes, (to - from) * rowBytes));
          });
      unload.run();
    }
  }
}
