package dev.tern.kernel.vector;

import static dev.tern.kernel.vector.Shapes.DOUBLES;
import static dev.tern.kernel.vector.Shapes.FLOATS;
import static dev.tern.kernel.vector.Shapes.FLOATS_HALF;
import static dev.tern.kernel.vector.Shapes.INTS;
import static dev.tern.kernel.vector.Shapes.LITTLE_ENDIAN;

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
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/// Normalization, quantization and non-linearities of one token.
final class Elementwise {
  private static final int LANES = FLOATS.length();
  private static final int SQUARE_LANES = 8;
  private static final float LEAST_ABSMAX = 1e-5f;

  private Elementwise() {}

  static FloatVector load(FloatMatrix x, int token, int col) {
    return load(x.data(), x.byteOffset(token) + (long) col * Float.BYTES);
  }

  static FloatVector load(MemorySegment data, long byteOffset) {
    return FloatVector.fromMemorySegment(FLOATS, data, byteOffset, LITTLE_ENDIAN);
  }

  static void store(FloatVector values, FloatMatrix y, int token, int col) {
    values.intoMemorySegment(
        y.data(), y.byteOffset(token) + (long) col * Float.BYTES, LITTLE_ENDIAN);
  }

  static void normalize(
      FloatMatrix x,
      int token,
      int from,
      int count,
      MemorySegment weight,
      float eps,
      FloatMatrix y) {
    float factor = ScalarKernels.normFactor(sumOfSquares(x, token, from, count), count, eps);
    int whole = count - count % LANES;
    for (int i = 0; i < whole; i += LANES) {
      FloatVector w = load(weight, (long) i * Float.BYTES);
      store(load(x, token, from + i).mul(factor).mul(w), y, token, from + i);
    }
    for (int i = whole; i < count; i++) {
      float w = weight.getAtIndex(ValueLayout.JAVA_FLOAT, i);
      y.set(token, from + i, x.get(token, from + i) * factor * w);
    }
  }

  private static double sumOfSquares(FloatMatrix x, int token, int from, int count) {
    double[] lanes = new double[SQUARE_LANES];
    int whole = count - count % SQUARE_LANES;
    int width = DOUBLES.length();
    for (int part = 0; part < SQUARE_LANES; part += 2 * width) {
      DoubleVector sum0 = DoubleVector.zero(DOUBLES);
      DoubleVector sum1 = sum0;
      for (int i = part; i < whole; i += SQUARE_LANES) {
        DoubleVector a = doubles(x, token, from + i);
        DoubleVector b = doubles(x, token, from + i + width);
        sum0 = sum0.add(a.mul(a));
        sum1 = sum1.add(b.mul(b));
      }
      sum0.intoArray(lanes, part);
      sum1.intoArray(lanes, part + width);
    }
    for (int i = whole; i < count; i++) {
      double value = x.get(token, from + i);
      lanes[i - whole] += value * value;
    }
    for (int step = SQUARE_LANES / 2; step > 0; step /= 2) {
      for (int i = 0; i < step; i++) {
        lanes[i] += lanes[i + step];
      }
    }
    return lanes[0];
  }

  private static DoubleVector doubles(FloatMatrix x, int token, int col) {
    FloatVector floats =
        FloatVector.fromMemorySegment(
            FLOATS_HALF, x.data(), x.byteOffset(token) + (long) col * Float.BYTES, LITTLE_ENDIAN);
    return (DoubleVector) floats.convertShape(VectorOperators.F2D, DOUBLES, 0);
  }

  static void quantize(FloatMatrix x, int token, Int8Activations codes) {
    int cols = x.cols();
    int whole = cols - cols % LANES;
    float quantScale = 127f / Math.max(absmax(x, token, whole), LEAST_ABSMAX);
    MemorySegment out = codes.codes();
    long base = (long) token * codes.stride();
    IntVector sums = IntVector.zero(INTS);
    int[] chunk = new int[LANES];
    for (int col = 0; col < whole; col += LANES) {
      // Adding and subtracting 1.5 * 2^23 rounds ties to even; |value| is at most 127.
      FloatVector rounded =
          load(x, token, col)
              .mul(quantScale)
              .add(Exponential.ROUNDER)
              .sub(Exponential.ROUNDER)
              .max(-127f)
              .min(127f);
      IntVector code = (IntVector) rounded.convert(VectorOperators.F2I, 0);
      sums = sums.add(code);
      code.intoArray(chunk, 0);
      for (int lane = 0; lane < LANES; lane++) {
        out.set(ValueLayout.JAVA_BYTE, base + col + lane, (byte) chunk[lane]);
      }
    }
    int sum = sums.reduceLanes(VectorOperators.ADD);
    for (int col = whole; col < cols; col++) {
      int code = (int) Math.clamp(Math.rint(x.get(token, col) * quantScale), -127.0, 127.0);
      out.set(ValueLayout.JAVA_BYTE, base + col, (byte) code);
      sum += code;
    }
    codes.finish(token, quantScale, sum);
  }

  private static float absmax(FloatMatrix x, int token, int whole) {
    FloatVector most = FloatVector.zero(FLOATS);
    for (int col = 0; col < whole; col += LANES) {
      most = most.max(load(x, token, col).abs());
    }
    float absmax = most.reduceLanes(VectorOperators.MAX);
    for (int col = whole; col < x.cols(); col++) {
      absmax = Math.max(absmax, Math.abs(x.get(token, col)));
    }
    return absmax;
  }

  static void gate(
      GatedActivation activation, FloatMatrix gate, FloatMatrix up, int token, FloatMatrix y) {
    int whole = gate.cols() - gate.cols() % LANES;
    for (int col = 0; col < whole; col += LANES) {
      FloatVector activated = activate(activation, load(gate, token, col));
      store(activated.mul(load(up, token, col)), y, token, col);
    }
    for (int col = whole; col < gate.cols(); col++) {
      float activated = ScalarKernels.activate(activation, gate.get(token, col));
      y.set(token, col, activated * up.get(token, col));
    }
  }

  private static FloatVector activate(GatedActivation activation, FloatVector x) {
    return switch (activation) {
      case SILU -> x.div(exp(x.neg()).add(1f));
      case SQUARED_RELU -> {
        FloatVector positive = x.max(0f);
        yield positive.mul(positive);
      }
    };
  }

  /// The twin of [Exponential#exp].
  static FloatVector exp(FloatVector x) {
    FloatVector rounded =
        FloatVector.broadcast(FLOATS, Exponential.INVERSE_LN2)
            .fma(x, FloatVector.broadcast(FLOATS, Exponential.ROUNDER));
    FloatVector n = rounded.sub(Exponential.ROUNDER);
    FloatVector r =
        n.fma(
            FloatVector.broadcast(FLOATS, -Exponential.LN2_LOW),
            n.fma(FloatVector.broadcast(FLOATS, -Exponential.LN2_HIGH), x));
    FloatVector p = FloatVector.broadcast(FLOATS, Exponential.coefficient(0));
    for (int i = 1; i < 8; i++) {
      p = p.fma(r, FloatVector.broadcast(FLOATS, Exponential.coefficient(i)));
    }
    IntVector whole = rounded.reinterpretAsInts().sub(Float.floatToRawIntBits(Exponential.ROUNDER));
    IntVector half = whole.lanewise(VectorOperators.ASHR, 1);
    FloatVector result = p.mul(powerOfTwo(half)).mul(powerOfTwo(whole.sub(half)));
    VectorMask<Float> tooSmall = x.compare(VectorOperators.LT, Exponential.LEAST);
    VectorMask<Float> tooLarge = x.compare(VectorOperators.GT, Exponential.MOST);
    return result.blend(0f, tooSmall).blend(Float.POSITIVE_INFINITY, tooLarge);
  }

  private static FloatVector powerOfTwo(IntVector exponent) {
    return exponent.add(127).lanewise(VectorOperators.LSHL, 23).reinterpretAsFloats();
  }

  static void add(FloatMatrix x, int token, FloatMatrix y) {
    int whole = x.cols() - x.cols() % LANES;
    for (int col = 0; col < whole; col += LANES) {
      store(load(y, token, col).add(load(x, token, col)), y, token, col);
    }
    for (int col = whole; col < x.cols(); col++) {
      y.set(token, col, y.get(token, col) + x.get(token, col));
    }
  }
}
