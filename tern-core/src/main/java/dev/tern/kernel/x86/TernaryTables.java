package dev.tern.kernel.x86;

import static dev.tern.kernel.x86.Ymm.YMM0;
import static dev.tern.kernel.x86.Ymm.YMM1;
import static dev.tern.kernel.x86.Ymm.YMM2;
import static dev.tern.kernel.x86.Ymm.YMM3;

import dev.tern.kernel.TernaryMatrix;
import java.util.List;

/// The steps of multiplying 16 tokens by ternary rows with tables over tokens: prefill.
///
/// Four columns of a weight row, which are one packed byte, have 81 possible patterns. For each
/// group of four columns a table holds the partial sum of every pattern for 16 tokens in one
/// register; a row then costs one addition for each packed byte, without a multiplication. Tables
/// of 16 groups, a strip, are in use at once.
///
/// [TernaryTiles] puts the steps together; the twin is `ScalarKernels#linear`.
final class TernaryTables {
  /// Tokens of a tile: the 16-bit lanes of a register.
  static final int TOKENS = 16;

  /// Groups of four columns whose tables are in use at once: half of a block. They take 41 KB, a
  /// little more than a first-level cache of 32 KB has; 12 groups are 5 % faster there, but do not
  /// divide a block.
  static final int STRIP_GROUPS = 16;

  static final int STRIPS_PER_BLOCK = TernaryMatrix.BLOCK_BYTES / STRIP_GROUPS;

  /// 16-bit sums of 16 tokens.
  static final int ENTRY_BYTES = TOKENS * Short.BYTES;

  /// 32-bit sums of 16 tokens.
  static final int SUM_BYTES = TOKENS * Integer.BYTES;

  /// A row's places in the tables of a strip.
  static final int PLACES_BYTES = STRIP_GROUPS * Short.BYTES;

  /// Rows whose outputs are written at once.
  static final int OUTPUT_ROWS = 8;

  private static final int PATTERNS = 81;
  private static final int TABLE_BYTES = PATTERNS * ENTRY_BYTES;
  static final int TABLES_BYTES = STRIP_GROUPS * TABLE_BYTES;

  private TernaryTables() {}

  /// Turns codes `[tokens, stride]` into words `[columns, tokens]`, 16 columns at a time.
  ///
  /// A = codes of 16 tokens, C = words.
  static final class Arrange extends Routine {
    static final int STRIDE = 0;
    static final int COLUMNS = 1; // a multiple of 16

    private static final Gpr TOKEN = Gpr.RAX;
    private static final Gpr STEP = Gpr.R8;
    private static final Gpr LEFT = Gpr.R9;
    private static final int SQUARE_BYTES = 16 * 16;

    @Override
    int localBytes() {
      return 2 * SQUARE_BYTES;
    }

    /// One of two squares of bytes that take turns.
    private Mem square(int index, int row) {
      return local(index * SQUARE_BYTES + row * 16);
    }

    @Override
    void body() {
      Xmm even = Xmm.XMM0;
      Xmm odd = Xmm.XMM1;
      mov(STEP, parameter(STRIDE));
      mov(LEFT, parameter(COLUMNS));

      Label columns = here();
      mov(TOKEN, A);
      for (int token = 0; token < TOKENS; token++) {
        vmovdqu(even, Mem.at(TOKEN));
        vmovdqu(square(0, token), even);
        add(TOKEN, STEP);
      }
      // Rows i and i + 8 interleaved become rows 2i and 2i + 1: after four rounds the square is
      // transposed.
      for (int round = 0; round < 4; round++) {
        int from = round % 2;
        for (int i = 0; i < 8; i++) {
          vmovdqu(odd, square(from, i));
          vpunpcklbw(even, odd, square(from, i + 8));
          vpunpckhbw(odd, odd, square(from, i + 8));
          if (round < 3) {
            vmovdqu(square(1 - from, 2 * i), even);
            vmovdqu(square(1 - from, 2 * i + 1), odd);
          } else {
            vpmovsxbw(YMM2, even);
            vpmovsxbw(YMM3, odd);
            vmovdqu(Mem.at(C, 2 * i * ENTRY_BYTES), YMM2);
            vmovdqu(Mem.at(C, (2 * i + 1) * ENTRY_BYTES), YMM3);
          }
        }
      }
      add(A, 16);
      add(C, 16 * ENTRY_BYTES);
      sub(LEFT, 16);
      jne(columns);
    }
  }

  /// Sums the magnitudes of a strip's columns for each token.
  ///
  /// A = words of the strip's first column, C = 16 sums. A sum is at most 64 * 127 = 8,128.
  static final class Magnitudes extends Routine {
    @Override
    void body() {
      Ymm sum = YMM0;
      Ymm magnitude = YMM1;
      vpxor(sum, sum, sum);
      for (int quarter = 0; quarter < 4; quarter++) {
        for (int group = 0; group < STRIP_GROUPS; group++) {
          vpabsw(magnitude, column(A, quarter, group));
          vpaddw(sum, sum, magnitude);
        }
      }
      vmovdqu(Mem.at(C), sum);
    }
  }

  /// {@return the words of one of the four columns of a group}
  private static Mem column(Gpr strip, int quarter, int group) {
    return Mem.at(strip, (quarter * TernaryMatrix.BLOCK_BYTES + group) * ENTRY_BYTES);
  }

  /// Turns each row's packed bytes of a block into the places of their patterns in a table.
  ///
  /// For digits 0, 1 or 2 the byte 64 a + 16 b + 4 c + d stands for entry 27 a + 9 b + 3 c + d. Its
  /// halves are looked up apart; a digit 3, which does not occur, counts as 2, so that no place is
  /// outside a table whatever the weights are.
  ///
  /// A = packed rows at the block, B and C = places `[rows, 16]` of the block's two strips.
  static final class Places extends Routine {
    static final int ROW_BYTES = 0;
    static final int ROWS = 1;

    private static final Gpr STRIDE = Gpr.R8;
    private static final Gpr LEFT = Gpr.R9;
    private static final Gpr AHEAD = Gpr.R10;
    private static final Ymm HIGH_DIGITS = Ymm.YMM8; // 27 a + 9 b of 4 a + b
    private static final Ymm LOW_DIGITS = Ymm.YMM9; // 3 c + d of 4 c + d
    private static final Ymm MASK = Ymm.YMM10; // 15 in every byte

    private static final int ENTRY_SHIFT = 5;

    /// Weights are fetched 64 rows ahead: down the rows the processor does not find them itself.
    private static final int ROWS_AHEAD_SHIFT = 6;

    private final Label highDigits = newLabel();
    private final Label lowDigits = newLabel();
    private final Label mask = newLabel();

    @Override
    void body() {
      Ymm high = YMM0;
      Ymm low = YMM1;
      mov(STRIDE, parameter(ROW_BYTES));
      mov(LEFT, parameter(ROWS));
      vbroadcasti128(HIGH_DIGITS, Mem.at(highDigits));
      vbroadcasti128(LOW_DIGITS, Mem.at(lowDigits));
      vbroadcasti128(MASK, Mem.at(mask));

      mov(AHEAD, STRIDE);
      shl(AHEAD, ROWS_AHEAD_SHIFT);
      add(AHEAD, A);

      Label row = here();
      prefetcht0(Mem.at(AHEAD));
      vmovdqu(high, Mem.at(A));
      vpand(low, high, MASK);
      vpsrlw(high, high, 4);
      vpand(high, high, MASK);
      vpshufb(low, LOW_DIGITS, low);
      vpshufb(high, HIGH_DIGITS, high);
      vpaddb(low, high, low);
      vextracti128(high.low(), low, 1);
      vpmovzxbw(low, low.low());
      vpmovzxbw(high, high.low());
      vpsllw(low, low, ENTRY_SHIFT);
      vpsllw(high, high, ENTRY_SHIFT);
      vmovdqu(Mem.at(B), low);
      vmovdqu(Mem.at(C), high);
      add(A, STRIDE);
      add(AHEAD, STRIDE);
      add(B, PLACES_BYTES);
      add(C, PLACES_BYTES);
      dec(LEFT);
      jne(row);
    }

    @Override
    void constants() {
      bind(highDigits);
      for (int digits = 0; digits < 16; digits++) {
        emit8(27 * Math.min(digits / 4, 2) + 9 * Math.min(digits % 4, 2));
      }
      bind(lowDigits);
      for (int digits = 0; digits < 16; digits++) {
        emit8(3 * Math.min(digits / 4, 2) + Math.min(digits % 4, 2));
      }
      bind(mask);
      for (int i = 0; i < 16; i++) {
        emit8(15);
      }
    }
  }

  /// Fills the tables of a strip: 81 partial sums of four columns for each of 16 groups, one
  /// addition each. An entry is at most 4 * 127 = 508.
  ///
  /// A = words of the strip's first column, C = tables.
  static final class Build extends Routine {
    private static final Gpr LEFT = Gpr.RAX;
    private static final List<Ymm> COLUMNS = List.of(Ymm.YMM8, Ymm.YMM9, Ymm.YMM10, Ymm.YMM11);

    // What the digits so far come to.
    private static final Ymm SUM0 = YMM0;
    private static final Ymm SUM1 = YMM1;
    private static final Ymm SUM2 = YMM2;
    private static final Ymm SUM3 = YMM3;

    @Override
    void body() {
      mov(LEFT, STRIP_GROUPS);
      Label group = here();
      vpxor(SUM0, SUM0, SUM0);
      for (int quarter = 0; quarter < 4; quarter++) {
        vmovdqu(COLUMNS.get(quarter), column(A, quarter, 0));
        vpsubw(SUM0, SUM0, COLUMNS.get(quarter));
      }
      int entry = 0;
      for (int a = 0; a < 3; a++) {
        vpor(SUM1, SUM0, SUM0);
        for (int b = 0; b < 3; b++) {
          vpor(SUM2, SUM1, SUM1);
          for (int c = 0; c < 3; c++) {
            vmovdqu(entry(entry++), SUM2);
            vpaddw(SUM3, SUM2, COLUMNS.get(3));
            vmovdqu(entry(entry++), SUM3);
            vpaddw(SUM3, SUM3, COLUMNS.get(3));
            vmovdqu(entry(entry++), SUM3);
            vpaddw(SUM2, SUM2, COLUMNS.get(2));
          }
          vpaddw(SUM1, SUM1, COLUMNS.get(1));
        }
        vpaddw(SUM0, SUM0, COLUMNS.get(0));
      }
      add(A, ENTRY_BYTES);
      add(C, TABLE_BYTES);
      dec(LEFT);
      jne(group);
    }

    private static Mem entry(int index) {
      return Mem.at(C, index * ENTRY_BYTES);
    }
  }

  /// Adds a strip to the partial sums of all rows, 16 table entries a row in two chains.
  ///
  /// A = places `[rows, 16]`, B = tables, C = partial sums `[rows, tokens]`. The caller widens
  /// partial sums before any can pass 32,767.
  static final class Accumulate extends Routine {
    static final int ROWS = 0;

    private static final Gpr LEFT = Gpr.R8;
    private static final Gpr PLACES = Gpr.RAX;
    private static final List<Gpr> PLACE = List.of(Gpr.R9, Gpr.R10, Gpr.R11);

    @Override
    void body() {
      Ymm even = YMM0;
      Ymm odd = YMM1;
      mov(LEFT, parameter(ROWS));

      Label row = here();
      for (int group = 0; group < STRIP_GROUPS; group += 4) {
        // Four places in one load: cheaper than four loads, which the entries need.
        mov(PLACES, Mem.at(A, group * Short.BYTES));
        movzx16(PLACE.get(0), PLACES);
        mov32(PLACE.get(1), PLACES);
        shr32(PLACE.get(1), 16);
        shr(PLACES, 32);
        movzx16(PLACE.get(2), PLACES);
        shr32(PLACES, 16);
        if (group == 0) {
          vmovdqu(even, entry(group, PLACE.get(0)));
          vmovdqu(odd, entry(group + 1, PLACE.get(1)));
        } else {
          vpaddw(even, even, entry(group, PLACE.get(0)));
          vpaddw(odd, odd, entry(group + 1, PLACE.get(1)));
        }
        vpaddw(even, even, entry(group + 2, PLACE.get(2)));
        vpaddw(odd, odd, entry(group + 3, PLACES));
      }
      vpaddw(even, even, Mem.at(C));
      vpaddw(even, even, odd);
      vmovdqu(Mem.at(C), even);
      add(A, PLACES_BYTES);
      add(C, ENTRY_BYTES);
      dec(LEFT);
      jne(row);
    }

    private static Mem entry(int group, Gpr place) {
      return Mem.at(B, place, 1, group * TABLE_BYTES);
    }
  }

  /// Moves 16-bit partial sums into 32-bit sums.
  ///
  /// A = partial sums `[rows, tokens]`, zeroed; C = sums `[rows, tokens]`.
  static final class Widen extends Routine {
    static final int ROWS = 0;

    private static final Gpr LEFT = Gpr.RAX;

    @Override
    void body() {
      Ymm zero = YMM2;
      mov(LEFT, parameter(ROWS));
      vpxor(zero, zero, zero);

      Label row = here();
      vpmovsxwd(YMM0, Mem.at(A));
      vpmovsxwd(YMM1, Mem.at(A, ENTRY_BYTES / 2));
      vmovdqu(Mem.at(A), zero);
      vpaddd(YMM0, YMM0, Mem.at(C));
      vpaddd(YMM1, YMM1, Mem.at(C, SUM_BYTES / 2));
      vmovdqu(Mem.at(C), YMM0);
      vmovdqu(Mem.at(C, SUM_BYTES / 2), YMM1);
      add(A, ENTRY_BYTES);
      add(C, SUM_BYTES);
      dec(LEFT);
      jne(row);
    }
  }
}
