package dev.tern.kernel.x86;

import dev.tern.kernel.ScalarKernels;
import dev.tern.tensor.TensorType;

/// Rows of F32, F16 and BF16: columns stand alone.
final class DenseFloats extends DenseRows {
  private final TensorType type;

  /// @param type F32, F16 or BF16
  DenseFloats(TensorType type, int tokens) {
    super(tokens, ScalarKernels.LANES * type.blockBytes(), ScalarKernels.LANES);
    this.type = type;
  }

  @Override
  int columnBytes() {
    return type.blockBytes();
  }

  @Override
  void unit() {
    for (int i = 0; i < ScalarKernels.LANES / LANES; i++) {
      Mem weights = Mem.at(A, i * LANES * columnBytes());
      switch (type) {
        case F16 -> vcvtph2ps(WEIGHTS, weights);
        case BF16 -> {
          vpmovzxwd(WEIGHTS, weights);
          vpslld(WEIGHTS, WEIGHTS, 16);
        }
        default -> vmovups(WEIGHTS, weights);
      }
      use(WEIGHTS, i);
    }
  }

  @Override
  void column() {
    Gpr bits = Gpr.RAX;
    switch (type) {
      case F16 -> {
        movzx16(bits, Mem.at(A));
        vmovd(WEIGHTS.low(), bits);
        vcvtph2ps(WEIGHTS, WEIGHTS.low());
      }
      case BF16 -> {
        movzx16(bits, Mem.at(A));
        shl(bits, 16);
        vmovd(WEIGHTS.low(), bits);
      }
      default -> vmovss(WEIGHTS.low(), Mem.at(A));
    }
  }
}
