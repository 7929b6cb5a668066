package dev.tern.grammar;

import java.util.Arrays;
import java.util.BitSet;
import java.util.List;

/// Rules as instructions over bytes, for [Automaton] to follow on many paths at once.
///
/// Each path has a place in the program and a stack of numbers: where rules return to, and how
/// often repetitions have run. So a repetition takes as much room however often it may run.
final class Program {
  /// What an instruction does; `a`, `b` and `c` are its numbers.
  enum Operation {
    /// Reads a byte of the set `a`, and goes on.
    READ,
    /// Goes on, and to `a`.
    SPLIT,
    /// Goes to `a`.
    JUMP,
    /// Puts the next place on the stack and goes to `a`.
    CALL,
    /// Goes to the place on the stack, or ends where there is none.
    RETURN,
    /// Puts a zero on the stack.
    COUNT,
    /// Counts one more round on the stack and goes on, unless that would be more than `b`; and,
    /// from `a` rounds on, takes the number away and goes to `c`.
    ROUND,
    /// Ends this path.
    FAIL
  }

  /// A reference and three numbers.
  private static final int INSTRUCTION_BYTES = Long.BYTES + 3 * Integer.BYTES;

  /// A bit for each byte, and the objects around them.
  private static final int SET_BYTES = 256 / Byte.SIZE + 64;

  private final Operation[] operations;
  private final int[] a;
  private final int[] b;
  private final int[] c;
  private final List<BitSet> sets;

  /// For each byte a number; bytes that no set tells apart have the same.
  private final int[] classes = new int[256];

  private final int[] octetOfClass;

  /// Takes arrays that nobody changes any more.
  Program(Operation[] operations, int[] a, int[] b, int[] c, List<BitSet> sets) {
    this.operations = operations;
    this.a = a;
    this.b = b;
    this.c = c;
    this.sets = List.copyOf(sets);
    this.octetOfClass = classify();
  }

  private int[] classify() {
    boolean[] cut = new boolean[257];
    for (BitSet set : sets) {
      for (int from = set.nextSetBit(0); from >= 0; from = set.nextSetBit(from)) {
        cut[from] = true;
        from = set.nextClearBit(from);
        cut[from] = true;
      }
    }
    int[] octets = new int[256];
    int count = 0;
    for (int octet = 0; octet < 256; octet++) {
      if (octet == 0 || cut[octet]) {
        octets[count++] = octet;
      }
      classes[octet] = count - 1;
    }
    return Arrays.copyOf(octets, count);
  }

  /// About how much memory it takes, at most.
  long byteSize() {
    return (long) operations.length * INSTRUCTION_BYTES + (long) sets.size() * SET_BYTES;
  }

  Operation operation(int place) {
    return operations[place];
  }

  int a(int place) {
    return a[place];
  }

  int b(int place) {
    return b[place];
  }

  int c(int place) {
    return c[place];
  }

  /// Whether an instruction that reads takes a byte.
  boolean reads(int place, int octet) {
    return sets.get(a[place]).get(octet);
  }

  int classCount() {
    return octetOfClass.length;
  }

  int classOf(int octet) {
    return classes[octet];
  }

  /// One of the bytes of a class.
  int octetOf(int byteClass) {
    return octetOfClass[byteClass];
  }
}
