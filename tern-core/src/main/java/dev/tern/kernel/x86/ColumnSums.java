package dev.tern.kernel.x86;

import dev.tern.kernel.TernaryColumns;
import java.util.List;

/// Products of ternary columns with their activations, added up as words: 8 columns in a pass over
/// all strips.
///
/// Two columns' bytes are interleaved, so that `vpmaddubsw` multiplies both by a pair of
/// activations and adds them. A word gains at most 2 * 2 * 127 = 508 a pair.
///
/// A = for each pass, and one more to be fetched ahead, the addresses of the columns and then their
/// activations, each pair repeated to 4 bytes; B = the memory that the columns lie in; C = words in
/// the order of the interleaved bytes, which [WidenSums] puts right. The twin:
/// `TernaryColumns#sum`.
final class ColumnSums extends Routine {
  static final int PASSES = 0;
  static final int COLUMN_BYTES = 1;

  /// Columns of a pass.
  static final int COLUMNS = 8;

  /// A word holds 16 passes * 4 pairs * 508 = 32,512.
  static final int PASSES_PER_FLUSH = 16;

  /// Bytes of a pair of activations.
  static final int PAIR_BYTES = 4;

  /// Where a pass's activations are.
  static final int PASS_ACTIVATIONS = COLUMNS * Long.BYTES;

  /// Bytes of what a pass is told.
  static final int PASS_BYTES = PASS_ACTIVATIONS + COLUMNS / 2 * PAIR_BYTES;

  private static final int PAIRS = COLUMNS / 2;
  private static final int VECTOR_BYTES = 32;
  private static final int QUARTERS = 4;

  private static final List<Gpr> COLUMN =
      List.of(Gpr.RAX, Gpr.R8, Gpr.R9, Gpr.R10, Gpr.R11, Gpr.R12, Gpr.R13, Gpr.R14);

  /// Of the strip, in each column; times 8, of its words.
  private static final Gpr OFFSET = Gpr.RBX;

  private static final Gpr END = Gpr.R15;
  private static final Gpr NEXT = P;

  private static final int PASSES_LEFT = 0;

  // ymm0 to ymm7: words of a strip, two vectors for each quarter.
  private static final Ymm MASK = Ymm.YMM8; // 3 in every byte
  private static final Ymm ACTIVATIONS = Ymm.YMM9;
  private static final Ymm FIRST = Ymm.YMM10;
  private static final Ymm SECOND = Ymm.YMM11;
  private static final Ymm INTERLEAVED = Ymm.YMM12;
  private static final Ymm CODES = Ymm.YMM13;

  @Override
  int localBytes() {
    return Long.BYTES;
  }

  @Override
  void body() {
    mov(END, parameter(COLUMN_BYTES));
    mov(Gpr.RAX, parameter(PASSES));
    mov(local(PASSES_LEFT), Gpr.RAX);
    mov(Gpr.RAX, 0x03030303L);
    vmovd(MASK.low(), Gpr.RAX);
    vpbroadcastd(MASK, MASK.low());

    Label pass = here();
    for (int i = 0; i < COLUMNS; i++) {
      mov(COLUMN.get(i), Mem.at(A, i * Long.BYTES));
    }
    mov(OFFSET, 0L);
    Label strip = here();
    for (int i = 0; i < 2 * QUARTERS; i++) {
      vmovdqu(Ymm.of(i), words(i));
    }
    for (int pair = 0; pair < PAIRS; pair++) {
      addPair(pair);
    }
    for (int i = 0; i < 2 * QUARTERS; i++) {
      vmovdqu(words(i), Ymm.of(i));
    }
    add(OFFSET, TernaryColumns.STRIP_BYTES);
    cmp(OFFSET, END);
    jl(strip);

    add(A, PASS_BYTES);
    mov(Gpr.RAX, local(PASSES_LEFT));
    dec(Gpr.RAX);
    mov(local(PASSES_LEFT), Gpr.RAX);
    jne(pass);
  }

  private static Mem words(int vector) {
    return Mem.at(C, OFFSET, 8, vector * VECTOR_BYTES);
  }

  private void addPair(int pair) {
    vmovdqu(FIRST, Mem.at(COLUMN.get(2 * pair), OFFSET, 1));
    vmovdqu(SECOND, Mem.at(COLUMN.get(2 * pair + 1), OFFSET, 1));
    vpbroadcastd(ACTIVATIONS, Mem.at(A, PASS_ACTIVATIONS + pair * PAIR_BYTES));
    for (int half = 0; half < 2; half++) {
      if (half == 0) {
        vpunpcklbw(INTERLEAVED, FIRST, SECOND);
      } else {
        vpunpckhbw(INTERLEAVED, FIRST, SECOND);
      }
      for (int quarter = 0; quarter < QUARTERS; quarter++) {
        if (quarter == QUARTERS - 1) {
          vpand(CODES, INTERLEAVED, MASK);
        } else {
          vpsrlw(CODES, INTERLEAVED, 6 - 2 * quarter);
          vpand(CODES, CODES, MASK);
        }
        vpmaddubsw(CODES, CODES, ACTIVATIONS);
        Ymm words = Ymm.of(2 * quarter + half);
        vpaddw(words, words, CODES);
      }
    }
    // The same place in two of the next pass's columns.
    for (int i = 2 * pair; i < 2 * pair + 2; i++) {
      mov(NEXT, Mem.at(A, PASS_BYTES + i * Long.BYTES));
      prefetcht0(Mem.at(NEXT, OFFSET, 1));
    }
  }
}
