package dev.tern.kernel.x86;

/// The general-purpose instructions that kernels need, on 64-bit registers unless a name says
/// otherwise.
///
/// Operands stand in Intel's order: what is written comes first.
abstract class GeneralInstructions extends Encoder {
  final void mov(Gpr to, GprSource from) {
    binary(0x8B, to, from);
  }

  final void mov(Mem to, Gpr from) {
    rexW(0x89, from.number(), to, 0);
  }

  /// Loads a constant, in the shortest of three forms.
  final void mov(Gpr to, long value) {
    if (value >>> 32 == 0) {
      rex(0, 0, to, false);
      emit8(0xB8 | low(to.number()));
      emit32((int) value);
    } else if (value == (int) value) {
      rexW(0xC7, 0, to, 0);
      emit32((int) value);
    } else {
      rex(1, 0, to, false);
      emit8(0xB8 | low(to.number()));
      emit64(value);
    }
  }

  /// Loads 32 bits and clears the upper half.
  final void mov32(Gpr to, GprSource from) {
    switch (from) {
      case Gpr register -> mov32(0x89, register, to);
      case Mem mem -> mov32(0x8B, to, mem);
    }
  }

  /// Stores the lower half.
  final void mov32(Mem to, Gpr from) {
    mov32(0x89, from, to);
  }

  private void mov32(int opcode, Gpr register, GprSource rm) {
    rex(0, register.number(), rm, false);
    emit8(opcode);
    modRm(register.number(), rm, 1, 0);
  }

  /// Loads 16 bits and clears the rest.
  final void movzx16(Gpr to, GprSource from) {
    rex(0, to.number(), from, false);
    emit8(0x0F);
    emit8(0xB7);
    modRm(to.number(), from, 1, 0);
  }

  /// Loads 8 bits from memory and clears the rest.
  final void movzx8(Gpr to, Mem from) {
    rex(0, to.number(), from, false);
    emit8(0x0F);
    emit8(0xB6);
    modRm(to.number(), from, 1, 0);
  }

  final void lea(Gpr to, Mem address) {
    rexW(0x8D, to.number(), address, 0);
  }

  final void add(Gpr to, GprSource from) {
    binary(0x03, to, from);
  }

  final void add(Gpr to, int value) {
    arithmetic(0, to, value);
  }

  final void or(Gpr to, GprSource from) {
    binary(0x0B, to, from);
  }

  final void or(Gpr to, int value) {
    arithmetic(1, to, value);
  }

  final void and(Gpr to, GprSource from) {
    binary(0x23, to, from);
  }

  final void and(Gpr to, int value) {
    arithmetic(4, to, value);
  }

  final void sub(Gpr to, GprSource from) {
    binary(0x2B, to, from);
  }

  final void sub(Gpr to, int value) {
    arithmetic(5, to, value);
  }

  final void xor(Gpr to, GprSource from) {
    binary(0x33, to, from);
  }

  final void xor(Gpr to, int value) {
    arithmetic(6, to, value);
  }

  final void cmp(Gpr a, GprSource b) {
    binary(0x3B, a, b);
  }

  final void cmp(Gpr a, int value) {
    arithmetic(7, a, value);
  }

  /// Between two registers the form whose destination may be memory, as GNU `as` has it.
  private void binary(int opcode, Gpr to, GprSource from) {
    switch (from) {
      case Gpr register -> rexW(opcode - 2, register.number(), to, 0);
      case Mem mem -> rexW(opcode, to.number(), mem, 0);
    }
  }

  private void arithmetic(int operation, Gpr to, int value) {
    if (fitsByte(value)) {
      rexW(0x83, operation, to, 1);
      emit8(value);
    } else if (to == Gpr.RAX) {
      rex(1, 0, to, false);
      emit8(operation << 3 | 5);
      emit32(value);
    } else {
      rexW(0x81, operation, to, 4);
      emit32(value);
    }
  }

  final void test(Gpr a, Gpr b) {
    rexW(0x85, b.number(), a, 0);
  }

  final void inc(Gpr to) {
    rexW(0xFF, 0, to, 0);
  }

  final void dec(Gpr to) {
    rexW(0xFF, 1, to, 0);
  }

  final void imul(Gpr to, GprSource from) {
    rex(1, to.number(), from, false);
    emit8(0x0F);
    emit8(0xAF);
    modRm(to.number(), from, 1, 0);
  }

  /// Counts bits.
  final void popcnt(Gpr to, GprSource from) {
    emit8(0xF3);
    rex(1, to.number(), from, false);
    emit8(0x0F);
    emit8(0xB8);
    modRm(to.number(), from, 1, 0);
  }

  /// @param count 2 to 63
  final void shl(Gpr to, int count) {
    rexW(0xC1, 4, to, 1);
    emit8(count);
  }

  /// @param count 2 to 63
  final void shr(Gpr to, int count) {
    rexW(0xC1, 5, to, 1);
    emit8(count);
  }

  /// Shifts the lower half and clears the upper one.
  ///
  /// @param count 2 to 31
  final void shr32(Gpr to, int count) {
    rex(0, 5, to, false);
    emit8(0xC1);
    modRm(5, to, 1, 1);
    emit8(count);
  }

  final void push(Gpr from) {
    rex(0, 0, from, false);
    emit8(0x50 | low(from.number()));
  }

  final void pop(Gpr to) {
    rex(0, 0, to, false);
    emit8(0x58 | low(to.number()));
  }

  final void ret() {
    emit8(0xC3);
  }

  final void jmp(Label target) {
    jump(0xEB, 0xE9, false, target);
  }

  /// Jumps if unsigned less.
  final void jb(Label target) {
    jump(0x72, 0x82, true, target);
  }

  /// Jumps if unsigned not less.
  final void jae(Label target) {
    jump(0x73, 0x83, true, target);
  }

  /// Jumps if equal, or zero.
  final void je(Label target) {
    jump(0x74, 0x84, true, target);
  }

  /// Jumps if not equal, or not zero.
  final void jne(Label target) {
    jump(0x75, 0x85, true, target);
  }

  /// Jumps if unsigned not greater.
  final void jbe(Label target) {
    jump(0x76, 0x86, true, target);
  }

  /// Jumps if unsigned greater.
  final void ja(Label target) {
    jump(0x77, 0x87, true, target);
  }

  /// Jumps if signed less.
  final void jl(Label target) {
    jump(0x7C, 0x8C, true, target);
  }

  /// Jumps if signed not less.
  final void jge(Label target) {
    jump(0x7D, 0x8D, true, target);
  }

  /// Jumps if signed not greater.
  final void jle(Label target) {
    jump(0x7E, 0x8E, true, target);
  }

  /// Jumps if signed greater.
  final void jg(Label target) {
    jump(0x7F, 0x8F, true, target);
  }

  /// Brings a cache line near; never faults.
  final void prefetcht0(Mem address) {
    prefetch(1, address);
  }

  /// Brings a cache line near, to be used once; never faults.
  final void prefetchnta(Mem address) {
    prefetch(0, address);
  }

  private void prefetch(int hint, Mem address) {
    rex(0, hint, address, false);
    emit8(0x0F);
    emit8(0x18);
    modRm(hint, address, 1, 0);
  }

  /// Asks the processor what it is: leaf in eax, subleaf in ecx; answers in eax, ebx, ecx and edx.
  final void cpuid() {
    emit8(0x0F);
    emit8(0xA2);
  }

  /// Reads which registers the operating system saves: register number in ecx, answer in edx:eax.
  final void xgetbv() {
    emit8(0x0F);
    emit8(0x01);
    emit8(0xD0);
  }
}
