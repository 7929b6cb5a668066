package dev.tern.kernel.vector;

import static dev.tern.kernel.vector.Shapes.DOUBLES;
import static dev.tern.kernel.vector.Shapes.FLOATS;
import static dev.tern.kernel.vector.Shapes.FLOATS_HALF;

import dev.tern.kernel.Exponential;
import dev.tern.kernel.FloatMatrix;
import dev.tern.kernel.GatedActivation;
import dev.tern.kernel.Int8Activations;
import dev.tern.kernel.ScalarKernels;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/// Normalization, quantization and non-linearities of one token, on arrays that are copied out of
/// native memory and back. Not safe for use by several threads.
final class Elementwise {
  private static final int LANES = FLOATS.length();
  private static final int SQUARE_LANES = 8;
  private static final float LEAST_ABSMAX = 1e-5f;

  private float[] values = new float[0];
  private float[] others = new float[0];
  private float[] exponentials = new float[0];
  private int[] ints = new int[0];
  private byte[] bytes = new byte[0];
  private final double[] squares = new double[SQUARE_LANES];

  private void reserve(int count) {
    if (values.length < count) {
      values = new float[count];
      others = new float[count];
      exponentials = new float[count];
      ints = new int[count];
      bytes = new byte[count];
    }
  }

  /// Normalizes groups of elements, each by itself, see `Kernels.rmsNorm` and `rmsNormHeads`.
  void normalize(
      FloatMatrix x, int token, MemorySegment weight, int groupSize, float eps, FloatMatrix y) {
    int cols = x.cols();
    reserve(cols);
    x.copyRow(token, values);
    MemorySegment.copy(weight, ValueLayout.JAVA_FLOAT, 0, others, 0, groupSize);
    for (int from = 0; from < cols; from += groupSize) {
      normalizeGroup(from, groupSize, eps);
    }
    y.setRow(token, values);
  }

  private void normalizeGroup(int from, int count, float eps) {
    float factor = ScalarKernels.normFactor(sumOfSquares(from, count), count, eps);
    float[] x = values;
    float[] weights = others;
    for (int i = 0; i < count; i++) {
      x[from + i] = x[from + i] * factor * weights[i];
    }
  }

  private double sumOfSquares(int from, int count) {
    int whole = count - count % SQUARE_LANES;
    int width = DOUBLES.length();
    for (int part = 0; part < SQUARE_LANES; part += width) {
      DoubleVector sum = DoubleVector.zero(DOUBLES);
      for (int i = from + part; i < from + whole; i += SQUARE_LANES) {
        DoubleVector value =
            (DoubleVector)
                FloatVector.fromArray(FLOATS_HALF, values, i)
                    .convertShape(VectorOperators.F2D, DOUBLES, 0);
        sum = sum.add(value.mul(value));
      }
      sum.intoArray(squares, part);
    }
    for (int i = whole; i < count; i++) {
      double value = values[from + i];
      squares[i - whole] += value * value;
    }
    for (int step = SQUARE_LANES / 2; step > 0; step /= 2) {
      for (int i = 0; i < step; i++) {
        squares[i] += squares[i + step];
      }
    }
    return squares[0];
  }

  /// Quantizes one token to int8, see `Kernels.quantize`.
  void quantize(FloatMatrix x, int token, Int8Activations codes) {
    int cols = x.cols();
    reserve(cols);
    x.copyRow(token, values);
    int whole = cols - cols % LANES;
    float quantScale = 127f / Math.max(absmax(cols, whole), LEAST_ABSMAX);
    for (int col = 0; col < whole; col += LANES) {
      // Adding and subtracting 1.5 * 2^23 rounds ties to even; |value| is at most 127.
      FloatVector rounded =
          FloatVector.fromArray(FLOATS, values, col)
              .mul(quantScale)
              .add(Exponential.ROUNDER)
              .sub(Exponential.ROUNDER)
              .max(-127f)
              .min(127f);
      ((IntVector) rounded.convert(VectorOperators.F2I, 0)).intoArray(ints, col);
    }
    for (int col = whole; col < cols; col++) {
      ints[col] = (int) Math.clamp(Math.rint(values[col] * quantScale), -127.0, 127.0);
    }
    for (int col = 0; col < cols; col++) {
      bytes[col] = (byte) ints[col];
    }
    codes.set(token, bytes, quantScale);
  }

  private float absmax(int cols, int whole) {
    FloatVector most = FloatVector.zero(FLOATS);
    for (int col = 0; col < whole; col += LANES) {
      most = most.max(FloatVector.fromArray(FLOATS, values, col).abs());
    }
    float absmax = most.reduceLanes(VectorOperators.MAX);
    for (int col = whole; col < cols; col++) {
      absmax = Math.max(absmax, Math.abs(values[col]));
    }
    return absmax;
  }

  /// The gated non-linearity of one token, see `Kernels.gate`.
  void gate(
      GatedActivation activation, FloatMatrix gate, FloatMatrix up, int token, FloatMatrix y) {
    reserve(gate.cols());
    gate.copyRow(token, values);
    up.copyRow(token, others);
    switch (activation) {
      case SILU -> silu(gate.cols());
      case SQUARED_RELU -> squaredRelu(gate.cols());
    }
    y.setRow(token, values);
  }

  private void silu(int cols) {
    float[] x = values;
    float[] up = others;
    float[] e = exponentials;
    System.arraycopy(x, 0, e, 0, cols);
    Exponentials.replace(e, 0, cols, -1f, 0f);
    for (int col = 0; col < cols; col++) {
      x[col] = x[col] / (1f + e[col]) * up[col];
    }
  }

  private void squaredRelu(int cols) {
    float[] x = values;
    float[] up = others;
    for (int col = 0; col < cols; col++) {
      float positive = Math.max(x[col], 0f);
      x[col] = positive * positive * up[col];
    }
  }
}
