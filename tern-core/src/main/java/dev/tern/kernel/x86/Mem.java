package dev.tern.kernel.x86;

import org.jspecify.annotations.Nullable;

/// A place in memory: `base + index * scale + displacement`, or a label in the code.
///
/// @param base a register, absent for labels
/// @param index a register, absent if there is none
/// @param scale what the index is multiplied by: 1, 2, 4 or 8
/// @param displacement in bytes
/// @param label where constants lie among the code, absent otherwise
record Mem(
    @Nullable Gpr base, @Nullable Gpr index, int scale, int displacement, @Nullable Label label)
    implements GprSource, XmmSource, YmmSource, ZmmSource {

  Mem {
    if (index == Gpr.RSP) {
      throw new IllegalArgumentException("rsp cannot be an index");
    }
    if (scale != 1 && scale != 2 && scale != 4 && scale != 8) {
      throw new IllegalArgumentException("the scale must be 1, 2, 4 or 8, not " + scale);
    }
  }

  static Mem at(Gpr base) {
    return at(base, 0);
  }

  static Mem at(Gpr base, int displacement) {
    return new Mem(base, null, 1, displacement, null);
  }

  static Mem at(Gpr base, Gpr index, int scale) {
    return at(base, index, scale, 0);
  }

  static Mem at(Gpr base, Gpr index, int scale, int displacement) {
    return new Mem(base, index, scale, displacement, null);
  }

  static Mem at(Label label) {
    return new Mem(null, null, 1, 0, label);
  }

  /// {@return the place some bytes further on}
  Mem plus(int bytes) {
    return new Mem(base, index, scale, displacement + bytes, label);
  }
}
