package dev.tern.kernel.x86;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/// A function in machine code with four pointers as arguments, under any calling convention.
///
/// Three numbers follow them, in bytes, which the first three pointers are moved by before the body
/// begins: so that its caller can pass the whole of some memory, and a place in it, as one pointer.
///
/// Subclasses write [#body], which finds the arguments in [#A], [#B], [#C] and [#P] and may use
/// every other register but `rsp` and `rbp` as it likes. By custom A, B and C are what is read and
/// written, and P points to a block of 64-bit parameters: sizes, strides, bounds.
abstract class Routine extends Assembler {
  /// The first pointer.
  static final Gpr A = Gpr.RDI;

  /// The second pointer.
  static final Gpr B = Gpr.RSI;

  /// The third pointer.
  static final Gpr C = Gpr.RDX;

  /// The fourth pointer: the parameters.
  static final Gpr P = Gpr.RCX;

  private static final List<Gpr> PRESERVED = List.of(Gpr.RBX, Gpr.R12, Gpr.R13, Gpr.R14, Gpr.R15);
  private static final int STACK_ALIGNMENT = 64;
  private static final int XMM_BYTES = 16;

  /// Writes the function's instructions between its entry and its return.
  abstract void body();

  /// {@return how many bytes of memory at [#local] the body needs}
  int localBytes() {
    return 0;
  }

  /// {@return a place in the function's own memory, which starts at a multiple of 64}
  ///
  /// @param offset in bytes
  final Mem local(int offset) {
    return Mem.at(Gpr.RSP, offset);
  }

  /// {@return a parameter}
  ///
  /// @param index of 64-bit words in the block
  static Mem parameter(int index) {
    return Mem.at(P, index * Long.BYTES);
  }

  /// Sets a parameter, from Java.
  static void setParameter(MemorySegment parameters, int index, long value) {
    parameters.setAtIndex(ValueLayout.JAVA_LONG, index, value);
  }

  /// Adds 32 strided lanes pairwise, in the order of `ScalarKernels.sumPairwise`; changes all
  /// registers.
  ///
  /// @param sums four registers; the lowest lane of the first receives the sum
  final void sumPairwise(List<Ymm> sums, Xmm temporary) {
    Ymm all = sums.getFirst();
    vaddps(all, all, sums.get(2));
    vaddps(sums.get(1), sums.get(1), sums.get(3));
    vaddps(all, all, sums.get(1));
    Xmm sum = all.low();
    vextractf128(temporary, all, 1);
    vaddps(sum, sum, temporary);
    vmovhlps(temporary, sum, sum);
    vaddps(sum, sum, temporary);
    vmovshdup(temporary, sum);
    vaddss(sum, sum, temporary);
  }

  /// Finds the largest of 8 signed lanes; the lowest lane receives it.
  final void largestLane(Ymm lanes, Xmm temporary) {
    Xmm most = lanes.low();
    vextracti128(temporary, lanes, 1);
    vpmaxsd(most, most, temporary);
    vpshufd(temporary, most, 0b01_00_11_10);
    vpmaxsd(most, most, temporary);
    vpshufd(temporary, most, 0b10_11_00_01);
    vpmaxsd(most, most, temporary);
  }

  /// {@return the whole function as machine code}
  ///
  /// @param convention of the caller
  final byte[] assemble(CallingConvention convention) {
    List<Gpr> preserved = new ArrayList<>(PRESERVED);
    preserved.addAll(convention.alsoPreserved());
    List<Xmm> vectors = convention.preservedVectors();
    int locals = roundUp(localBytes());

    push(Gpr.RBP);
    mov(Gpr.RBP, Gpr.RSP);
    preserved.forEach(this::push);
    and(Gpr.RSP, -STACK_ALIGNMENT);
    sub(Gpr.RSP, locals + roundUp(vectors.size() * XMM_BYTES));
    for (int i = 0; i < vectors.size(); i++) {
      vmovdqu(local(locals + i * XMM_BYTES), vectors.get(i));
    }
    moveArguments(convention.arguments());
    addOffsets(convention.offsets());

    body();

    vzeroupper();
    for (int i = 0; i < vectors.size(); i++) {
      vmovdqu(vectors.get(i), local(locals + i * XMM_BYTES));
    }
    lea(Gpr.RSP, Mem.at(Gpr.RBP, -preserved.size() * Long.BYTES));
    preserved.reversed().forEach(this::pop);
    pop(Gpr.RBP);
    ret();
    constants();
    return code();
  }

  /// Writes constants that the body refers to by labels.
  void constants() {}

  /// In this order no argument is overwritten before it has been moved, under either convention.
  private void moveArguments(List<Gpr> arguments) {
    List<Gpr> own = List.of(A, B, C, P);
    for (int i = 0; i < own.size(); i++) {
      if (own.get(i) != arguments.get(i)) {
        mov(own.get(i), arguments.get(i));
      }
    }
  }

  private void addOffsets(List<GprSource> offsets) {
    add(A, offsets.get(0));
    add(B, offsets.get(1));
    add(C, offsets.get(2));
  }

  private static int roundUp(int bytes) {
    return (bytes + STACK_ALIGNMENT - 1) / STACK_ALIGNMENT * STACK_ALIGNMENT;
  }
}
