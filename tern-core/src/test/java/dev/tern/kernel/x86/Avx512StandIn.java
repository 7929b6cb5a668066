package dev.tern.kernel.x86;

/// AVX-512 on processors that lack it, for tests of listings: its registers are in a routine's
/// local memory, as two halves each.
///
/// A 256-bit register is the lower half of a 512-bit one, so those that a listing writes by their
/// short names must be written to local memory too, see [#loadLower]. ymm13 to ymm15 are changed,
/// the last one is to be left alone after [#prepare].
///
/// @param routine whose listing is tried
/// @param from where its own local memory ends
record Avx512StandIn(Routine routine, int from) {
  private static final Ymm A_HALF = Ymm.YMM13;
  private static final Ymm B_HALF = Ymm.YMM14;
  private static final Ymm ONES = Ymm.YMM15;
  private static final int HALF_BYTES = 32;

  /// {@return the local memory that the routine and this need}
  int localBytes() {
    return from + 32 * 2 * HALF_BYTES;
  }

  /// Writes code that runs once, before all other.
  void prepare() {
    routine.mov(Gpr.RAX, 0x00010001L);
    routine.vmovd(ONES.low(), Gpr.RAX);
    routine.vpbroadcastd(ONES, ONES.low());
  }

  private Mem half(Zmm register, int half) {
    return routine.local(from + (2 * register.number() + half) * HALF_BYTES);
  }

  private YmmSource half(ZmmSource source, int half) {
    return switch (source) {
      case Zmm register -> half(register, half);
      case Mem mem -> mem.plus(half * HALF_BYTES);
    };
  }

  private void load(Ymm to, ZmmSource from, int half) {
    switch (half(from, half)) {
      case Mem mem -> routine.vmovdqu(to, mem);
      case Ymm register -> throw new IllegalArgumentException("not in memory: " + register);
    }
  }

  /// What an instruction does to halves of its operands.
  @FunctionalInterface
  private interface Operation {
    void on(Ymm to, Ymm a, YmmSource b);
  }

  private void both(Zmm to, ZmmSource a, ZmmSource b, Operation operation) {
    for (int i = 0; i < 2; i++) {
      load(A_HALF, a, i);
      operation.on(A_HALF, A_HALF, half(b, i));
      routine.vmovdqu(half(to, i), A_HALF);
    }
  }

  /// To be called after the lower half was loaded by its short name.
  void loadLower(Zmm to) {
    routine.vmovdqu(half(to, 0), to.low());
    routine.vpxor(A_HALF, A_HALF, A_HALF);
    routine.vmovdqu(half(to, 1), A_HALF);
  }

  void vmovdqu32(Zmm to, Mem from) {
    for (int i = 0; i < 2; i++) {
      routine.vmovdqu(A_HALF, from.plus(i * HALF_BYTES));
      routine.vmovdqu(half(to, i), A_HALF);
    }
  }

  void vmovdqu32(Mem to, Zmm from) {
    for (int i = 0; i < 2; i++) {
      routine.vmovdqu(A_HALF, half(from, i));
      routine.vmovdqu(to.plus(i * HALF_BYTES), A_HALF);
    }
  }

  void vpbroadcastd(Zmm to, Gpr from) {
    routine.vmovd(A_HALF.low(), from);
    routine.vpbroadcastd(A_HALF, A_HALF.low());
    routine.vmovdqu(half(to, 0), A_HALF);
    routine.vmovdqu(half(to, 1), A_HALF);
  }

  void vpandd(Zmm to, Zmm a, ZmmSource b) {
    both(to, a, b, routine::vpand);
  }

  void vpxord(Zmm to, Zmm a, ZmmSource b) {
    both(to, a, b, routine::vpxor);
  }

  void vpord(Zmm to, Zmm a, ZmmSource b) {
    both(to, a, b, routine::vpor);
  }

  void vpsrlw(Zmm to, ZmmSource from, int count) {
    both(to, from, from, (halfTo, half, _) -> routine.vpsrlw(halfTo, half, count));
  }

  /// Made of `vpmaddubsw` and `vpmaddwd`; exact, as no sum of two products with codes up to 2
  /// reaches 16 bits.
  void vpdpbusd(Zmm to, Zmm a, ZmmSource b) {
    for (int i = 0; i < 2; i++) {
      routine.vmovdqu(A_HALF, half(a, i));
      routine.vpmaddubsw(A_HALF, A_HALF, half(b, i));
      routine.vpmaddwd(A_HALF, A_HALF, ONES);
      routine.vmovdqu(B_HALF, half(to, i));
      routine.vpaddd(A_HALF, A_HALF, B_HALF);
      routine.vmovdqu(half(to, i), A_HALF);
    }
  }

  void vpdpwssd(Zmm to, Zmm a, ZmmSource b) {
    for (int i = 0; i < 2; i++) {
      routine.vmovdqu(A_HALF, half(a, i));
      routine.vpmaddwd(A_HALF, A_HALF, half(b, i));
      routine.vmovdqu(B_HALF, half(to, i));
      routine.vpaddd(A_HALF, A_HALF, B_HALF);
      routine.vmovdqu(half(to, i), A_HALF);
    }
  }

  void vpmovsxbw(Zmm to, Mem from) {
    for (int i = 0; i < 2; i++) {
      routine.vpmovsxbw(A_HALF, from.plus(i * HALF_BYTES / 2));
      routine.vmovdqu(half(to, i), A_HALF);
    }
  }

  void vinserti64x4(Zmm to, Zmm a, YmmSource b, int selection) {
    routine.vmovdqu(A_HALF, half(a, 1 - selection));
    routine.vmovdqu(half(to, 1 - selection), A_HALF);
    routine.vmovdqu(A_HALF, (Mem) b);
    routine.vmovdqu(half(to, selection), A_HALF);
  }

  void vextracti64x4(Ymm to, Zmm from, int selection) {
    routine.vmovdqu(to, half(from, selection));
    routine.vmovdqu(from.low(), half(from, 1 - selection));
  }
}
