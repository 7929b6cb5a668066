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

/// Tokens times rows of any encoding: a row is decoded once and multiplied by all tokens.
final class DenseVector {
  private static final int LANES = FLOATS.length();

  /// Vectors that together hold the 32 strided sums of the definition.
  private static final int VECTORS = ScalarKernels.LANES / LANES;

  private float[] row = new float[0];
  private final float[] lanes = new float[ScalarKernels.LANES];

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
    switch (tensor.type()) {
      case F16 -> decodeF16(tensor, r, cols);
      case BF16 -> decodeBf16(tensor, r, cols);
      default -> part.codec().decodeRow(tensor, r, row);
    }
  }

  private void decodeF16(Tensor tensor, int r, int cols) {
    MemorySegment data = tensor.data();
    long base = (long) r * cols * Short.BYTES;
    int whole = cols - cols % Halves.lanes();
    for (int col = 0; col < whole; col += Halves.lanes()) {
      Halves.loadF16(data, base + (long) col * Short.BYTES).intoArray(row, col);
    }
    for (int col = whole; col < cols; col++) {
      row[col] = Float.float16ToFloat(halfAt(data, base + (long) col * Short.BYTES));
    }
  }

  private void decodeBf16(Tensor tensor, int r, int cols) {
    MemorySegment data = tensor.data();
    long base = (long) r * cols * Short.BYTES;
    int whole = cols - cols % Halves.lanes();
    for (int col = 0; col < whole; col += Halves.lanes()) {
      Halves.loadBf16(data, base + (long) col * Short.BYTES).intoArray(row, col);
    }
    for (int col = whole; col < cols; col++) {
      row[col] = Float.intBitsToFloat(halfAt(data, base + (long) col * Short.BYTES) << 16);
    }
  }

  private static short halfAt(MemorySegment data, long byteOffset) {
    return data.get(Layouts.SHORT, byteOffset);
  }

  /// The dot product of the decoded row and a token, in the order of [ScalarKernels#dot].
  private float dot(MemorySegment x, long base, int cols) {
    int whole = cols - cols % ScalarKernels.LANES;
    if (VECTORS == 4) {
      dotOfFourVectors(x, base, whole);
    } else {
      dotOfEightVectors(x, base, whole);
    }
    for (int col = whole; col < cols; col++) {
      float value = x.get(Layouts.FLOAT, base + (long) col * Float.BYTES);
      lanes[col - whole] = Math.fma(row[col], value, lanes[col - whole]);
    }
    return sumPairwise();
  }

  private void dotOfFourVectors(MemorySegment x, long base, int whole) {
    FloatVector s0 = FloatVector.zero(FLOATS);
    FloatVector s1 = s0;
    FloatVector s2 = s0;
    FloatVector s3 = s0;
    for (int col = 0; col < whole; col += 4 * LANES) {
      s0 = fma(x, base, col, s0);
      s1 = fma(x, base, col + LANES, s1);
      s2 = fma(x, base, col + 2 * LANES, s2);
      s3 = fma(x, base, col + 3 * LANES, s3);
    }
    s0.intoArray(lanes, 0);
    s1.intoArray(lanes, LANES);
    s2.intoArray(lanes, 2 * LANES);
    s3.intoArray(lanes, 3 * LANES);
  }

  private void dotOfEightVectors(MemorySegment x, long base, int whole) {
    FloatVector s0 = FloatVector.zero(FLOATS);
    FloatVector s1 = s0;
    FloatVector s2 = s0;
    FloatVector s3 = s0;
    FloatVector s4 = s0;
    FloatVector s5 = s0;
    FloatVector s6 = s0;
    FloatVector s7 = s0;
    for (int col = 0; col < whole; col += 8 * LANES) {
      s0 = fma(x, base, col, s0);
      s1 = fma(x, base, col + LANES, s1);
      s2 = fma(x, base, col + 2 * LANES, s2);
      s3 = fma(x, base, col + 3 * LANES, s3);
      s4 = fma(x, base, col + 4 * LANES, s4);
      s5 = fma(x, base, col + 5 * LANES, s5);
      s6 = fma(x, base, col + 6 * LANES, s6);
      s7 = fma(x, base, col + 7 * LANES, s7);
    }
    s0.intoArray(lanes, 0);
    s1.intoArray(lanes, LANES);
    s2.intoArray(lanes, 2 * LANES);
    s3.intoArray(lanes, 3 * LANES);
    s4.intoArray(lanes, 4 * LANES);
    s5.intoArray(lanes, 5 * LANES);
    s6.intoArray(lanes, 6 * LANES);
    s7.intoArray(lanes, 7 * LANES);
  }

  private FloatVector fma(MemorySegment x, long base, int col, FloatVector sum) {
    FloatVector values =
        FloatVector.fromMemorySegment(FLOATS, x, base + (long) col * Float.BYTES, LITTLE_ENDIAN);
    return FloatVector.fromArray(FLOATS, row, col).fma(values, sum);
  }

  private float sumPairwise() {
    for (int step = ScalarKernels.LANES / 2; step > 0; step /= 2) {
      for (int i = 0; i < step; i++) {
        lanes[i] += lanes[i + step];
      }
    }
    float sum = lanes[0];
    Arrays.fill(lanes, 0f);
    return sum;
  }
}
