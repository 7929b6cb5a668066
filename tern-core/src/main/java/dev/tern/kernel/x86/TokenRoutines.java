package dev.tern.kernel.x86;

import static dev.tern.kernel.x86.Ymm.YMM0;
import static dev.tern.kernel.x86.Ymm.YMM1;
import static dev.tern.kernel.x86.Ymm.YMM2;
import static dev.tern.kernel.x86.Ymm.YMM3;

import dev.tern.KvCacheType;
import dev.tern.kernel.GatedActivation;

/// Operations on one token's values: norms, quantization, non-linearities, RoPE, sums.
///
/// Each keeps the order of float operations of its twin in `ScalarKernels`.
final class TokenRoutines {
  private TokenRoutines() {}

  /// `y += x`: A = x, C = y.
  static final class Add extends RowRoutine {
    @Override
    void step() {
      load(YMM0, A);
      load(YMM1, C);
      vaddps(YMM0, YMM0, YMM1);
      store(C, YMM0);
    }
  }

  /// `y = act(gate) * up`: A = gate, B = up, C = y.
  static final class Gate extends RowRoutine {
    private final GatedActivation activation;

    Gate(GatedActivation activation) {
      this.activation = activation;
    }

    @Override
    void step() {
      Ymm gate = YMM0;
      Ymm up = YMM1;
      load(gate, A);
      load(up, B);
      switch (activation) {
        case SQUARED_RELU -> {
          // The second operand is taken when either is NaN.
          vxorps(YMM2, YMM2, YMM2);
          vmaxps(gate, YMM2, gate);
          vmulps(gate, gate, gate);
        }
        case SILU -> {
          negate(YMM2, gate);
          exp(YMM2);
          vaddps(YMM2, YMM2, all(1f));
          vdivps(gate, gate, YMM2);
        }
      }
      vmulps(gate, gate, up);
      store(C, gate);
    }
  }

  /// The sum of squares in 8 lanes of doubles, then pairwise: A = x.
  static final class SumOfSquares extends RowRoutine {
    /// The sum, a double.
    static final int SUM = 1;

    private static final Ymm LANES_0_TO_3 = Ymm.YMM4;
    private static final Ymm LANES_4_TO_7 = Ymm.YMM5;

    @Override
    void begin() {
      vxorps(LANES_0_TO_3, LANES_0_TO_3, LANES_0_TO_3);
      vxorps(LANES_4_TO_7, LANES_4_TO_7, LANES_4_TO_7);
    }

    @Override
    void step() {
      load(YMM0, A);
      vextractf128(YMM1.low(), YMM0, 1);
      vcvtps2pd(YMM0, YMM0.low());
      vcvtps2pd(YMM1, YMM1.low());
      vmulpd(YMM0, YMM0, YMM0);
      vmulpd(YMM1, YMM1, YMM1);
      vaddpd(LANES_0_TO_3, LANES_0_TO_3, YMM0);
      vaddpd(LANES_4_TO_7, LANES_4_TO_7, YMM1);
    }

    @Override
    void end() {
      Xmm sum = LANES_0_TO_3.low();
      Xmm half = YMM0.low();
      vaddpd(LANES_0_TO_3, LANES_0_TO_3, LANES_4_TO_7);
      vextractf128(half, LANES_0_TO_3, 1);
      vaddpd(sum, sum, half);
      vmovhlps(half, sum, sum);
      vaddsd(sum, sum, half);
      vmovsd(parameter(SUM), sum);
    }
  }

  /// `y = x * factor * weight`: A = x, B = weight, C = y.
  static final class Normalize extends RowRoutine {
    /// A float, in the lower half of its word.
    static final int FACTOR = 1;

    private static final Ymm FACTORS = Ymm.YMM4;

    @Override
    void begin() {
      vbroadcastss(FACTORS, parameter(FACTOR));
    }

    @Override
    void step() {
      load(YMM0, A);
      load(YMM1, B);
      vmulps(YMM0, YMM0, FACTORS);
      vmulps(YMM0, YMM0, YMM1);
      store(C, YMM0);
    }
  }

  /// The largest magnitude, NaN if there is one: A = x.
  ///
  /// Compared as integers, among which NaNs are the largest.
  static final class Absmax extends RowRoutine {
    /// The largest magnitude, a float in the lower half of its word.
    static final int ABSMAX = 1;

    private static final Ymm MOST = Ymm.YMM4;

    @Override
    void begin() {
      vpxor(MOST, MOST, MOST);
    }

    @Override
    void step() {
      load(YMM0, A);
      vpand(YMM0, YMM0, all(Integer.MAX_VALUE));
      vpmaxsd(MOST, MOST, YMM0);
    }

    @Override
    void end() {
      largestLane(MOST, YMM0.low());
      vmovss(parameter(ABSMAX), MOST.low());
    }
  }

  /// `code = rint(x * quantScale)`, 0 for NaN: A = x, B = codes, padded to whole steps with zeros.
  ///
  /// |code| is at most 127 because 127 / absmax * |x| is at most 127 but for its rounding.
  static final class Quantize extends RowRoutine {
    /// A float, in the lower half of its word.
    static final int QUANT_SCALE = 1;

    /// The sum of the codes, an int.
    static final int CODE_SUM = 2;

    private static final Ymm SCALES = Ymm.YMM4;
    private static final Ymm SUMS = Ymm.YMM5; // exact: at most 127 * columns
    private static final Gpr CODES = Gpr.R14;

    @Override
    void begin() {
      mov(CODES, B);
      vbroadcastss(SCALES, parameter(QUANT_SCALE));
      vpxor(SUMS, SUMS, SUMS);
    }

    @Override
    void step() {
      load(YMM0, A);
      vmulps(YMM0, YMM0, SCALES);
      vcmpps(YMM1, YMM0, YMM0, ORDERED);
      vcvtps2dq(YMM0, YMM0);
      vpand(YMM0, YMM0, YMM1);
      vpaddd(SUMS, SUMS, YMM0);
      vextracti128(YMM1.low(), YMM0, 1);
      vpackssdw(YMM0.low(), YMM0.low(), YMM1.low());
      vpacksswb(YMM0.low(), YMM0.low(), YMM0.low());
      vmovq(Mem.at(CODES), YMM0.low());
      add(CODES, 8);
    }

    @Override
    void end() {
      Xmm sum = SUMS.low();
      Xmm half = YMM0.low();
      vextracti128(half, SUMS, 1);
      vpaddd(sum, sum, half);
      vpshufd(half, sum, 0b01_00_11_10);
      vpaddd(sum, sum, half);
      vpshufd(half, sum, 0b10_11_00_01);
      vpaddd(sum, sum, half);
      vmovss(parameter(CODE_SUM), sum);
    }
  }

  /// Turns the two halves of a head: A = its elements, B = cosines, C = sines; parameters: pairs,
  /// and the bytes of a half.
  static final class RotateHalves extends RowRoutine {
    static final int HALF_BYTES = 1;

    private static final Gpr OTHER = Gpr.R14;
    private static final Gpr DISTANCE = Gpr.R13;

    @Override
    void begin() {
      mov(DISTANCE, parameter(HALF_BYTES));
    }

    @Override
    void step() {
      Ymm a = YMM0;
      Ymm b = YMM1;
      Ymm cos = YMM2;
      Ymm sin = YMM3;
      lea(OTHER, Mem.at(A, DISTANCE, 1));
      load(a, A);
      load(b, OTHER);
      load(cos, B);
      load(sin, C);
      vmulps(Ymm.YMM4, a, cos);
      vmulps(Ymm.YMM5, b, sin);
      vmulps(b, b, cos);
      vmulps(a, a, sin);
      vsubps(Ymm.YMM4, Ymm.YMM4, Ymm.YMM5);
      vaddps(b, b, a);
      store(A, Ymm.YMM4);
      store(OTHER, b);
    }
  }

  /// Turns neighbouring elements of a head: A = its elements, B = cosines, C = sines, of which one
  /// meets two elements. Parameters: the pairs, a multiple of 4.
  static final class RotatePairs extends Routine {
    static final int PAIRS = 0;
    static final int PAIRS_AT_ONCE = 4;

    private static final Gpr LEFT = Gpr.R8;
    private static final int SWAP_NEIGHBOURS = 0b10_11_00_01;

    @Override
    void body() {
      Ymm x = YMM0;
      Ymm swapped = YMM1;
      Ymm cos = YMM2;
      Ymm sin = YMM3;
      mov(LEFT, parameter(PAIRS));

      Label pairs = here();
      vpmovzxdq(cos, Mem.at(B));
      vpmovzxdq(sin, Mem.at(C));
      vmovsldup(cos, cos);
      vmovsldup(sin, sin);
      vmovups(x, Mem.at(A));
      vpermilps(swapped, x, SWAP_NEIGHBOURS);
      vmulps(x, x, cos);
      vmulps(swapped, swapped, sin);
      vaddsubps(x, x, swapped);
      vmovups(Mem.at(A), x);
      add(A, 2 * PAIRS_AT_ONCE * Float.BYTES);
      add(B, PAIRS_AT_ONCE * Float.BYTES);
      add(C, PAIRS_AT_ONCE * Float.BYTES);
      sub(LEFT, PAIRS_AT_ONCE);
      jne(pairs);
    }
  }

  /// Stores a head's elements in the cache: A = floats, C = the place of the first. Parameters: the
  /// elements, a multiple of 8.
  static final class Store extends Routine {
    static final int COUNT = 0;
    static final int COUNT_AT_ONCE = 8;

    private static final Gpr LEFT = Gpr.R8;
    private static final int TO_NEAREST = 0;

    private final KvCacheType type;
    private final int distance;

    /// @param distance between elements, in elements: 1 for values, 16 for keys
    Store(KvCacheType type, int distance) {
      this.type = type;
      this.distance = distance;
    }

    @Override
    void body() {
      mov(LEFT, parameter(COUNT));
      Label step = here();
      vmovups(YMM0, Mem.at(A));
      if (type == KvCacheType.F16) {
        vcvtps2ph(YMM0.low(), YMM0, TO_NEAREST);
      }
      if (distance == 1) {
        switch (type) {
          case F32 -> vmovups(Mem.at(C), YMM0);
          case F16 -> vmovups(Mem.at(C), YMM0.low());
        }
      } else {
        scatter();
      }
      add(A, COUNT_AT_ONCE * Float.BYTES);
      add(C, COUNT_AT_ONCE * distance * type.bytes());
      sub(LEFT, COUNT_AT_ONCE);
      jne(step);
    }

    private void scatter() {
      vextractf128(YMM1.low(), YMM0, 1);
      for (int i = 0; i < COUNT_AT_ONCE; i++) {
        Mem place = Mem.at(C, i * distance * type.bytes());
        switch (type) {
          case F32 -> vextractps(place, i < 4 ? YMM0.low() : YMM1.low(), i % 4);
          case F16 -> vpextrw(place, YMM0.low(), i);
        }
      }
    }
  }

  /// `x = x / divisor`: A = x, C = y.
  static final class Divide extends RowRoutine {
    /// A float, in the lower half of its word.
    static final int DIVISOR = 1;

    private static final Ymm DIVISORS = Ymm.YMM4;

    @Override
    void begin() {
      vbroadcastss(DIVISORS, parameter(DIVISOR));
    }

    @Override
    void step() {
      load(YMM0, A);
      vdivps(YMM0, YMM0, DIVISORS);
      store(C, YMM0);
    }
  }
}
