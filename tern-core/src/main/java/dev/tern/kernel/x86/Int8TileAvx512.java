package dev.tern.kernel.x86;

import static dev.tern.kernel.x86.Ymm.YMM0;

import java.util.List;

/// Rows of int8 codes times several vectors of words, with the `vpdpwssd` of AVX-512 VNNI: what
/// [Int8Tile] does. Lanes stay within 32 bits for the reason that [Int8Dots] gives.
///
/// A = rows; B = the vectors, one behind the other; C = sums `[vectors, rows]`; P = the parameters
/// of [Int8Dots], with tiles for rows, and one more. The twin: `ScalarKernels#dots`.
class Int8TileAvx512 extends Avx512Tile {
  /// From one vector's sums to the next's, in bytes.
  static final int SUMS_STEP = 3;

  static final int PARAMETER_BYTES = 4 * Long.BYTES;

  private static final int BLOCK = 64;
  private static final int LANES = 32;

  private static final List<Zmm> CODES = List.of(Zmm.ZMM0, Zmm.ZMM1, Zmm.ZMM2, Zmm.ZMM3);

  // Two that take turns.
  private static final List<Zmm> WORDS = List.of(Zmm.ZMM4, Zmm.ZMM5);

  private static final Gpr ROW = Gpr.RAX;
  private static final Gpr NEXT = Gpr.R10;
  private static final Gpr X = Gpr.RBX;
  private static final Gpr X_STEP = Gpr.R11;
  private static final Gpr X_STEP3 = Gpr.R12;
  private static final Gpr X_STEP5 = Gpr.R13;
  private static final Gpr TILES_LEFT = Gpr.R14;
  private static final Gpr BLOCKS_LEFT = Gpr.R15;

  // When the sums of a tile are complete.
  private static final Gpr OUTPUT = Gpr.RAX;
  private static final Gpr OUTPUT_STEP = Gpr.RBX;

  /// @param vectors of a tile, 1 to [#MOST_VECTORS]
  Int8TileAvx512(int vectors) {
    super(vectors);
  }

  /// Writes code that runs once, before the first tile.
  void prepare() {}

  @Override
  final void body() {
    prepare();
    mov(STRIDE, parameter(Int8Dots.STRIDE));
    lea(STRIDE3, Mem.at(STRIDE, STRIDE, 2));
    mov(TILES_LEFT, parameter(Int8Dots.ROWS));
    lea(X_STEP, Mem.at(STRIDE, STRIDE, 1)); // words are two bytes
    lea(X_STEP3, Mem.at(X_STEP, X_STEP, 2));
    lea(X_STEP5, Mem.at(X_STEP, X_STEP, 4));

    Label tile = here();
    mov(ROW, A);
    lea(NEXT, Mem.at(A, STRIDE, ROWS));
    mov(X, B);
    mov(BLOCKS_LEFT, parameter(Int8Dots.BLOCKS));
    clearSums();

    Label block = here();
    for (int row = 0; row < ROWS; row++) {
      prefetcht0(ofRow(NEXT, row));
    }
    for (int col = 0; col < BLOCK; col += LANES) {
      multiply(col);
    }
    add(ROW, BLOCK);
    add(NEXT, BLOCK);
    add(X, BLOCK * Short.BYTES);
    dec(BLOCKS_LEFT);
    jne(block);

    storeSums();
    writeSums();
    lea(A, Mem.at(A, STRIDE, ROWS));
    add(C, ROWS * Integer.BYTES);
    dec(TILES_LEFT);
    jne(tile);
  }

  private void multiply(int col) {
    for (int row = 0; row < ROWS; row++) {
      vpmovsxbw(CODES.get(row), ofRow(ROW, row).plus(col));
    }
    for (int vector = 0; vector < vectors; vector++) {
      Zmm words = WORDS.get(vector % 2);
      vmovdqu32(words, words(vector).plus(col * Short.BYTES));
      for (int row = 0; row < ROWS; row++) {
        vpdpwssd(sum(vector, row), CODES.get(row), words);
      }
    }
  }

  private static Mem words(int vector) {
    return switch (vector) {
      case 0 -> Mem.at(X);
      case 3 -> Mem.at(X, X_STEP3, 1);
      case 5 -> Mem.at(X, X_STEP5, 1);
      default -> Mem.at(X, X_STEP, vector);
    };
  }

  private void writeSums() {
    mov(OUTPUT, C);
    mov(OUTPUT_STEP, parameter(SUMS_STEP));
    for (int vector = 0; vector < vectors; vector += 2) {
      addLanesOfPair(vector);
      vmovdqu(Mem.at(OUTPUT), YMM0.low());
      if (hasNext(vector)) {
        vextracti128(Mem.at(OUTPUT, OUTPUT_STEP, 1), YMM0, 1);
        lea(OUTPUT, Mem.at(OUTPUT, OUTPUT_STEP, 2));
      }
    }
  }
}
