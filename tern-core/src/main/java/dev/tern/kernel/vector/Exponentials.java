package dev.tern.kernel.vector;

import static dev.tern.kernel.vector.Shapes.FLOATS;

import dev.tern.kernel.Exponential;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/// The twin of [Exponential#exp] for arrays.
final class Exponentials {
  private static final int LANES = FLOATS.length();
  private static final int COEFFICIENTS = 8;
  private static final int EXPONENT_BIAS = 127;
  private static final int MANTISSA_BITS = 23;

  private Exponentials() {}

  /// Replaces values by `exp(sign * value - subtrahend)`.
  ///
  /// @param values replaced from index `from`
  /// @param from the first one's index
  /// @param count how many
  /// @param sign 1 or -1
  /// @param subtrahend subtracted first
  static void replace(float[] values, int from, int count, float sign, float subtrahend) {
    int whole = from + count - count % LANES;
    for (int i = from; i < whole; i += LANES) {
      FloatVector x = FloatVector.fromArray(FLOATS, values, i).mul(sign).sub(subtrahend);
      FloatVector rounded =
          x.fma(
              FloatVector.broadcast(FLOATS, Exponential.INVERSE_LN2),
              FloatVector.broadcast(FLOATS, Exponential.ROUNDER));
      FloatVector n = rounded.sub(Exponential.ROUNDER);
      FloatVector r = n.fma(FloatVector.broadcast(FLOATS, -Exponential.LN2_HIGH), x);
      r = n.fma(FloatVector.broadcast(FLOATS, -Exponential.LN2_LOW), r);
      FloatVector p = FloatVector.broadcast(FLOATS, Exponential.coefficient(0));
      for (int c = 1; c < COEFFICIENTS; c++) {
        p = p.fma(r, FloatVector.broadcast(FLOATS, Exponential.coefficient(c)));
      }
      IntVector exponent =
          rounded.reinterpretAsInts().sub(Float.floatToRawIntBits(Exponential.ROUNDER));
      IntVector half = exponent.lanewise(VectorOperators.ASHR, 1);
      IntVector rest = exponent.sub(half);
      FloatVector result =
          p.mul(
                  half.add(EXPONENT_BIAS)
                      .lanewise(VectorOperators.LSHL, MANTISSA_BITS)
                      .reinterpretAsFloats())
              .mul(
                  rest.add(EXPONENT_BIAS)
                      .lanewise(VectorOperators.LSHL, MANTISSA_BITS)
                      .reinterpretAsFloats());
      VectorMask<Float> tooSmall = x.compare(VectorOperators.LT, Exponential.LEAST);
      VectorMask<Float> tooLarge = x.compare(VectorOperators.GT, Exponential.MOST);
      result.blend(0f, tooSmall).blend(Float.POSITIVE_INFINITY, tooLarge).intoArray(values, i);
    }
    for (int i = whole; i < from + count; i++) {
      values[i] = Exponential.exp(sign * values[i] - subtrahend);
    }
  }
}
