package dev.tern.kernel.x86;

import static dev.tern.kernel.x86.Ymm.YMM0;
import static dev.tern.kernel.x86.Ymm.YMM1;

import dev.tern.KvCacheType;
import dev.tern.kernel.KvBlocks;
import dev.tern.kernel.ScalarKernels;
import java.util.List;
import java.util.stream.IntStream;

/// The steps of causal attention of query heads that share a KV head, one block of the cache at a
/// time.
///
/// Several heads meet each key and value as it is loaded. Scores have one lane for each position,
/// because the cache interleaves the keys of 16 positions; weighted sums have one lane for each
/// element of the head. Both keep the order of the twin, `ScalarKernels#attend`: over the head's
/// elements, and over positions.
final class AttentionRoutines {
  /// Query heads that share the loads of keys and values; others are computed one by one.
  static final int HEADS_AT_ONCE = 4;

  /// Elements of a head are a multiple of this.
  static final int DIMS_AT_ONCE = 16;

  private static final int LANES = 8;
  private static final int REGISTER_BYTES = 32;

  private AttentionRoutines() {}

  /// Scores of a block's positions, 16 at a time: `(query . key) * factor`.
  ///
  /// A = keys `[positions / 16, headDim, 16]`, B = queries `[heads, headDim]`, C = scores `[heads,
  /// stride]`.
  static final class Scores extends Routine {
    static final int HEAD_DIM = 0;
    static final int POSITION_GROUPS = 1;
    static final int SCORE_STRIDE = 2;

    /// A float, in the lower half of its word.
    static final int FACTOR = 3;

    private static final Gpr GROUPS_LEFT = Gpr.R8;
    private static final Gpr DIMS_LEFT = Gpr.R9;
    private static final Gpr QUERY = Gpr.R10;
    private static final Gpr HEAD_BYTES = Gpr.R11;
    private static final Gpr HEAD_BYTES3 = Gpr.R12;
    private static final Gpr SCORE = Gpr.RAX;
    private static final Gpr STRIDE = Gpr.RBX;

    // ymm0 to ymm7: scores of 16 positions for each head, in two registers.
    private static final Ymm KEYS0 = Ymm.YMM8;
    private static final Ymm KEYS1 = Ymm.YMM9;
    private static final Ymm ELEMENT = Ymm.YMM10;
    private static final Ymm FACTORS = Ymm.YMM11;

    private final KvCacheType type;
    private final int heads;

    /// @param heads 1 or [#HEADS_AT_ONCE]
    Scores(KvCacheType type, int heads) {
      this.type = type;
      this.heads = heads;
    }

    @Override
    void body() {
      mov(GROUPS_LEFT, parameter(POSITION_GROUPS));
      mov(STRIDE, parameter(SCORE_STRIDE));
      mov(HEAD_BYTES, parameter(HEAD_DIM));
      shl(HEAD_BYTES, 2);
      lea(HEAD_BYTES3, Mem.at(HEAD_BYTES, HEAD_BYTES, 2));
      vbroadcastss(FACTORS, parameter(FACTOR));

      Label group = here();
      for (int i = 0; i < 2 * heads; i++) {
        vxorps(Ymm.of(i), Ymm.of(i), Ymm.of(i));
      }
      mov(QUERY, B);
      mov(DIMS_LEFT, parameter(HEAD_DIM));
      Label dim = here();
      loadFloats(this, type, KEYS0, A, 0);
      loadFloats(this, type, KEYS1, A, LANES);
      for (int head = 0; head < heads; head++) {
        vbroadcastss(ELEMENT, query(head));
        vfmadd231ps(Ymm.of(2 * head), ELEMENT, KEYS0);
        vfmadd231ps(Ymm.of(2 * head + 1), ELEMENT, KEYS1);
      }
      add(A, KvBlocks.KEY_LANES * type.bytes());
      add(QUERY, Float.BYTES);
      dec(DIMS_LEFT);
      jne(dim);

      mov(SCORE, C);
      for (int head = 0; head < heads; head++) {
        vmulps(Ymm.of(2 * head), Ymm.of(2 * head), FACTORS);
        vmulps(Ymm.of(2 * head + 1), Ymm.of(2 * head + 1), FACTORS);
        vmovups(Mem.at(SCORE), Ymm.of(2 * head));
        vmovups(Mem.at(SCORE, REGISTER_BYTES), Ymm.of(2 * head + 1));
        add(SCORE, STRIDE);
      }
      add(C, KvBlocks.KEY_LANES * Float.BYTES);
      dec(GROUPS_LEFT);
      jne(group);
    }

    private static Mem query(int head) {
      return switch (head) {
        case 0 -> Mem.at(QUERY);
        case 1 -> Mem.at(QUERY, HEAD_BYTES, 1);
        case 2 -> Mem.at(QUERY, HEAD_BYTES, 2);
        default -> Mem.at(QUERY, HEAD_BYTES3, 1);
      };
    }
  }

  /// Loads 8 cached numbers as floats.
  private static void loadFloats(
      Routine routine, KvCacheType type, Ymm to, Gpr base, int firstElement) {
    Mem from = Mem.at(base, firstElement * type.bytes());
    switch (type) {
      case F32 -> routine.vmovups(to, from);
      case F16 -> routine.vcvtph2ps(to, from);
    }
  }

  /// Turns one head's scores into weights `exp(score - greatest)`, and sums them in 32 strided
  /// lanes and then pairwise.
  ///
  /// A = scores, a multiple of 32; those past the last position are minus infinity, whose weight is
  /// 0.
  static final class Weights extends FloatRoutine {
    static final int COUNT = 0;

    /// The sum, a float in the lower half of its word.
    static final int TOTAL = 1;

    private static final Gpr LEFT = Gpr.R8;
    private static final Gpr SCORE = Gpr.RAX;
    private static final Ymm GREATEST = Ymm.YMM13;

    /// Four registers of 32 lanes.
    private static final List<Ymm> SUMS = IntStream.range(4, 8).mapToObj(Ymm::of).toList();

    @Override
    void body() {
      Ymm weights = YMM0;
      int stepBytes = SUMS.size() * REGISTER_BYTES;

      greatest();
      SUMS.forEach(sum -> vxorps(sum, sum, sum));
      mov(LEFT, parameter(COUNT));
      mov(SCORE, A);
      Label step = here();
      for (int i = 0; i < SUMS.size(); i++) {
        vmovups(weights, Mem.at(SCORE, i * REGISTER_BYTES));
        vsubps(weights, weights, GREATEST);
        exp(weights);
        vmovups(Mem.at(SCORE, i * REGISTER_BYTES), weights);
        vaddps(SUMS.get(i), SUMS.get(i), weights);
      }
      add(SCORE, stepBytes);
      sub(LEFT, ScalarKernels.LANES);
      jne(step);

      Ymm sums = SUMS.get(0);
      Xmm sum = sums.low();
      Xmm half = YMM1.low();
      vaddps(sums, sums, SUMS.get(2));
      vaddps(SUMS.get(1), SUMS.get(1), SUMS.get(3));
      vaddps(sums, sums, SUMS.get(1));
      vextractf128(half, sums, 1);
      vaddps(sum, sum, half);
      vmovhlps(half, sum, sum);
      vaddps(sum, sum, half);
      vmovshdup(half, sum);
      vaddss(sum, sum, half);
      vmovss(parameter(TOTAL), sum);
    }

    private void greatest() {
      Xmm greatest = GREATEST.low();
      Xmm half = YMM0.low();
      mov(LEFT, parameter(COUNT));
      mov(SCORE, A);
      vmovups(GREATEST, all(Float.NEGATIVE_INFINITY));
      Label step = here();
      vmaxps(GREATEST, GREATEST, Mem.at(SCORE));
      add(SCORE, REGISTER_BYTES);
      sub(LEFT, LANES);
      jne(step);
      vextractf128(half, GREATEST, 1);
      vmaxps(greatest, greatest, half);
      vmovhlps(half, greatest, greatest);
      vmaxps(greatest, greatest, half);
      vmovshdup(half, greatest);
      vmaxps(greatest, greatest, half);
      vbroadcastss(GREATEST, greatest);
    }
  }

  /// Adds a block's values times their weights, in the order of positions: `sums += weight *
  /// value`.
  ///
  /// A = values `[positions, headDim]`, B = weights `[heads, stride]`, C = sums `[heads, headDim]`.
  static final class WeighValues extends Routine {
    static final int HEAD_DIM = 0;
    static final int POSITIONS = 1;
    static final int WEIGHT_STRIDE = 2;

    private static final Gpr DIMS_LEFT = Gpr.R8;
    private static final Gpr POSITIONS_LEFT = Gpr.R9;
    private static final Gpr VALUE = Gpr.R10;
    private static final Gpr VALUE_BYTES = Gpr.R11;
    private static final Gpr WEIGHT = Gpr.R12;
    private static final Gpr STRIDE = Gpr.R13;
    private static final Gpr STRIDE3 = Gpr.R14;
    private static final Gpr SUM = Gpr.RAX;
    private static final Gpr SUM_BYTES = Gpr.RBX;

    // ymm0 to ymm7: sums of 16 elements for each head, in two registers.
    private static final Ymm VALUES0 = Ymm.YMM8;
    private static final Ymm VALUES1 = Ymm.YMM9;
    private static final Ymm WEIGHTS = Ymm.YMM10;

    private final KvCacheType type;
    private final int heads;

    /// @param heads 1 or [#HEADS_AT_ONCE]
    WeighValues(KvCacheType type, int heads) {
      this.type = type;
      this.heads = heads;
    }

    @Override
    void body() {
      mov(DIMS_LEFT, parameter(HEAD_DIM));
      mov(SUM_BYTES, DIMS_LEFT);
      shl(SUM_BYTES, 2);
      switch (type) {
        case F32 -> mov(VALUE_BYTES, SUM_BYTES);
        case F16 -> lea(VALUE_BYTES, Mem.at(DIMS_LEFT, DIMS_LEFT, 1));
      }
      mov(STRIDE, parameter(WEIGHT_STRIDE));
      lea(STRIDE3, Mem.at(STRIDE, STRIDE, 2));

      Label dims = here();
      mov(SUM, C);
      for (int head = 0; head < heads; head++) {
        vmovups(Ymm.of(2 * head), Mem.at(SUM));
        vmovups(Ymm.of(2 * head + 1), Mem.at(SUM, REGISTER_BYTES));
        add(SUM, SUM_BYTES);
      }
      mov(VALUE, A);
      mov(WEIGHT, B);
      mov(POSITIONS_LEFT, parameter(POSITIONS));
      Label position = here();
      loadFloats(this, type, VALUES0, VALUE, 0);
      loadFloats(this, type, VALUES1, VALUE, LANES);
      for (int head = 0; head < heads; head++) {
        vbroadcastss(WEIGHTS, weight(head));
        vfmadd231ps(Ymm.of(2 * head), WEIGHTS, VALUES0);
        vfmadd231ps(Ymm.of(2 * head + 1), WEIGHTS, VALUES1);
      }
      add(VALUE, VALUE_BYTES);
      add(WEIGHT, Float.BYTES);
      dec(POSITIONS_LEFT);
      jne(position);

      mov(SUM, C);
      for (int head = 0; head < heads; head++) {
        vmovups(Mem.at(SUM), Ymm.of(2 * head));
        vmovups(Mem.at(SUM, REGISTER_BYTES), Ymm.of(2 * head + 1));
        add(SUM, SUM_BYTES);
      }
      add(A, DIMS_AT_ONCE * type.bytes());
      add(C, DIMS_AT_ONCE * Float.BYTES);
      sub(DIMS_LEFT, DIMS_AT_ONCE);
      jne(dims);
    }

    private static Mem weight(int head) {
      return switch (head) {
        case 0 -> Mem.at(WEIGHT);
        case 1 -> Mem.at(WEIGHT, STRIDE, 1);
        case 2 -> Mem.at(WEIGHT, STRIDE, 2);
        default -> Mem.at(WEIGHT, STRIDE3, 1);
      };
    }
  }
}
