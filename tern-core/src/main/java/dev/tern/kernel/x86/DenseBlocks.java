package dev.tern.kernel.x86;

import dev.tern.tensor.TensorType;

/// Rows of block encodings: Q8_0, Q4_0, Q4_K, Q6_K, a block at a time.
///
/// Codes are unpacked as bytes, 32 columns at once, and widened on their way from local memory. The
/// float operations are those of `dev.tern.quant`, in their order: `scale * code`, then minus the
/// offset where there is one.
final class DenseBlocks extends DenseRows {
  private static final int GROUP = 32;
  private static final int REGISTER_BYTES = 32;

  // Local memory.
  private static final int CODES = LOCALS;
  private static final int SCALES = CODES + 2 * REGISTER_BYTES;
  private static final int OFFSETS = SCALES + 2 * REGISTER_BYTES;

  private static final Ymm SCALE = Ymm.YMM4;
  private static final Ymm OFFSET = Ymm.YMM5;
  private static final Ymm PACKED = Ymm.YMM6;
  private static final Ymm BYTES = Ymm.YMM7;
  private static final Ymm UPPER = Ymm.YMM8;
  private static final Ymm LOW_HALVES = Ymm.YMM9; // 15 in every byte
  private static final Ymm ZERO_CODES = Ymm.YMM10; // 8 or 32 in every byte
  private static final Ymm UPPER_BITS = Ymm.YMM11; // 0x30 in every byte

  private final TensorType type;

  /// @param type Q8_0, Q4_0, Q4_K or Q6_K
  DenseBlocks(TensorType type, int tokens) {
    super(tokens, type.blockBytes(), type.blockElements());
    this.type = type;
  }

  @Override
  int localBytes() {
    return OFFSETS + REGISTER_BYTES;
  }

  @Override
  void prepare() {
    fill(LOW_HALVES, 15);
    fill(ZERO_CODES, type == TensorType.Q6_K ? 32 : 8);
    fill(UPPER_BITS, 0x30);
  }

  private void fill(Ymm register, int value) {
    mov(Gpr.RAX, (long) value);
    vmovd(register.low(), Gpr.RAX);
    vpbroadcastb(register, register.low());
  }

  @Override
  void unit() {
    switch (type) {
      case Q8_0 -> q8();
      case Q4_0 -> q4();
      case Q4_K -> q4K();
      default -> q6K();
    }
  }

  /// Half-precision scale, 32 signed codes.
  private void q8() {
    half(SCALE, 0);
    for (int i = 0; i < GROUP / LANES; i++) {
      vpmovsxbd(WEIGHTS, Mem.at(A, 2 + i * LANES));
      scaleAndUse(i);
    }
  }

  private void half(Ymm to, int offset) {
    vpbroadcastw(to, Mem.at(A, offset));
    vcvtph2ps(to, to.low());
  }

  private void scaleAndUse(int index) {
    vcvtdq2ps(WEIGHTS, WEIGHTS);
    vmulps(WEIGHTS, WEIGHTS, SCALE);
    use(WEIGHTS, index);
  }

  /// Half-precision scale, 16 bytes: codes 0 to 15 in the low halves, 16 to 31 in the high ones.
  private void q4() {
    half(SCALE, 0);
    vmovdqu(PACKED.low(), Mem.at(A, 2));
    vpand(BYTES.low(), PACKED.low(), LOW_HALVES.low());
    vpsrlw(PACKED.low(), PACKED.low(), 4);
    vpand(PACKED.low(), PACKED.low(), LOW_HALVES.low());
    vinserti128(BYTES, BYTES, PACKED.low(), 1);
    vpsubb(BYTES, BYTES, ZERO_CODES);
    vmovdqu(local(CODES), BYTES);
    for (int i = 0; i < GROUP / LANES; i++) {
      vpmovsxbd(WEIGHTS, local(CODES + i * LANES));
      scaleAndUse(i);
    }
  }

  /// Half-precision units of scales and offsets, 12 bytes of these in 6 bits, 8 groups of 4-bit
  /// codes, two in 32 bytes.
  private void q4K() {
    Gpr a = Gpr.RAX;
    Gpr b = Gpr.R11;
    Gpr c = Gpr.R12;
    mov32(a, Mem.at(A, 4));
    mov32(b, Mem.at(A, 8));
    mov32(c, Mem.at(A, 12));
    half(SCALE, 0);
    sixBits(a, c, SCALES);
    half(SCALE, 2);
    shr(c, 4);
    sixBits(b, c, OFFSETS);
    for (int pair = 0; pair < 4; pair++) {
      vmovdqu(PACKED, Mem.at(A, 16 + pair * GROUP));
      vpand(BYTES, PACKED, LOW_HALVES);
      vmovdqu(local(CODES), BYTES);
      vpsrlw(PACKED, PACKED, 4);
      vpand(BYTES, PACKED, LOW_HALVES);
      vmovdqu(local(CODES + GROUP), BYTES);
      for (int i = 0; i < 2 * GROUP / LANES; i++) {
        int group = 2 * pair + i * LANES / GROUP;
        if (i * LANES % GROUP == 0) {
          vbroadcastss(SCALE, local(SCALES + group * Float.BYTES));
          vbroadcastss(OFFSET, local(OFFSETS + group * Float.BYTES));
        }
        vpmovzxbd(WEIGHTS, local(CODES + i * LANES));
        vcvtdq2ps(WEIGHTS, WEIGHTS);
        vmulps(WEIGHTS, WEIGHTS, SCALE);
        vsubps(WEIGHTS, WEIGHTS, OFFSET);
        use(WEIGHTS, pair * 2 * GROUP / LANES + i);
      }
    }
  }

  /// Eight numbers of 6 bits: the first four in the low bits of `first`, the others with their low
  /// halves in the low halves of `second` and their upper bits on top of `first`. Leaves their
  /// products with [#SCALE] in local memory.
  private void sixBits(Gpr first, Gpr second, int to) {
    Gpr low = Gpr.R13;
    Gpr high = Gpr.R14;
    mov(low, first);
    and(low, 0x3f3f3f3f);
    shr(first, 6);
    and(first, 0x03030303);
    shl(first, 4);
    mov(high, second);
    and(high, 0x0f0f0f0f);
    or(high, first);
    shl(high, 32);
    or(low, high);
    vmovq(BYTES.low(), low);
    vpmovzxbd(BYTES, BYTES.low());
    vcvtdq2ps(BYTES, BYTES);
    vmulps(BYTES, BYTES, SCALE);
    vmovups(local(to), BYTES);
  }

  /// 128 bytes of low halves, 64 of upper bits, 16 signed scales, their half-precision unit.
  private void q6K() {
    half(SCALE, 208);
    for (int i = 0; i < 2; i++) {
      vpmovsxbd(BYTES, Mem.at(A, 192 + i * LANES));
      vcvtdq2ps(BYTES, BYTES);
      vmulps(BYTES, BYTES, SCALE);
      vmovups(local(SCALES + i * REGISTER_BYTES), BYTES);
    }
    for (int group = 0; group < 8; group++) {
      int inHalf = group % 4;
      vmovdqu(PACKED, Mem.at(A, group / 4 * 64 + inHalf % 2 * GROUP));
      if (inHalf >= 2) {
        vpsrlw(PACKED, PACKED, 4);
      }
      vpand(PACKED, PACKED, LOW_HALVES);
      vmovdqu(UPPER, Mem.at(A, 128 + group / 4 * GROUP));
      switch (inHalf) {
        case 0 -> vpsllw(UPPER, UPPER, 4);
        case 1 -> vpsllw(UPPER, UPPER, 2);
        case 3 -> vpsrlw(UPPER, UPPER, 2);
        default -> {}
      }
      vpand(UPPER, UPPER, UPPER_BITS);
      vpor(BYTES, PACKED, UPPER);
      vpsubb(BYTES, BYTES, ZERO_CODES);
      vmovdqu(local(CODES), BYTES);
      for (int i = 0; i < GROUP / LANES; i++) {
        if (i % 2 == 0) {
          vbroadcastss(SCALE, local(SCALES + (2 * group + i / 2) * Float.BYTES));
        }
        vpmovsxbd(WEIGHTS, local(CODES + i * LANES));
        scaleAndUse(group * GROUP / LANES + i);
      }
    }
  }
}
