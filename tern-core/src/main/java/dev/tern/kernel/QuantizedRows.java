package dev.tern.kernel;

import dev.tern.tensor.NativeMemory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

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
  /// @param backend computes
  public static QuantizedRows of(DenseMatrix matrix, Arena arena, Backend backend) {
    int stride = Math.ceilDiv(matrix.cols(), COLUMN_BLOCK) * COLUMN_BLOCK;
    MemorySegment codes = NativeMemory.allocate(arena, (long) matrix.rows() * stride, true);
    QuantizedRows rows = new QuantizedRows(matrix, codes, stride);
    backend
        .threads()
        .run(matrix.rows(), 1, (from, to) -> backend.kernels().quantizeRows(rows, from, to));
    return rows;
  }

  /// Quantizes a range of rows: the definition of `Kernels.quantizeRows`.
  ///
  /// The code of a weight is `rint(weight * (127 / absmax))`; the squares of a row, and of what the
  /// codes leave out, are summed as [ScalarKernels#dot] sums products.
  void quantize(int fromRow, int toRow) {
    RowQuantizer quantizer = new RowQuantizer(cols());
    for (DenseMatrix.Part part : matrix.parts()) {
      int first = Math.max(fromRow - part.firstRow(), 0);
      int last = Math.min(toRow - part.firstRow(), part.rows());
      for (int i = first; i < last; i++) {
        int row = part.firstRow() + i;
        part.codec().decodeRow(part.tensor(), i, quantizer.values);
        quantizer.quantize();
        MemorySegment.copy(
            quantizer.codes, 0, codes, ValueLayout.JAVA_BYTE, (long) row * stride, cols());
        setBounds(
            row,
            part.outputScale(),
            quantizer.absmax,
            quantizer.squares,
            quantizer.residualSquares);
      }
    }
  }

  /// Ends the quantization of a row whose codes have been written.
  ///
  /// A row of zeros, or with a number that is none or not finite, has no copy: its codes are
  /// cleared, and all of it is residual.
  ///
  /// @param row from 0
  /// @param outputScale of the row's part
  /// @param absmax the largest magnitude in the row, NaN if there is one
  /// @param squares the sum of the squares of the row
  /// @param residualSquares the sum of the squares of what the codes leave out
  public void setBounds(
      int row, float outputScale, float absmax, float squares, float residualSquares) {
    double factor = Math.abs(outputScale) * (1 + ROUNDING);
    double length = length(squares);
    double residual = length(residualSquares) + ROUNDING * length;
    float inverse = LARGEST_CODE / absmax;
    boolean copied = inverse > 0 && inverse < Float.POSITIVE_INFINITY;
    if (!copied) {
      codes.asSlice((long) row * stride, stride).fill((byte) 0);
      residual = length;
    }
    scales[row] = copied ? absmax / LARGEST_CODE * outputScale : 0f;
    lengths[row] = boundOf(length * factor);
    residuals[row] = boundOf(residual * factor);
  }

  /// Squares below the smallest float are lost, which the bound makes up for.
  private double length(float squares) {
    return Math.sqrt(squares) + Math.sqrt(cols()) * LOST_SQUARE;
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
    private final int[] magnitudes;
    private final float[] lanes = new float[ScalarKernels.LANES];
    float absmax;
    float squares;
    float residualSquares;

    RowQuantizer(int cols) {
      values = new float[cols];
      codes = new byte[cols];
      rounded = new float[cols];
      magnitudes = new int[cols];
    }

    void quantize() {
      absmax = absmax();
      squares = squares();
      float scale = absmax / LARGEST_CODE;
      float inverse = LARGEST_CODE / absmax;
      for (int col = 0; col < values.length; col++) {
        rounded[col] = values[col] * inverse + Exponential.ROUNDER - Exponential.ROUNDER;
      }
      for (int col = 0; col < values.length; col++) {
        codes[col] = (byte) (int) rounded[col];
      }
      for (int col = 0; col < values.length; col++) {
        values[col] -= scale * rounded[col];
      }
      residualSquares = squares();
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

    private float squares() {
      Arrays.fill(lanes, 0f);
      int whole = values.length / lanes.length * lanes.length;
      for (int from = 0; from < whole; from += lanes.length) {
        for (int lane = 0; lane < lanes.length; lane++) {
          lanes[lane] = Math.fma(values[from + lane], values[from + lane], lanes[lane]);
        }
      }
      for (int col = whole; col < values.length; col++) {
        lanes[col - whole] = Math.fma(values[col], values[col], lanes[col - whole]);
      }
      return ScalarKernels.sumPairwise(lanes);
    }
  }

  /// {@return whether codes, scales and bounds are the same, bit for bit}
  ///
  /// @param other copies of a matrix of the same shape
  boolean isSameAs(QuantizedRows other) {
    return codes.mismatch(other.codes) < 0
        && Arrays.equals(scales, other.scales)
        && Arrays.equals(lengths, other.lengths)
        && Arrays.equals(residuals, other.residuals);
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
