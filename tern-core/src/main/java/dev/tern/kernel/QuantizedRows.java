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

  private static final float LARGEST_CODE = 127f;

  /// What float arithmetic can lose of a length, generously.
  private static final double ROUNDING = 1e-5;

  /// The root of what the square of a number can lose to underflow.
  private static final double LOST_SQUARE = 0x1p-62;

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
            RowQuantizer quantizer = new RowQuantizer(cols);
            for (int row = from; row < to; row++) {
              part.codec().decodeRow(part.tensor(), row, quantizer.values);
              rows.quantize(part.firstRow() + row, part.outputScale(), quantizer);
            }
          });
    }
    return rows;
  }

  private void quantize(int row, float outputScale, RowQuantizer quantizer) {
    quantizer.quantize();
    double factor = Math.abs(outputScale) * (1 + ROUNDING);
    double residual = quantizer.residual + ROUNDING * quantizer.length;
    scales[row] = quantizer.scale * outputScale;
    lengths[row] = boundOf(quantizer.length * factor);
    residuals[row] = boundOf(residual * factor);
    byte[] quantized = quantizer.codes;
    MemorySegment.copy(
        quantized, 0, codes, ValueLayout.JAVA_BYTE, (long) row * stride, quantized.length);
  }

  /// A row with a number that is none has no bound, and so is always computed.
  private static float boundOf(double length) {
    return Double.isNaN(length) ? Float.POSITIVE_INFINITY : (float) length;
  }

  /// Quantizes one row at a time, in loops that the compiler turns into vectors: a head has
  /// hundreds of millions of weights, and somebody waits for it.
  private static final class RowQuantizer {
    final float[] values;
    final byte[] codes;
    private final float[] rounded;
    private final float[] squares;
    private final int[] magnitudes;
    float scale;
    double length;
    double residual;

    RowQuantizer(int cols) {
      values = new float[cols];
      codes = new byte[cols];
      rounded = new float[cols];
      squares = new float[cols];
      magnitudes = new int[cols];
    }

    void quantize() {
      float absmax = absmax();
      scale = absmax / LARGEST_CODE;
      float inverse = absmax == 0f ? 0f : LARGEST_CODE / absmax;
      length = length(values);
      for (int col = 0; col < values.length; col++) {
        rounded[col] = values[col] * inverse + Exponential.ROUNDER - Exponential.ROUNDER;
      }
      for (int col = 0; col < values.length; col++) {
        codes[col] = (byte) (int) rounded[col];
      }
      for (int col = 0; col < values.length; col++) {
        values[col] -= scale * rounded[col];
      }
      residual = length(values);
    }

    /// By the bits of the magnitudes, which are ordered as integers; NaN is the greatest.
    private float absmax() {
      for (int col = 0; col < values.length; col++) {
        magnitudes[col] = Float.floatToRawIntBits(values[col]) & Integer.MAX_VALUE;
      }
      for (int count = values.length; count > 1; ) {
        int half = (count + 1) / 2;
        for (int i = 0; i < count - half; i++) {
          magnitudes[i] = Math.max(magnitudes[i], magnitudes[i + half]);
        }
        count = half;
      }
      return Float.intBitsToFloat(magnitudes[0]);
    }

    /// Sums squares in halves; the order does not matter to a bound. Squares below the smallest
    /// float are lost, which the bound makes up for.
    private double length(float[] elements) {
      for (int i = 0; i < elements.length; i++) {
        squares[i] = elements[i] * elements[i];
      }
      for (int count = elements.length; count > 1; ) {
        int half = (count + 1) / 2;
        for (int i = 0; i < count - half; i++) {
          squares[i] += squares[i + half];
        }
        count = half;
      }
      return Math.sqrt(squares[0]) + Math.sqrt(elements.length) * LOST_SQUARE;
    }
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
