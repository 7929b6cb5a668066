package dev.tern.kernel.vector;

import static dev.tern.kernel.vector.Shapes.FLOATS;
import static dev.tern.kernel.vector.Shapes.INTS;
import static dev.tern.kernel.vector.Shapes.LITTLE_ENDIAN;
import static dev.tern.kernel.vector.Shapes.SHORTS_HALF;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;

/// Loads of 16-bit floats as 32-bit ones, which the Vector API has no operation for.
final class Halves {
  private static final int SIGN = 0x8000;
  private static final int MAGNITUDE = 0x7FFF;
  private static final int INFINITY = 0x7F80_0000;

  /// Moves an exponent from bias 15 to bias 127; exact, also for subnormal halves.
  private static final float REBIAS = 0x1p112f;

  /// The least magnitude that a half's exponent of all ones becomes.
  private static final float OVERFLOW = 65_536f;

  private Halves() {}

  /// {@return IEEE halves widened as by `Float.float16ToFloat`}
  ///
  /// @param data holds them
  /// @param byteOffset where the first one starts
  static FloatVector loadF16(MemorySegment data, long byteOffset) {
    IntVector bits = widened(data, byteOffset);
    FloatVector magnitude =
        bits.and(MAGNITUDE).lanewise(VectorOperators.LSHL, 13).reinterpretAsFloats().mul(REBIAS);
    IntVector special = magnitude.reinterpretAsInts().lanewise(VectorOperators.OR, INFINITY);
    IntVector value =
        magnitude
            .reinterpretAsInts()
            .blend(special, magnitude.compare(VectorOperators.GE, OVERFLOW).cast(INTS));
    return value.or(bits.and(SIGN).lanewise(VectorOperators.LSHL, 16)).reinterpretAsFloats();
  }

  /// {@return the upper halves of floats, completed with zeros}
  ///
  /// @param data holds them
  /// @param byteOffset where the first one starts
  static FloatVector loadBf16(MemorySegment data, long byteOffset) {
    return widened(data, byteOffset).lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats();
  }

  private static IntVector widened(MemorySegment data, long byteOffset) {
    ShortVector shorts =
        ShortVector.fromMemorySegment(SHORTS_HALF, data, byteOffset, LITTLE_ENDIAN);
    return (IntVector) shorts.convertShape(VectorOperators.ZERO_EXTEND_S2I, INTS, 0);
  }

  /// {@return how many halves one load takes}
  static int lanes() {
    return FLOATS.length();
  }
}
