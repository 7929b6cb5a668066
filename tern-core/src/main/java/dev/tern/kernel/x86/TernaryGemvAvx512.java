package dev.tern.kernel.x86;

import dev.tern.kernel.TernaryMatrix;
import java.util.List;
import java.util.stream.IntStream;

/// Sums of a tile with the `vpdpbusd` of AVX-512 VNNI: two blocks of a row in one register.
///
/// A register's lower half holds one block's bytes and its upper half the next block's, so the
/// activations that they meet are put together from two places, once for all rows.
class TernaryGemvAvx512 extends TernaryGemv {
  // zmm0 to zmm7: 32-bit sums of the tile, then their two halves added in ymm0 to ymm7. Exact: at
  // most 2 * 127 * columns.
  private static final Zmm MASK = Zmm.ZMM8; // 3 in every byte
  private static final Zmm PACKED = Zmm.ZMM9;
  private static final Zmm CODES = Zmm.ZMM10;
  private static final Ymm UPPER = Ymm.YMM11;
  private static final Zmm LOWER = Zmm.ZMM12;

  /// Activations of two blocks, `[tokens, quarters]`: zmm16 and the following.
  private static final List<Zmm> X = IntStream.range(16, 32).mapToObj(Zmm::of).toList();

  private static final int QUARTERS = 4;

  TernaryGemvAvx512(int tokens) {
    this(tokens, false);
  }

  TernaryGemvAvx512(int tokens, boolean listed) {
    super(tokens, listed);
  }

  @Override
  void prepare() {
    mov(Gpr.RAX, 0x03030303L);
    vpbroadcastd(MASK, Gpr.RAX);
  }

  @Override
  void sums() {
    for (int dot = 0; dot < DOTS; dot++) {
      Zmm sum = Zmm.of(dot);
      vpxord(sum, sum, sum);
    }

    Label pair = newLabel();
    Label last = newLabel();
    Label end = newLabel();
    bind(pair);
    cmp(BLOCKS_LEFT, 2);
    jl(last);
    for (int token = 0; token < tokens; token++) {
      for (int quarter = 0; quarter < QUARTERS; quarter++) {
        Mem first = activations(token, quarter);
        loadLower(LOWER, first);
        vinserti64x4(x(token, quarter), LOWER, first.plus(TernaryMatrix.BLOCK_COLUMNS), 1);
      }
    }
    for (int row = 0; row < rows; row++) {
      vmovdqu32(PACKED, row(row));
      products(row);
    }
    advance(2);
    sub(BLOCKS_LEFT, 2);
    jmp(pair);

    // An odd block at the end: zeros in the upper halves.
    bind(last);
    test(BLOCKS_LEFT, BLOCKS_LEFT);
    je(end);
    for (int token = 0; token < tokens; token++) {
      for (int quarter = 0; quarter < QUARTERS; quarter++) {
        loadLower(LOWER, activations(token, quarter));
        vpord(x(token, quarter), LOWER, LOWER);
      }
    }
    for (int row = 0; row < rows; row++) {
      loadLower(PACKED, row(row));
      products(row);
    }
    bind(end);

    for (int dot = 0; dot < DOTS; dot++) {
      Ymm sum = sumRegisters().get(dot);
      vextracti64x4(UPPER, Zmm.of(dot), 1);
      vpaddd(sum, sum, UPPER);
    }
  }

  /// Loads one block's bytes and clears the upper half: a short instruction does both.
  void loadLower(Zmm to, Mem from) {
    vmovdqu(to.low(), from);
  }

  private static Zmm x(int token, int quarter) {
    return X.get(token * QUARTERS + quarter);
  }

  private void products(int row) {
    vpandd(CODES, PACKED, MASK);
    accumulate(row, 3);
    for (int quarter = 2; quarter >= 0; quarter--) {
      vpsrlw(CODES, PACKED, 6 - 2 * quarter);
      vpandd(CODES, CODES, MASK);
      accumulate(row, quarter);
    }
  }

  private void accumulate(int row, int quarter) {
    for (int token = 0; token < tokens; token++) {
      vpdpbusd(Zmm.of(token * rows + row), CODES, x(token, quarter));
    }
  }
}
