package dev.tern.kernel.x86;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Turns opcodes and operands into bytes: prefixes (REX, VEX, EVEX), ModRM, SIB, displacements.
///
/// Chooses the shortest form of a displacement and of a VEX prefix, as GNU `as` does. Source: Intel
/// 64 and IA-32 Architectures Software Developer's Manual, volume 2, chapter 2.
abstract class Encoder {
  /// The `pp` field of VEX and EVEX: which of the old prefixes it stands for.
  static final int NO_PREFIX = 0;

  static final int P66 = 1;
  static final int PF3 = 2;
  static final int PF2 = 3;

  /// The `mmm` field of VEX and EVEX: which escape bytes it stands for.
  static final int M0F = 1;

  static final int M0F38 = 2;
  static final int M0F3A = 3;

  static final int L128 = 0;
  static final int L256 = 1;
  static final int L512 = 2;

  private static final int MOD_REGISTER = 3;
  private static final int RM_SIB = 4;
  private static final int RM_RIP = 5;

  private byte[] code = new byte[1024];
  private int size;
  private final List<Label> labels = new ArrayList<>();

  /// {@return the number of bytes so far}
  final int size() {
    return size;
  }

  /// {@return the machine code}
  ///
  /// @throws IllegalStateException if a label was used but never bound
  final byte[] code() {
    for (Label label : labels) {
      for (Label.Fixup fixup : label.fixups()) {
        patch(fixup.at(), label.position() - fixup.end());
      }
    }
    return Arrays.copyOf(code, size);
  }

  private void patch(int at, int value) {
    for (int i = 0; i < Integer.BYTES; i++) {
      code[at + i] = (byte) (value >> (8 * i));
    }
  }

  /// {@return a label that is not bound yet}
  final Label newLabel() {
    Label label = new Label();
    labels.add(label);
    return label;
  }

  /// Lets a label mean the next instruction.
  final void bind(Label label) {
    label.bind(size);
  }

  /// {@return a label that means the next instruction}
  final Label here() {
    Label label = newLabel();
    bind(label);
    return label;
  }

  final void emit8(int value) {
    if (size == code.length) {
      code = Arrays.copyOf(code, 2 * size);
    }
    code[size++] = (byte) value;
  }

  final void emit32(int value) {
    for (int i = 0; i < Integer.BYTES; i++) {
      emit8(value >> (8 * i));
    }
  }

  final void emit64(long value) {
    emit32((int) value);
    emit32((int) (value >>> 32));
  }

  static boolean fitsByte(int value) {
    return value == (byte) value;
  }

  /// A jump: the short form where the target is known to be near, which it is at the end of a loop.
  final void jump(int shortOpcode, int nearOpcode, boolean escaped, Label target) {
    int shortDistance = target.isBound() ? target.position() - (size + 2) : Integer.MAX_VALUE;
    if (fitsByte(shortDistance)) {
      emit8(shortOpcode);
      emit8(shortDistance);
      return;
    }
    if (escaped) {
      emit8(0x0F);
    }
    emit8(nearOpcode);
    distance(target, 0);
  }

  private void distance(Label target, int bytesAfter) {
    target.await(size, size + Integer.BYTES + bytesAfter);
    emit32(0);
  }

  /// An instruction on 64-bit registers or memory.
  final void rexW(int opcode, int reg, Operand rm, int immediateBytes) {
    rex(1, reg, rm, false);
    emit8(opcode);
    modRm(reg, rm, 1, immediateBytes);
  }

  /// A REX prefix, left out where it would say nothing.
  final void rex(int w, int reg, Operand rm, boolean always) {
    int value = 0x40 | w << 3 | high(reg) << 2 | high(indexOf(rm)) << 1 | high(baseOf(rm));
    if (value != 0x40 || always) {
      emit8(value);
    }
  }

  /// An instruction with a VEX prefix.
  final void vex(
      int pp,
      int map,
      int w,
      int length,
      int opcode,
      int reg,
      int second,
      Operand rm,
      int immediateBytes) {
    int r = 1 - high(reg);
    int x = 1 - high(indexOf(rm));
    int b = 1 - high(baseOf(rm));
    int vvvv = ~second & 15;
    if (x == 1 && b == 1 && w == 0 && map == M0F) {
      emit8(0xC5);
      emit8(r << 7 | vvvv << 3 | length << 2 | pp);
    } else {
      emit8(0xC4);
      emit8(r << 7 | x << 6 | b << 5 | map);
      emit8(w << 7 | vvvv << 3 | length << 2 | pp);
    }
    emit8(opcode);
    modRm(reg, rm, 1, immediateBytes);
  }

  /// An instruction with an EVEX prefix, without masks, broadcasts and rounding.
  ///
  /// @param memoryBytes how much an operand in memory has: the unit of short displacements
  final void evex(
      int pp,
      int map,
      int w,
      int length,
      int opcode,
      int reg,
      int second,
      Operand rm,
      int memoryBytes,
      int immediateBytes) {
    int r = 1 - high(reg);
    int r2 = 1 - (reg >> 4);
    int x = 1 - (rm instanceof Register register ? register.number() >> 4 : high(indexOf(rm)));
    int b = 1 - high(baseOf(rm));
    int vvvv = ~second & 15;
    int v2 = 1 - (second >> 4);
    emit8(0x62);
    emit8(r << 7 | x << 6 | b << 5 | r2 << 4 | map);
    emit8(w << 7 | vvvv << 3 | 1 << 2 | pp);
    emit8(length << 5 | v2 << 3);
    emit8(opcode);
    modRm(reg, rm, memoryBytes, immediateBytes);
  }

  /// {@return the part of a register's number that stands in ModRM, SIB or the opcode}
  static int low(int number) {
    return number & 7;
  }

  /// {@return the part of a register's number that stands in a prefix}
  private static int high(int number) {
    return number >> 3 & 1;
  }

  private static int baseOf(Operand rm) {
    return rm instanceof Register register ? register.number() : numberOf(((Mem) rm).base());
  }

  private static int indexOf(Operand rm) {
    return rm instanceof Mem mem ? numberOf(mem.index()) : 0;
  }

  private static int numberOf(@Nullable Gpr register) {
    return register == null ? 0 : register.number();
  }

  final void modRm(int reg, Operand rm, int memoryBytes, int immediateBytes) {
    switch (rm) {
      case Register register -> emit8(MOD_REGISTER << 6 | low(reg) << 3 | low(register.number()));
      case Mem mem -> modRm(reg, mem, memoryBytes, immediateBytes);
    }
  }

  private void modRm(int reg, Mem mem, int memoryBytes, int immediateBytes) {
    Gpr base = mem.base();
    if (base == null) {
      emit8(low(reg) << 3 | RM_RIP);
      distance(labelOf(mem), immediateBytes);
      return;
    }
    int displacement = mem.displacement();
    boolean isShort = displacement % memoryBytes == 0 && fitsByte(displacement / memoryBytes);
    // rbp and r13 without displacement would mean something else.
    int mod = displacement == 0 && low(base.number()) != RM_RIP ? 0 : isShort ? 1 : 2;
    Gpr index = mem.index();
    boolean sib = index != null || low(base.number()) == RM_SIB;
    emit8(mod << 6 | low(reg) << 3 | (sib ? RM_SIB : low(base.number())));
    if (sib) {
      int indexBits = index == null ? RM_SIB : low(index.number());
      emit8(Integer.numberOfTrailingZeros(mem.scale()) << 6 | indexBits << 3 | low(base.number()));
    }
    if (mod == 1) {
      emit8(displacement / memoryBytes);
    } else if (mod == 2) {
      emit32(displacement);
    }
  }

  private static Label labelOf(Mem mem) {
    Label label = mem.label();
    if (label == null || mem.displacement() != 0) {
      throw new IllegalArgumentException("neither a base nor a plain label: " + mem);
    }
    return label;
  }
}
