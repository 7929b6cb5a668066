package dev.tern.kernel.x86;

/// AVX, FMA and F16C instructions on vectors of floats.
///
/// Operands stand in Intel's order: what is written comes first.
abstract class FloatVectorInstructions extends IntegerVectorInstructions {
  final void vmovups(Xmm to, Mem from) {
    vex(NO_PREFIX, M0F, 0, L128, 0x10, to.number(), 0, from, 0);
  }

  final void vmovups(Ymm to, Mem from) {
    vex(NO_PREFIX, M0F, 0, L256, 0x10, to.number(), 0, from, 0);
  }

  final void vmovups(Mem to, Xmm from) {
    vex(NO_PREFIX, M0F, 0, L128, 0x11, from.number(), 0, to, 0);
  }

  final void vmovups(Mem to, Ymm from) {
    vex(NO_PREFIX, M0F, 0, L256, 0x11, from.number(), 0, to, 0);
  }

  /// Loads what `mask` has the sign bit set for and clears the rest, which is not touched.
  final void vmaskmovps(Ymm to, Ymm mask, Mem from) {
    vex(P66, M0F38, 0, L256, 0x2C, to.number(), mask.number(), from, 0);
  }

  /// Stores what `mask` has the sign bit set for; the rest of memory is not touched.
  final void vmaskmovps(Mem to, Ymm mask, Ymm from) {
    vex(P66, M0F38, 0, L256, 0x2E, from.number(), mask.number(), to, 0);
  }

  /// Stores the lowest double.
  final void vmovsd(Mem to, Xmm from) {
    vex(PF2, M0F, 0, L128, 0x11, from.number(), 0, to, 0);
  }

  /// Loads one float and clears the rest.
  final void vmovss(Xmm to, Mem from) {
    vex(PF3, M0F, 0, L128, 0x10, to.number(), 0, from, 0);
  }

  /// Takes the upper half of `b` and that of `a`, in this order.
  final void vmovhlps(Xmm to, Xmm a, Xmm b) {
    vex(NO_PREFIX, M0F, 0, L128, 0x12, to.number(), a.number(), b, 0);
  }

  /// Doubles the second and the fourth float.
  final void vmovshdup(Xmm to, XmmSource from) {
    vex(PF3, M0F, 0, L128, 0x16, to.number(), 0, from, 0);
  }

  /// Stores the lowest float.
  final void vmovss(Mem to, Xmm from) {
    vex(PF3, M0F, 0, L128, 0x11, from.number(), 0, to, 0);
  }

  final void vbroadcastss(Ymm to, XmmSource from) {
    vex(P66, M0F38, 0, L256, 0x18, to.number(), 0, from, 0);
  }

  final void vbroadcastf128(Ymm to, Mem from) {
    vex(P66, M0F38, 0, L256, 0x1A, to.number(), 0, from, 0);
  }

  final void vbroadcastsd(Ymm to, XmmSource from) {
    vex(P66, M0F38, 0, L256, 0x19, to.number(), 0, from, 0);
  }

  final void vaddps(Xmm to, Xmm a, XmmSource b) {
    vex(NO_PREFIX, M0F, 0, L128, 0x58, to.number(), a.number(), b, 0);
  }

  final void vaddps(Ymm to, Ymm a, YmmSource b) {
    vex(NO_PREFIX, M0F, 0, L256, 0x58, to.number(), a.number(), b, 0);
  }

  final void vmulps(Xmm to, Xmm a, XmmSource b) {
    vex(NO_PREFIX, M0F, 0, L128, 0x59, to.number(), a.number(), b, 0);
  }

  final void vmulps(Ymm to, Ymm a, YmmSource b) {
    vex(NO_PREFIX, M0F, 0, L256, 0x59, to.number(), a.number(), b, 0);
  }

  final void vsubps(Ymm to, Ymm a, YmmSource b) {
    vex(NO_PREFIX, M0F, 0, L256, 0x5C, to.number(), a.number(), b, 0);
  }

  final void vdivps(Ymm to, Ymm a, YmmSource b) {
    vex(NO_PREFIX, M0F, 0, L256, 0x5E, to.number(), a.number(), b, 0);
  }

  final void vminps(Ymm to, Ymm a, YmmSource b) {
    vex(NO_PREFIX, M0F, 0, L256, 0x5D, to.number(), a.number(), b, 0);
  }

  final void vmaxps(Ymm to, Ymm a, YmmSource b) {
    vex(NO_PREFIX, M0F, 0, L256, 0x5F, to.number(), a.number(), b, 0);
  }

  final void vandps(Ymm to, Ymm a, YmmSource b) {
    vex(NO_PREFIX, M0F, 0, L256, 0x54, to.number(), a.number(), b, 0);
  }

  final void vxorps(Ymm to, Ymm a, YmmSource b) {
    vex(NO_PREFIX, M0F, 0, L256, 0x57, to.number(), a.number(), b, 0);
  }

  final void vaddpd(Xmm to, Xmm a, XmmSource b) {
    vex(P66, M0F, 0, L128, 0x58, to.number(), a.number(), b, 0);
  }

  final void vaddpd(Ymm to, Ymm a, YmmSource b) {
    vex(P66, M0F, 0, L256, 0x58, to.number(), a.number(), b, 0);
  }

  final void vmulpd(Ymm to, Ymm a, YmmSource b) {
    vex(P66, M0F, 0, L256, 0x59, to.number(), a.number(), b, 0);
  }

  final void vaddsd(Xmm to, Xmm a, XmmSource b) {
    vex(PF2, M0F, 0, L128, 0x58, to.number(), a.number(), b, 0);
  }

  /// Subtracts the first, third, ... float of `b` and adds the others.
  final void vaddsubps(Ymm to, Ymm a, YmmSource b) {
    vex(PF2, M0F, 0, L256, 0xD0, to.number(), a.number(), b, 0);
  }

  /// Doubles the first, third, ... float.
  final void vmovsldup(Ymm to, YmmSource from) {
    vex(PF3, M0F, 0, L256, 0x12, to.number(), 0, from, 0);
  }

  final void vpermilps(Ymm to, YmmSource from, int selection) {
    vex(P66, M0F3A, 0, L256, 0x04, to.number(), 0, from, 1);
    emit8(selection);
  }

  final void vmaxps(Xmm to, Xmm a, XmmSource b) {
    vex(NO_PREFIX, M0F, 0, L128, 0x5F, to.number(), a.number(), b, 0);
  }

  final void vaddss(Xmm to, Xmm a, XmmSource b) {
    vex(PF3, M0F, 0, L128, 0x58, to.number(), a.number(), b, 0);
  }

  final void vmulss(Xmm to, Xmm a, XmmSource b) {
    vex(PF3, M0F, 0, L128, 0x59, to.number(), a.number(), b, 0);
  }

  final void vdivss(Xmm to, Xmm a, XmmSource b) {
    vex(PF3, M0F, 0, L128, 0x5E, to.number(), a.number(), b, 0);
  }

  /// `to = a * b + to`, rounded once.
  final void vfmadd231ps(Ymm to, Ymm a, YmmSource b) {
    vex(P66, M0F38, 0, L256, 0xB8, to.number(), a.number(), b, 0);
  }

  /// `to = a * to + b`, rounded once.
  final void vfmadd213ps(Ymm to, Ymm a, YmmSource b) {
    vex(P66, M0F38, 0, L256, 0xA8, to.number(), a.number(), b, 0);
  }

  /// `to = a * b + to` of the lowest float, rounded once.
  final void vfmadd231ss(Xmm to, Xmm a, XmmSource b) {
    vex(P66, M0F38, 0, L128, 0xB9, to.number(), a.number(), b, 0);
  }

  final void vcvtdq2ps(Ymm to, YmmSource from) {
    vex(NO_PREFIX, M0F, 0, L256, 0x5B, to.number(), 0, from, 0);
  }

  /// Rounds to the nearest integer, ties to even.
  final void vcvtps2dq(Ymm to, YmmSource from) {
    vex(P66, M0F, 0, L256, 0x5B, to.number(), 0, from, 0);
  }

  final void vcvtph2ps(Ymm to, XmmSource from) {
    vex(P66, M0F38, 0, L256, 0x13, to.number(), 0, from, 0);
  }

  final void vcvtps2pd(Ymm to, XmmSource from) {
    vex(NO_PREFIX, M0F, 0, L256, 0x5A, to.number(), 0, from, 0);
  }

  final void vcmpps(Ymm to, Ymm a, YmmSource b, int selection) {
    vex(NO_PREFIX, M0F, 0, L256, 0xC2, to.number(), a.number(), b, 1);
    emit8(selection);
  }

  /// Stores one float. Collects the signs of all lanes, the first one in the lowest bit.
  final void vmovmskps(Gpr to, Ymm from) {
    vex(NO_PREFIX, M0F, 0, L256, 0x50, to.number(), 0, from, 0);
  }

  final void vextractps(Mem to, Xmm from, int selection) {
    vex(P66, M0F3A, 0, L128, 0x17, from.number(), 0, to, 1);
    emit8(selection);
  }

  final void vextractf128(Xmm to, Ymm from, int selection) {
    vex(P66, M0F3A, 0, L256, 0x19, from.number(), 0, to, 1);
    emit8(selection);
  }

  final void vcvtps2ph(Xmm to, Ymm from, int selection) {
    vex(P66, M0F3A, 0, L256, 0x1D, from.number(), 0, to, 1);
    emit8(selection);
  }

  final void vcvtps2ph(Mem to, Ymm from, int selection) {
    vex(P66, M0F3A, 0, L256, 0x1D, from.number(), 0, to, 1);
    emit8(selection);
  }

  /// Takes from `b` what `mask` has the sign bit set for, from `a` the rest.
  final void vblendvps(Ymm to, Ymm a, YmmSource b, Ymm mask) {
    vex(P66, M0F3A, 0, L256, 0x4A, to.number(), a.number(), b, 1);
    emit8(mask.number() << 4);
  }
}
