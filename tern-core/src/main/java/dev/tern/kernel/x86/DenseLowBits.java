package dev.tern.kernel.x86;

import dev.tern.tensor.TensorType;
import java.util.List;
import java.util.stream.IntStream;

/// Rows of Q1_0 and Q2_0: a half-precision scale, then one or two bits for each column in order.
///
/// Four bytes of codes are broadcast to all lanes; multiplied by a power of two each, every lane
/// has its own code at the top. One bit is a sign: the scale or its negative. Two bits are a
/// number: `(code - 1) * scale`, the float operation of `dev.tern.quant`.
final class DenseLowBits extends DenseRows {
  private static final int SCALE_BYTES = 2;
  private static final int WORD_BITS = 32;

  private static final Ymm SCALE = Ymm.YMM4; // negative for one bit
  private static final Ymm WORD = Ymm.YMM5;
  private static final Ymm TOP = Ymm.YMM6; // 1 in the top bit of every lane
  private static final Ymm ONES = Ymm.YMM7;

  private final int bits;
  private final int words;

  /// What moves a lane's code to the top, for each 8 columns of a word.
  private final List<Ymm> shifts;

  private final List<Label> powers;
  private final Label top = newLabel();
  private final Label one = newLabel();

  /// @param type Q1_0, Q2_0 or Q2_0_G128
  DenseLowBits(TensorType type, int tokens) {
    super(tokens, type.blockBytes(), type.blockElements());
    this.bits = type == TensorType.Q1_0 ? 1 : 2;
    this.words = type.blockElements() * bits / WORD_BITS;
    int steps = WORD_BITS / bits / LANES;
    this.shifts = IntStream.range(0, steps).mapToObj(i -> Ymm.of(8 + i)).toList();
    this.powers = shifts.stream().map(_ -> newLabel()).toList();
  }

  @Override
  void prepare() {
    vpbroadcastd(TOP, Mem.at(top));
    vpbroadcastd(ONES, Mem.at(one));
    for (int i = 0; i < shifts.size(); i++) {
      vmovdqu(shifts.get(i), Mem.at(powers.get(i)));
    }
  }

  @Override
  void unit() {
    vpbroadcastw(SCALE, Mem.at(A));
    vcvtph2ps(SCALE, SCALE.low());
    if (bits == 1) {
      vpxor(SCALE, SCALE, TOP);
    }
    for (int word = 0; word < words; word++) {
      vpbroadcastd(WORD, Mem.at(A, SCALE_BYTES + word * Integer.BYTES));
      for (int i = 0; i < shifts.size(); i++) {
        vpmulld(WEIGHTS, WORD, shifts.get(i));
        if (bits == 1) {
          vpand(WEIGHTS, WEIGHTS, TOP);
          vpxor(WEIGHTS, WEIGHTS, SCALE);
        } else {
          vpsrld(WEIGHTS, WEIGHTS, WORD_BITS - bits);
          vpsubd(WEIGHTS, WEIGHTS, ONES);
          vcvtdq2ps(WEIGHTS, WEIGHTS);
          vmulps(WEIGHTS, WEIGHTS, SCALE);
        }
        use(WEIGHTS, word * shifts.size() + i);
      }
    }
  }

  @Override
  void constants() {
    bind(top);
    emit32(1 << (WORD_BITS - 1));
    bind(one);
    emit32(1);
    for (int step = 0; step < powers.size(); step++) {
      bind(powers.get(step));
      for (int lane = 0; lane < LANES; lane++) {
        emit32(1 << (WORD_BITS - bits * (step * LANES + lane + 1)));
      }
    }
  }
}
