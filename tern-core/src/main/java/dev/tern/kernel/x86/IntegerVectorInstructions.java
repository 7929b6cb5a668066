package dev.tern.kernel.x86;

/// AVX and AVX2 instructions on vectors of integers.
///
/// Operands stand in Intel's order: what is written comes first.
abstract class IntegerVectorInstructions extends GeneralInstructions {
  final void vmovdqu(Xmm to, Mem from) {
    vex(PF3, M0F, 0, L128, 0x6F, to.number(), 0, from, 0);
  }

  final void vmovdqu(Ymm to, Mem from) {
    vex(PF3, M0F, 0, L256, 0x6F, to.number(), 0, from, 0);
  }

  final void vmovdqu(Mem to, Xmm from) {
    vex(PF3, M0F, 0, L128, 0x7F, from.number(), 0, to, 0);
  }

  final void vmovdqu(Mem to, Ymm from) {
    vex(PF3, M0F, 0, L256, 0x7F, from.number(), 0, to, 0);
  }

  /// Faults unless the address is a multiple of 32.
  final void vmovdqa(Ymm to, Mem from) {
    vex(P66, M0F, 0, L256, 0x6F, to.number(), 0, from, 0);
  }

  /// Faults unless the address is a multiple of 32.
  final void vmovdqa(Mem to, Ymm from) {
    vex(P66, M0F, 0, L256, 0x7F, from.number(), 0, to, 0);
  }

  /// Moves the lower 32 bits and clears the rest.
  final void vmovd(Xmm to, Gpr from) {
    vex(P66, M0F, 0, L128, 0x6E, to.number(), 0, from, 0);
  }

  /// Moves the lowest 32 bits and clears the rest.
  final void vmovd(Gpr to, Xmm from) {
    vex(P66, M0F, 0, L128, 0x7E, from.number(), 0, to, 0);
  }

  /// Moves 64 bits and clears the rest.
  final void vmovq(Xmm to, Gpr from) {
    vex(P66, M0F, 1, L128, 0x6E, to.number(), 0, from, 0);
  }

  /// Stores the lowest 64 bits.
  final void vmovq(Mem to, Xmm from) {
    vex(P66, M0F, 0, L128, 0xD6, from.number(), 0, to, 0);
  }

  /// Loads 64 bits and clears the rest.
  final void vmovq(Xmm to, Mem from) {
    vex(PF3, M0F, 0, L128, 0x7E, to.number(), 0, from, 0);
  }

  /// Stores the upper 64 bits.
  final void vmovhps(Mem to, Xmm from) {
    vex(NO_PREFIX, M0F, 0, L128, 0x17, from.number(), 0, to, 0);
  }

  final void vpbroadcastb(Ymm to, XmmSource from) {
    vex(P66, M0F38, 0, L256, 0x78, to.number(), 0, from, 0);
  }

  final void vpbroadcastw(Ymm to, XmmSource from) {
    vex(P66, M0F38, 0, L256, 0x79, to.number(), 0, from, 0);
  }

  final void vpbroadcastd(Ymm to, XmmSource from) {
    vex(P66, M0F38, 0, L256, 0x58, to.number(), 0, from, 0);
  }

  final void vpbroadcastq(Ymm to, XmmSource from) {
    vex(P66, M0F38, 0, L256, 0x59, to.number(), 0, from, 0);
  }

  final void vbroadcasti128(Ymm to, Mem from) {
    vex(P66, M0F38, 0, L256, 0x5A, to.number(), 0, from, 0);
  }

  final void vpaddb(Xmm to, Xmm a, XmmSource b) {
    vex(P66, M0F, 0, L128, 0xFC, to.number(), a.number(), b, 0);
  }

  final void vpaddb(Ymm to, Ymm a, YmmSource b) {
    vex(P66, M0F, 0, L256, 0xFC, to.number(), a.number(), b, 0);
  }

  final void vpaddw(Xmm to, Xmm a, XmmSource b) {
    vex(P66, M0F, 0, L128, 0xFD, to.number(), a.number(), b, 0);
  }

  final void vpaddw(Ymm to, Ymm a, YmmSource b) {
    vex(P66, M0F, 0, L256, 0xFD, to.number(), a.number(), b, 0);
  }

  final void vpaddd(Xmm to, Xmm a, XmmSource b) {
    vex(P66, M0F, 0, L128, 0xFE, to.number(), a.number(), b, 0);
  }

  final void vpaddd(Ymm to, Ymm a, YmmSource b) {
    vex(P66, M0F, 0, L256, 0xFE, to.number(), a.number(), b, 0);
  }

  final void vpsubb(Ymm to, Ymm a, YmmSource b) {
    vex(P66, M0F, 0, L256, 0xF8, to.number(), a.number(), b, 0);
  }

  final void vpsubw(Ymm to, Ymm a, YmmSource b) {
    vex(P66, M0F, 0, L256, 0xF9, to.number(), a.number(), b, 0);
  }

  final void vpsubd(Ymm to, Ymm a, YmmSource b) {
    vex(P66, M0F, 0, L256, 0xFA, to.number(), a.number(), b, 0);
  }

  final void vpand(Xmm to, Xmm a, XmmSource b) {
    vex(P66, M0F, 0, L128, 0xDB, to.number(), a.number(), b, 0);
  }

  final void vpand(Ymm to, Ymm a, YmmSource b) {
    vex(P66, M0F, 0, L256, 0xDB, to.number(), a.number(), b, 0);
  }

  final void vpandn(Ymm to, Ymm a, YmmSource b) {
    vex(P66, M0F, 0, L256, 0xDF, to.number(), a.number(), b, 0);
  }

  final void vpor(Ymm to, Ymm a, YmmSource b) {
    vex(P66, M0F, 0, L256, 0xEB, to.number(), a.number(), b, 0);
  }

  final void vpxor(Xmm to, Xmm a, XmmSource b) {
    vex(P66, M0F, 0, L128, 0xEF, to.number(), a.number(), b, 0);
  }

  final void vpxor(Ymm to, Ymm a, YmmSource b) {
    vex(P66, M0F, 0, L256, 0xEF, to.number(), a.number(), b, 0);
  }

  final void vpmaddwd(Ymm to, Ymm a, YmmSource b) {
    vex(P66, M0F, 0, L256, 0xF5, to.number(), a.number(), b, 0);
  }

  /// The products of words, rounded: `(a * b + 2^14) >> 15`.
  final void vpmulhrsw(Ymm to, Ymm a, YmmSource b) {
    vex(P66, M0F38, 0, L256, 0x0B, to.number(), a.number(), b, 0);
  }

  final void vpmullw(Ymm to, Ymm a, YmmSource b) {
    vex(P66, M0F, 0, L256, 0xD5, to.number(), a.number(), b, 0);
  }

  final void vpcmpeqb(Ymm to, Ymm a, YmmSource b) {
    vex(P66, M0F, 0, L256, 0x74, to.number(), a.number(), b, 0);
  }

  final void vpcmpgtb(Ymm to, Ymm a, YmmSource b) {
    vex(P66, M0F, 0, L256, 0x64, to.number(), a.number(), b, 0);
  }

  final void vpunpcklbw(Xmm to, Xmm a, XmmSource b) {
    vex(P66, M0F, 0, L128, 0x60, to.number(), a.number(), b, 0);
  }

  final void vpunpcklbw(Ymm to, Ymm a, YmmSource b) {
    vex(P66, M0F, 0, L256, 0x60, to.number(), a.number(), b, 0);
  }

  final void vpunpckhbw(Xmm to, Xmm a, XmmSource b) {
    vex(P66, M0F, 0, L128, 0x68, to.number(), a.number(), b, 0);
  }

  final void vpunpckhbw(Ymm to, Ymm a, YmmSource b) {
    vex(P66, M0F, 0, L256, 0x68, to.number(), a.number(), b, 0);
  }

  final void vpunpcklwd(Xmm to, Xmm a, XmmSource b) {
    vex(P66, M0F, 0, L128, 0x61, to.number(), a.number(), b, 0);
  }

  final void vpunpcklwd(Ymm to, Ymm a, YmmSource b) {
    vex(P66, M0F, 0, L256, 0x61, to.number(), a.number(), b, 0);
  }

  final void vpunpckhwd(Xmm to, Xmm a, XmmSource b) {
    vex(P66, M0F, 0, L128, 0x69, to.number(), a.number(), b, 0);
  }

  final void vpunpckhwd(Ymm to, Ymm a, YmmSource b) {
    vex(P66, M0F, 0, L256, 0x69, to.number(), a.number(), b, 0);
  }

  final void vpunpckldq(Xmm to, Xmm a, XmmSource b) {
    vex(P66, M0F, 0, L128, 0x62, to.number(), a.number(), b, 0);
  }

  final void vpunpckldq(Ymm to, Ymm a, YmmSource b) {
    vex(P66, M0F, 0, L256, 0x62, to.number(), a.number(), b, 0);
  }

  final void vpunpckhdq(Xmm to, Xmm a, XmmSource b) {
    vex(P66, M0F, 0, L128, 0x6A, to.number(), a.number(), b, 0);
  }

  final void vpunpckhdq(Ymm to, Ymm a, YmmSource b) {
    vex(P66, M0F, 0, L256, 0x6A, to.number(), a.number(), b, 0);
  }

  final void vpunpcklqdq(Xmm to, Xmm a, XmmSource b) {
    vex(P66, M0F, 0, L128, 0x6C, to.number(), a.number(), b, 0);
  }

  final void vpunpcklqdq(Ymm to, Ymm a, YmmSource b) {
    vex(P66, M0F, 0, L256, 0x6C, to.number(), a.number(), b, 0);
  }

  final void vpunpckhqdq(Xmm to, Xmm a, XmmSource b) {
    vex(P66, M0F, 0, L128, 0x6D, to.number(), a.number(), b, 0);
  }

  final void vpunpckhqdq(Ymm to, Ymm a, YmmSource b) {
    vex(P66, M0F, 0, L256, 0x6D, to.number(), a.number(), b, 0);
  }

  final void vpacksswb(Xmm to, Xmm a, XmmSource b) {
    vex(P66, M0F, 0, L128, 0x63, to.number(), a.number(), b, 0);
  }

  final void vpacksswb(Ymm to, Ymm a, YmmSource b) {
    vex(P66, M0F, 0, L256, 0x63, to.number(), a.number(), b, 0);
  }

  final void vpackssdw(Xmm to, Xmm a, XmmSource b) {
    vex(P66, M0F, 0, L128, 0x6B, to.number(), a.number(), b, 0);
  }

  final void vpackssdw(Ymm to, Ymm a, YmmSource b) {
    vex(P66, M0F, 0, L256, 0x6B, to.number(), a.number(), b, 0);
  }

  final void vpackuswb(Ymm to, Ymm a, YmmSource b) {
    vex(P66, M0F, 0, L256, 0x67, to.number(), a.number(), b, 0);
  }

  final void vpshufb(Xmm to, Xmm a, XmmSource b) {
    vex(P66, M0F38, 0, L128, 0x00, to.number(), a.number(), b, 0);
  }

  final void vpshufb(Ymm to, Ymm a, YmmSource b) {
    vex(P66, M0F38, 0, L256, 0x00, to.number(), a.number(), b, 0);
  }

  final void vphaddd(Ymm to, Ymm a, YmmSource b) {
    vex(P66, M0F38, 0, L256, 0x02, to.number(), a.number(), b, 0);
  }

  final void vpmaxsd(Xmm to, Xmm a, XmmSource b) {
    vex(P66, M0F38, 0, L128, 0x3D, to.number(), a.number(), b, 0);
  }

  final void vpmaxsd(Ymm to, Ymm a, YmmSource b) {
    vex(P66, M0F38, 0, L256, 0x3D, to.number(), a.number(), b, 0);
  }

  final void vpmulld(Ymm to, Ymm a, YmmSource b) {
    vex(P66, M0F38, 0, L256, 0x40, to.number(), a.number(), b, 0);
  }

  /// Unsigned bytes of `a` times signed bytes of `b`, added in pairs to words.
  final void vpmaddubsw(Ymm to, Ymm a, YmmSource b) {
    vex(P66, M0F38, 0, L256, 0x04, to.number(), a.number(), b, 0);
  }

  final void vpabsw(Ymm to, YmmSource from) {
    vex(P66, M0F38, 0, L256, 0x1D, to.number(), 0, from, 0);
  }

  final void vpsrlw(Xmm to, Xmm from, int count) {
    vex(P66, M0F, 0, L128, 0x71, 2, to.number(), from, 1);
    emit8(count);
  }

  final void vpsrlw(Ymm to, Ymm from, int count) {
    vex(P66, M0F, 0, L256, 0x71, 2, to.number(), from, 1);
    emit8(count);
  }

  final void vpsllw(Ymm to, Ymm from, int count) {
    vex(P66, M0F, 0, L256, 0x71, 6, to.number(), from, 1);
    emit8(count);
  }

  final void vpsraw(Ymm to, Ymm from, int count) {
    vex(P66, M0F, 0, L256, 0x71, 4, to.number(), from, 1);
    emit8(count);
  }

  final void vpsrld(Ymm to, Ymm from, int count) {
    vex(P66, M0F, 0, L256, 0x72, 2, to.number(), from, 1);
    emit8(count);
  }

  final void vpslld(Ymm to, Ymm from, int count) {
    vex(P66, M0F, 0, L256, 0x72, 6, to.number(), from, 1);
    emit8(count);
  }

  final void vpsrad(Ymm to, Ymm from, int count) {
    vex(P66, M0F, 0, L256, 0x72, 4, to.number(), from, 1);
    emit8(count);
  }

  final void vpmovsxbw(Ymm to, XmmSource from) {
    vex(P66, M0F38, 0, L256, 0x20, to.number(), 0, from, 0);
  }

  final void vpmovzxbw(Ymm to, XmmSource from) {
    vex(P66, M0F38, 0, L256, 0x30, to.number(), 0, from, 0);
  }

  final void vpmovsxwd(Ymm to, XmmSource from) {
    vex(P66, M0F38, 0, L256, 0x23, to.number(), 0, from, 0);
  }

  final void vpmovzxwd(Ymm to, XmmSource from) {
    vex(P66, M0F38, 0, L256, 0x33, to.number(), 0, from, 0);
  }

  final void vpmovsxbd(Ymm to, XmmSource from) {
    vex(P66, M0F38, 0, L256, 0x21, to.number(), 0, from, 0);
  }

  final void vpmovzxbd(Ymm to, XmmSource from) {
    vex(P66, M0F38, 0, L256, 0x31, to.number(), 0, from, 0);
  }

  final void vpmovzxdq(Ymm to, XmmSource from) {
    vex(P66, M0F38, 0, L256, 0x35, to.number(), 0, from, 0);
  }

  final void vpmovmskb(Gpr to, Ymm from) {
    vex(P66, M0F, 0, L256, 0xD7, to.number(), 0, from, 0);
  }

  /// Stores one byte.
  final void vpextrb(Mem to, Xmm from, int selection) {
    vex(P66, M0F3A, 0, L128, 0x14, from.number(), 0, to, 1);
    emit8(selection);
  }

  /// Stores one word.
  final void vpextrw(Mem to, Xmm from, int selection) {
    vex(P66, M0F3A, 0, L128, 0x15, from.number(), 0, to, 1);
    emit8(selection);
  }

  final void vextracti128(Xmm to, Ymm from, int selection) {
    vex(P66, M0F3A, 0, L256, 0x39, from.number(), 0, to, 1);
    emit8(selection);
  }

  final void vextracti128(Mem to, Ymm from, int selection) {
    vex(P66, M0F3A, 0, L256, 0x39, from.number(), 0, to, 1);
    emit8(selection);
  }

  final void vinserti128(Ymm to, Ymm a, XmmSource b, int selection) {
    vex(P66, M0F3A, 0, L256, 0x38, to.number(), a.number(), b, 1);
    emit8(selection);
  }

  final void vpshufd(Xmm to, XmmSource from, int selection) {
    vex(P66, M0F, 0, L128, 0x70, to.number(), 0, from, 1);
    emit8(selection);
  }

  final void vpermq(Ymm to, YmmSource from, int selection) {
    vex(P66, M0F3A, 1, L256, 0x00, to.number(), 0, from, 1);
    emit8(selection);
  }

  final void vperm2i128(Ymm to, Ymm a, YmmSource b, int selection) {
    vex(P66, M0F3A, 0, L256, 0x46, to.number(), a.number(), b, 1);
    emit8(selection);
  }

  final void vpshufd(Ymm to, YmmSource from, int selection) {
    vex(P66, M0F, 0, L256, 0x70, to.number(), 0, from, 1);
    emit8(selection);
  }

  /// Must come before code that knows nothing of 256-bit registers: before returning.
  final void vzeroupper() {
    emit8(0xC5);
    emit8(0xF8);
    emit8(0x77);
  }
}
