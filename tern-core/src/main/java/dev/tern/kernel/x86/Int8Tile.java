package dev.tern.kernel.x86;

import java.util.List;

/// Rows of int8 codes times several vectors of words: what [Int8Dots] does, for the heads of texts
/// that are computed together.
///
/// Two rows meet four vectors: their sums stay in registers, each code is widened once and each
/// word is read once for both rows. Lanes stay within 32 bits for the reason that [Int8Dots] gives.
///
/// A = rows; B = the vectors, one behind the other; C = four sums for each row; P = the parameters
/// of [Int8Dots], with pairs of rows for rows. The twin: `ScalarKernels#dots`.
final class Int8Tile extends Routine {
  static final int ROWS = 2;
  static final int VECTORS = 4;

  private static final int BLOCK = 64;
  private static final int LANES = 16;

  /// Of the first row, then of the second.
  private static final List<Ymm> SUMS =
      List.of(Ymm.YMM0, Ymm.YMM1, Ymm.YMM2, Ymm.YMM3, Ymm.YMM4, Ymm.YMM5, Ymm.YMM6, Ymm.YMM7);

  private static final List<Ymm> CODES = List.of(Ymm.YMM8, Ymm.YMM9);
  private static final List<Ymm> PRODUCTS = List.of(Ymm.YMM10, Ymm.YMM11);
  private static final Ymm WORDS = Ymm.YMM12;

  private static final Gpr PAIRS_LEFT = Gpr.R8;
  private static final Gpr ROW_BYTES = Gpr.R9;
  private static final Gpr BLOCKS_LEFT = Gpr.R10;
  private static final Gpr X = Gpr.R11;
  private static final Gpr VECTOR_BYTES = Gpr.RAX;
  private static final Gpr THREE_VECTORS = Gpr.RBX;
  private static final Gpr THREE_ROWS = Gpr.R12;

  @Override
  void body() {
    mov(PAIRS_LEFT, parameter(Int8Dots.ROWS));
    mov(ROW_BYTES, parameter(Int8Dots.STRIDE));
    mov(VECTOR_BYTES, ROW_BYTES);
    add(VECTOR_BYTES, VECTOR_BYTES);
    mov(THREE_VECTORS, VECTOR_BYTES);
    add(THREE_VECTORS, VECTOR_BYTES);
    add(THREE_VECTORS, VECTOR_BYTES);
    mov(THREE_ROWS, ROW_BYTES);
    add(THREE_ROWS, VECTOR_BYTES); // words are two bytes, so a vector is two rows long

    Label pair = here();
    mov(X, B);
    mov(BLOCKS_LEFT, parameter(Int8Dots.BLOCKS));
    SUMS.forEach(sum -> vpxor(sum, sum, sum));

    Label block = here();
    prefetcht0(Mem.at(A, ROW_BYTES, 2)); // the next pair
    prefetcht0(Mem.at(A, THREE_ROWS, 1));
    for (int col = 0; col < BLOCK; col += LANES) {
      multiply(col);
    }
    add(A, BLOCK);
    add(X, BLOCK * Short.BYTES);
    dec(BLOCKS_LEFT);
    jne(block);

    add(A, ROW_BYTES); // past the second row
    for (int row = 0; row < ROWS; row++) {
      storeSums(SUMS.subList(row * VECTORS, (row + 1) * VECTORS), row);
    }
    add(C, ROWS * VECTORS * Integer.BYTES);
    dec(PAIRS_LEFT);
    jne(pair);
  }

  private void multiply(int col) {
    vpmovsxbw(CODES.get(0), Mem.at(A, col));
    vpmovsxbw(CODES.get(1), Mem.at(A, ROW_BYTES, 1, col));
    for (int vector = 0; vector < VECTORS; vector++) {
      vmovdqu(WORDS, words(vector, col * Short.BYTES));
      for (int row = 0; row < ROWS; row++) {
        Ymm sum = SUMS.get(row * VECTORS + vector);
        vpmaddwd(PRODUCTS.get(row), WORDS, CODES.get(row));
        vpaddd(sum, sum, PRODUCTS.get(row));
      }
    }
  }

  private static Mem words(int vector, int offset) {
    return switch (vector) {
      case 0 -> Mem.at(X, offset);
      case 3 -> Mem.at(X, THREE_VECTORS, 1, offset);
      default -> Mem.at(X, VECTOR_BYTES, vector, offset);
    };
  }

  private void storeSums(List<Ymm> sums, int row) {
    Ymm all = sums.getFirst();
    vphaddd(all, all, sums.get(1));
    vphaddd(sums.get(2), sums.get(2), sums.get(3));
    vphaddd(all, all, sums.get(2));
    Xmm upper = WORDS.low();
    vextracti128(upper, all, 1);
    vpaddd(all.low(), all.low(), upper);
    vmovdqu(Mem.at(C, row * VECTORS * Integer.BYTES), all.low());
  }
}
