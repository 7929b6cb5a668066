package dev.tern.kernel.vector;

import java.nio.ByteOrder;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/// The vector shapes these kernels are written for: 256 bits where the machine has them, else 128.
///
/// Wider registers bring nothing to loops that wait for memory, and make tables outgrow the
/// first-level cache. A width can be forced with the system property `tern.vectorBits`, so that
/// both are tested on one machine.
final class Shapes {
  /// Overrides the width in bits: 128 or 256.
  private static final String WIDTH_PROPERTY = "tern.vectorBits";

  static final ByteOrder LITTLE_ENDIAN = ByteOrder.LITTLE_ENDIAN;

  static final int BITS = bits();

  private static final VectorShape FULL = VectorShape.forBitSize(BITS);
  private static final VectorShape HALF = VectorShape.forBitSize(BITS / 2);

  static final VectorSpecies<Float> FLOATS = VectorSpecies.of(float.class, FULL);
  static final VectorSpecies<Integer> INTS = VectorSpecies.of(int.class, FULL);
  static final VectorSpecies<Short> SHORTS = VectorSpecies.of(short.class, FULL);
  static final VectorSpecies<Double> DOUBLES = VectorSpecies.of(double.class, FULL);

  /// As many bytes as [#SHORTS] has lanes.
  static final VectorSpecies<Byte> BYTES_HALF = VectorSpecies.of(byte.class, HALF);

  /// As many shorts as [#FLOATS] and [#INTS] have lanes.
  static final VectorSpecies<Short> SHORTS_HALF = VectorSpecies.of(short.class, HALF);

  /// As many floats as [#DOUBLES] has lanes.
  static final VectorSpecies<Float> FLOATS_HALF = VectorSpecies.of(float.class, HALF);

  private Shapes() {}

  /// Whether the machine has vectors wide enough.
  static boolean isSupported() {
    return VectorShape.preferredShape().vectorBitSize() >= 128;
  }

  /// {@return what the JVM's compiler turns integer vectors of [#BITS] bits into on this processor}
  static String instructionSet() {
    boolean wide = BITS == 256;
    return switch (System.getProperty("os.arch")) {
      case "amd64", "x86_64" -> wide ? "AVX2" : "SSE";
      case "aarch64" -> wide ? "SVE" : "NEON";
      case String other -> other;
    };
  }

  private static int bits() {
    int preferred = VectorShape.preferredShape().vectorBitSize();
    int wanted = Integer.getInteger(WIDTH_PROPERTY, 256);
    return Math.min(preferred, wanted) >= 256 ? 256 : 128;
  }
}
