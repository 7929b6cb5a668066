package dev.tern.kernel.x86;

/// A small assembler for x86-64: every instruction that the kernels use, as a method of its name.
///
/// Subclasses write listings: `vpaddw(sum, sum, product);`. What is here and in the classes that
/// this one extends is the part of the instruction set that Tern needs, no more: general
/// instructions, AVX2, FMA, F16C, and here AVX-VNNI and AVX-512. The latter can be overridden, to
/// try listings on processors that lack them. Not synchronized.
class Assembler extends FloatVectorInstructions {
  /// Unsigned bytes of `a` times signed bytes of `b`, four products added to each 32-bit lane, with
  /// the VEX encoding of AVX-VNNI.
  void vpdpbusd(Ymm to, Ymm a, YmmSource b) {
    vex(P66, M0F38, 0, L256, 0x50, to.number(), a.number(), b, 0);
  }

  /// As [#vpdpbusd(Ymm, Ymm, YmmSource)] on 512 bits, with the EVEX encoding of AVX-512 VNNI.
  void vpdpbusd(Zmm to, Zmm a, ZmmSource b) {
    evex(P66, M0F38, 0, L512, 0x50, to.number(), a.number(), b, 64, 0);
  }

  /// Products of signed words, two added to each 32-bit lane.
  void vpdpwssd(Zmm to, Zmm a, ZmmSource b) {
    evex(P66, M0F38, 0, L512, 0x52, to.number(), a.number(), b, 64, 0);
  }

  void vpmovsxbw(Zmm to, YmmSource from) {
    evex(P66, M0F38, 0, L512, 0x20, to.number(), 0, from, 32, 0);
  }

  void vmovdqu32(Zmm to, Mem from) {
    evex(PF3, M0F, 0, L512, 0x6F, to.number(), 0, from, 64, 0);
  }

  void vmovdqu32(Mem to, Zmm from) {
    evex(PF3, M0F, 0, L512, 0x7F, from.number(), 0, to, 64, 0);
  }

  void vpbroadcastd(Zmm to, Gpr from) {
    evex(P66, M0F38, 0, L512, 0x7C, to.number(), 0, from, 4, 0);
  }

  void vpandd(Zmm to, Zmm a, ZmmSource b) {
    evex(P66, M0F, 0, L512, 0xDB, to.number(), a.number(), b, 64, 0);
  }

  void vpxord(Zmm to, Zmm a, ZmmSource b) {
    evex(P66, M0F, 0, L512, 0xEF, to.number(), a.number(), b, 64, 0);
  }

  void vpord(Zmm to, Zmm a, ZmmSource b) {
    evex(P66, M0F, 0, L512, 0xEB, to.number(), a.number(), b, 64, 0);
  }

  void vpaddd(Zmm to, Zmm a, ZmmSource b) {
    evex(P66, M0F, 0, L512, 0xFE, to.number(), a.number(), b, 64, 0);
  }

  void vpsrlw(Zmm to, ZmmSource from, int count) {
    evex(P66, M0F, 0, L512, 0x71, 2, to.number(), from, 64, 1);
    emit8(count);
  }

  void vinserti64x4(Zmm to, Zmm a, YmmSource b, int selection) {
    evex(P66, M0F3A, 1, L512, 0x3A, to.number(), a.number(), b, 32, 1);
    emit8(selection);
  }

  void vextracti64x4(Ymm to, Zmm from, int selection) {
    evex(P66, M0F3A, 1, L512, 0x3B, from.number(), 0, to, 32, 1);
    emit8(selection);
  }
}
