package dev.tern.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// An int8 copy of a matrix of floats, with what bounds its error: an index to the rows that a
/// search for the largest products has to compute exactly.
///
/// Row r is about `scale(r) * codes`; what is missing has length [#residual]. Half the bytes of
/// halves, and a search reads little else ([LargestProducts]).
///
/// **Layout**: rows of [#stride] bytes, columns padded with zeros. Immutable and safe for use by
/// many threads as long as its memory is valid.
public final class QuantizedRows {
  /// Columns are padded to a multiple of this.
  public static final int COLUMN_BLOCK = 64;

  private static final int LANES = 8;
  private static final float LARGEST_CODE = 127f;

  /// What float arithmetic can lose of a length, generously.
  private static final double ROUNDING = 1e-6;

  private final DenseMatrix matrix;
  private final MemorySegment codes;
  private final int stride;
  private final float[] scales;
  private final float[] lengths;
  private final float[] residuals;

  private QuantizedRows(DenseMatrix matrix, MemorySegment codes, int stride) {
    this.matrix = matrix;
    this.codes = codes;
    this.stride = stride;
    this.scales = new float[matrix.rows()];
    this.lengths = new float[matrix.rows()];
    this.residuals = new float[matrix.rows()];
  }

  /// {@return a copy of a matrix}
  ///
  /// @param matrix any encoding
  /// @param arena owns the memory
  /// @param threads share the work
  public static QuantizedRows of(DenseMatrix matrix, Arena arena, ComputeThreads threads) {
    int cols = matrix.cols();
    int stride = Math.ceilDiv(cols, COLUMN_BLOCK) * COLUMN_BLOCK;
    MemorySegment codes = arena.allocate((long) matrix.rows() * stride, FloatMatrix.ALIGNMENT);
    QuantizedRows rows = new QuantizedRows(matrix, codes, stride);
    for (DenseMatrix.Part part : matrix.parts()) {
      threads.run(
          part.rows(),
          1,
          (from, to) -> {
            float[] values = new float[cols];
            byte[] quantized = new byte[cols];
            for (int row = from; row < to; row++) {
              part.codec().decodeRow(part.tensor(), row, values);
              rows.quantize(part.firstRow() + row, part.outputScale(), values, quantized);
            }
          });
    }
    return rows;
  }

  private void quantize(int row, float outputScale, float[] values, byte[] quantized) {
    float absmax = 0f;
    for (float value : values) {
      absmax = Math.max(absmax, Math.abs(value));
    }
    float scale = absmax / LARGEST_CODE;
    float inverse = absmax == 0f ? 0f : LARGEST_CODE / absmax;
    for (int col = 0; col < values.length; col++) {
      quantized[col] = (byte) Math.round(values[col] * inverse);
    }
    double length = Math.sqrt(sumOfSquares(values));
    for (int col = 0; col < values.length; col++) {
      values[col] -= scale * quantized[col];
    }
    double residual = Math.sqrt(sumOfSquares(values)) + ROUNDING * length;
    double factor = Math.abs(outputScale) * (1 + ROUNDING);
    scales[row] = scale * outputScale;
    lengths[row] = boundOf(length * factor);
    residuals[row] = boundOf(residual * factor);
    MemorySegment.copy(
        quantized, 0, codes, ValueLayout.JAVA_BYTE, (long) row * stride, quantized.length);
  }

  /// A row with a number that is none has no bound, and so is always computed.
  private static float boundOf(double length) {
    return Double.isNaN(length) ? Float.POSITIVE_INFINITY : (float) length;
  }

  /// In lanes, which the compiler turns into vectors; the order does not matter to a bound.
  private static double sumOfSquares(float[] values) {
    double[] lanes = new double[LANES];
    int whole = values.length - values.length % LANES;
    for (int i = 0; i < whole; i += LANES) {
      for (int lane = 0; lane < LANES; lane++) {
        lanes[lane] += (double) values[i + lane] * values[i + lane];
      }
    }
    double sum = 0;
    for (double lane : lanes) {
      sum += lane;
    }
    for (int i = whole; i < values.length; i++) {
      sum += (double) values[i] * values[i];
    }
    return sum;
  }

  /// {@return the matrix that this is a copy of}
  public DenseMatrix matrix() {
    return matrix;
  }

  /// {@return the number of rows}
  public int rows() {
    return scales.length;
  }

  /// {@return the number of columns without padding}
  public int cols() {
    return matrix.cols();
  }

  /// {@return the distance between rows in bytes: the columns with padding}
  public int stride() {
    return stride;
  }

  /// {@return the codes, -127 to 127}
  public MemorySegment codes() {
    return codes;
  }

  /// {@return the bytes of all codes and bounds}
  public long byteSize() {
    return codes.byteSize() + 3L * Float.BYTES * scales.length;
  }

  /// {@return what a row's codes are multiplied by, the matrix's output scale included}
  ///
  /// @param row from 0
  float scale(int row) {
    return scales[row];
  }

  /// {@return a bound of a row's length}
  ///
  /// @param row from 0
  float length(int row) {
    return lengths[row];
  }

  /// {@return a bound of the length of what a row's codes leave out}
  ///
  /// @param row from 0
  float residual(int row) {
    return residuals[row];
  }
}
