package dev.tern.kernel.vector;

import static dev.tern.kernel.vector.Shapes.FLOATS;
import static dev.tern.kernel.vector.Shapes.LITTLE_ENDIAN;

import dev.tern.kernel.DenseMatrix;
import dev.tern.kernel.FloatMatrix;
import dev.tern.kernel.ScalarKernels;
import dev.tern.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;

/// Tokens times rows of any encoding: a row is decoded once and multiplied by all tokens. Not safe
/// for use by several threads.
final class DenseVector {
  private static final int LANES = FLOATS.length();
  private static final long VECTOR_BYTES = (long) LANES * Float.BYTES;

  /// Vectors that together hold the 32 strided sums of the definition.
  private static final int VECTORS = ScalarKernels.LANES / LANES;

  private float[] row = new float[0];
  private final float[] lanes = new float[ScalarKernels.LANES];
  private final Halves halves = new Halves();

  /// Multiplies a range of rows by a range of tokens, see `Kernels.linear`.
  void linear(
      DenseMatrix weights,
      int fromRow,
      int toRow,
      FloatMatrix x,
      int fromToken,
      int toToken,
      FloatMatrix y) {
    int cols = weights.cols();
    if (row.length < cols) {
      row = new float[cols];
    }
    for (DenseMatrix.Part part : weights.parts()) {
      int first = Math.max(fromRow - part.firstRow(), 0);
      int last = Math.min(toRow - part.firstRow(), part.rows());
      for (int r = first; r < last; r++) {
        decode(part, r, cols);
        for (int t = fromToken; t < toToken; t++) {
          float dot = dot(x.data(), x.byteOffset(t), cols);
          y.set(t, part.firstRow() + r, part.output(dot));
        }
      }
    }
  }

  private void decode(DenseMatrix.Part part, int r, int cols) {
    Tensor tensor = part.tensor();
    long offset = (long) r * cols * Short.BYTES;
    switch (tensor.type()) {
      case F16 -> halves.widenF16(tensor.data(), offset, row, cols);
      case BF16 -> halves.widenBf16(tensor.data(), offset, row, cols);
      default -> part.codec().decodeRow(tensor, r, row);
    }
  }

  /// The dot product of the decoded row and a token, in the order of [ScalarKernels#dot].
  private float dot(MemorySegment x, long base, int cols) {
    int whole = cols - cols % ScalarKernels.LANES;
    if (VECTORS == 4) {
      dotOfFourVectors(x, base, whole);
    } else {
      dotOfAnyVectors(x, base, whole);
    }
    for (int col = whole; col < cols; col++) {
      float value = x.get(Layouts.FLOAT, base + (long) col * Float.BYTES);
      lanes[col - whole] = Math.fma(row[col], value, lanes[col - whole]);
    }
    float sum = ScalarKernels.sumPairwise(lanes);
    Arrays.fill(lanes, 0f);
    return sum;
  }

  private void dotOfFourVectors(MemorySegment x, long base, int whole) {
    FloatVector s0 = FloatVector.zero(FLOATS);
    FloatVector s1 = s0;
    FloatVector s2 = s0;
    FloatVector s3 = s0;
    for (int col = 0; col < whole; col += 4 * LANES) {
      long at = base + (long) col * Float.BYTES;
      s0 =
          FloatVector.fromArray(FLOATS, row, col)
              .fma(FloatVector.fromMemorySegment(FLOATS, x, at, LITTLE_ENDIAN), s0);
      s1 =
          FloatVector.fromArray(FLOATS, row, col + LANES)
              .fma(FloatVector.fromMemorySegment(FLOATS, x, at + VECTOR_BYTES, LITTLE_ENDIAN), s1);
      s2 =
          FloatVector.fromArray(FLOATS, row, col + 2 * LANES)
              .fma(
                  FloatVector.fromMemorySegment(FLOATS, x, at + 2 * VECTOR_BYTES, LITTLE_ENDIAN),
                  s2);
      s3 =
          FloatVector.fromArray(FLOATS, row, col + 3 * LANES)
              .fma(
                  FloatVector.fromMemorySegment(FLOATS, x, at + 3 * VECTOR_BYTES, LITTLE_ENDIAN),
                  s3);
    }
    s0.intoArray(lanes, 0);
    s1.intoArray(lanes, LANES);
    s2.intoArray(lanes, 2 * LANES);
    s3.intoArray(lanes, 3 * LANES);
  }

  /// Two vectors of sums at a time, for widths other than a quarter of the lanes.
  private void dotOfAnyVectors(MemorySegment x, long base, int whole) {
    for (int lane = 0; lane < ScalarKernels.LANES; lane += 2 * LANES) {
      FloatVector s0 = FloatVector.zero(FLOATS);
      FloatVector s1 = s0;
      for (int col = lane; col < whole; col += ScalarKernels.LANES) {
        long at = base + (long) col * Float.BYTES;
        s0 =
            FloatVector.fromArray(FLOATS, row, col)
                .fma(FloatVector.fromMemorySegment(FLOATS, x, at, LITTLE_ENDIAN), s0);
        s1 =
            FloatVector.fromArray(FLOATS, row, col + LANES)
                .fma(
                    FloatVector.fromMemorySegment(FLOATS, x, at + VECTOR_BYTES, LITTLE_ENDIAN), s1);
      }
      s0.intoArray(lanes, lane);
      s1.intoArray(lanes, lane + LANES);
    }
  }
}
