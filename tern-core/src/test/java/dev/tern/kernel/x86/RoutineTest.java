package dev.tern.kernel.x86;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Functions in machine code get their arguments and keep what their caller relies on.
class RoutineTest {
  private static final int WORDS = 64;

  @BeforeEach
  void needsThisArchitecture() {
    assumeTrue(CpuFeatures.isArchitecture(), "machine code is for x86-64");
  }

  /// Adds the first words of A, B and P into C's, and spoils every register that it may.
  private static final class Adds extends Routine {
    @Override
    int localBytes() {
      return 64;
    }

    @Override
    void body() {
      mov(Gpr.RAX, Mem.at(A));
      add(Gpr.RAX, Mem.at(B));
      add(Gpr.RAX, parameter(0));
      mov(Mem.at(C), Gpr.RAX);
      mov(local(0), Gpr.RAX);
      vpbroadcastd(Ymm.YMM0, Mem.at(C));
      for (Ymm register : Ymm.values()) {
        vpaddd(register, Ymm.YMM0, Ymm.YMM0);
      }
      for (Gpr register : Gpr.values()) {
        if (register != Gpr.RSP && register != Gpr.RBP) {
          mov(register, -1L);
        }
      }
    }
  }

  @Test
  void passesFourPointers() throws UnavailableException {
    NativeCode.Function adds = NativeCode.load(List.of(new Adds())).getFirst();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment words = arena.allocateFrom(ValueLayout.JAVA_LONG, 1, 20, 300, 4_000);
      adds.call(words, words.asSlice(8), words.asSlice(16), words.asSlice(24));
      assertEquals(4_021, words.getAtIndex(ValueLayout.JAVA_LONG, 2));
    }
  }

  @Test
  void movesPointersToPlacesWithinTheirSegments() throws UnavailableException {
    NativeCode.Function adds = NativeCode.load(List.of(new Adds())).getFirst();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment words = arena.allocateFrom(ValueLayout.JAVA_LONG, 1, 20, 300, 4_000);
      MemorySegment parameter = arena.allocateFrom(ValueLayout.JAVA_LONG, 50_000);
      adds.call(words, 8, 8, words, 24, 8, words, 16, 8, parameter);
      assertEquals(54_020, words.getAtIndex(ValueLayout.JAVA_LONG, 2));
      assertEquals(1, words.getAtIndex(ValueLayout.JAVA_LONG, 0));
    }
  }

  @Test
  void refusesRangesThatLeaveTheirSegments() throws UnavailableException {
    NativeCode.Function adds = NativeCode.load(List.of(new Adds())).getFirst();
    MemorySegment words = Arena.ofAuto().allocate(32, 8);
    for (long[] range : new long[][] {{32, 8}, {25, 8}, {-8, 8}, {0, -1}, {8, Long.MAX_VALUE}}) {
      long at = range[0];
      long bytes = range[1];
      assertThrows(
          IndexOutOfBoundsException.class,
          () -> adds.call(words, at, bytes, words, 0, 8, words, 0, 8, words));
      assertThrows(
          IndexOutOfBoundsException.class,
          () -> adds.call(words, 0, 8, words, at, bytes, words, 0, 8, words));
      assertThrows(
          IndexOutOfBoundsException.class,
          () -> adds.call(words, 0, 8, words, 0, 8, words, at, bytes, words));
    }
  }

  /// Calls a function of the other convention, whose address is P's first word, with C as all four
  /// arguments, moved by P's next three words; stores what is then in the registers that Windows
  /// preserves.
  private static final class CallsWindows extends Routine {
    private static final List<Xmm> KEPT = CallingConvention.WINDOWS.preservedVectors();
    private static final int SHADOW_BYTES = 32;
    private static final int STACK_BYTES = 64;

    @Override
    int localBytes() {
      return 128;
    }

    @Override
    void body() {
      mov(local(64), B);
      mov(local(72), P);
      for (int i = 0; i < KEPT.size(); i++) {
        vmovdqu(KEPT.get(i), Mem.at(A, i * 16));
      }
      mov(Gpr.RAX, parameter(0));
      mov(Gpr.RCX, C);
      mov(Gpr.R8, C);
      mov(Gpr.R9, C);
      mov(Gpr.RSI, 1_234L);
      mov(Gpr.RDI, 5_678L);
      mov(Gpr.R12, 91L);
      sub(Gpr.RSP, STACK_BYTES);
      mov(Gpr.R10, local(72 + STACK_BYTES));
      for (int i = 0; i < 3; i++) {
        mov(Gpr.R11, Mem.at(Gpr.R10, (1 + i) * Long.BYTES));
        mov(local(SHADOW_BYTES + i * Long.BYTES), Gpr.R11);
      }
      emit8(0xFF); // call rax
      emit8(0xD0);
      add(Gpr.RSP, STACK_BYTES);
      add(Gpr.RSI, Gpr.RDI);
      add(Gpr.RSI, Gpr.R12);
      mov(Gpr.RDX, local(64));
      mov(Mem.at(Gpr.RDX), Gpr.RSI);
      for (int i = 0; i < KEPT.size(); i++) {
        vmovdqu(Mem.at(Gpr.RDX, 16 + i * 16), KEPT.get(i));
      }
    }
  }

  @Test
  void keepsWhatWindowsWantsKept() throws UnavailableException {
    assumeTrue(!CallingConvention.isWindows(), "the caller is written for the other convention");
    MemorySegment adds = ExecutableMemory.of(new Adds().assemble(CallingConvention.WINDOWS));
    NativeCode.Function caller = NativeCode.load(List.of(new CallsWindows())).getFirst();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment vectors = arena.allocate(ValueLayout.JAVA_LONG, WORDS);
      for (int i = 0; i < WORDS; i++) {
        vectors.setAtIndex(ValueLayout.JAVA_LONG, i, 7L * i + 1);
      }
      MemorySegment kept = arena.allocate(ValueLayout.JAVA_LONG, WORDS);
      MemorySegment sum = arena.allocateFrom(ValueLayout.JAVA_LONG, 11, 20, 0);
      MemorySegment target =
          arena.allocateFrom(ValueLayout.JAVA_LONG, adds.address(), Long.BYTES, 0, 2 * Long.BYTES);
      caller.call(vectors, kept, sum, target);
      assertEquals(20 + 11 + 11, sum.getAtIndex(ValueLayout.JAVA_LONG, 2));
      assertEquals(1_234 + 5_678 + 91, kept.get(ValueLayout.JAVA_LONG, 0));
      assertEquals(-1, kept.asSlice(16, 160).mismatch(vectors.asSlice(0, 160)));
    }
  }

  @Test
  void refusesFreedMemory() throws UnavailableException {
    NativeCode.Function adds = NativeCode.load(List.of(new Adds())).getFirst();
    Arena gone = Arena.ofShared();
    MemorySegment freed = gone.allocate(8);
    gone.close();
    MemorySegment valid = Arena.ofAuto().allocate(64, 8);
    assertThrows(IllegalStateException.class, () -> adds.call(freed, valid, valid, valid));
    assertThrows(
        IllegalStateException.class,
        () -> adds.call(valid, 8, 8, freed, 0, 8, valid, 16, 8, valid));
  }
}
