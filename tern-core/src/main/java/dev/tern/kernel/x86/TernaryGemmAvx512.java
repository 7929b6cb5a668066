package dev.tern.kernel.x86;

import static dev.tern.kernel.x86.Ymm.YMM0;
import static dev.tern.kernel.x86.Ymm.YMM1;

import dev.tern.kernel.TernaryMatrix;
import java.util.List;

/// Several tokens times ternary rows with the `vpdpbusd` of AVX-512 VNNI: batches and prefill.
///
/// Codes are unsigned, 0, 1 and 2: `sum((u - 1) x) = sum(u x) - sum(x)`. Sums are exact: at most 2
/// * 127 * columns.
///
/// A = packed rows, B = activations as [Arrange] leaves them, C = output `[tokens, stride]`, P =
/// the parameters below, then the rows' scales. [TernaryGemm] puts calls together; the twin is
/// `ScalarKernels#linear`.
class TernaryGemmAvx512 extends Avx512Tile {
  static final int QUARTERS = 4;

  // Parameters: 64-bit words.
  static final int ROW_BYTES = 0;
  static final int TILES = 1;
  static final int BLOCKS = 2;
  static final int Y_STRIDE = 3;

  /// From one tile's scales to the next's, in bytes: 0 if all rows share one.
  static final int SCALE_STEP = 4;

  /// Where the first tile's scales are among [#SCALES], in bytes.
  static final int FIRST_SCALE = 5;

  // Parameters: byte offsets of lanes `[tokens, rows]`, two tokens in a register.
  static final int CODE_SUMS = 64;
  static final int QUANT_SCALES = 160;

  /// Byte offset of 8 lanes.
  static final int OUTPUT_SCALES = 256;

  /// Byte offset of the scales of all rows.
  static final int SCALES = 288;

  private static final int PAIR_BYTES = 32;

  private static final Gpr ROW = Gpr.RAX;
  private static final Gpr NEXT = Gpr.R10;
  private static final Gpr X = Gpr.RBX;
  private static final Gpr SCALE = Gpr.R11;
  private static final Gpr OUTPUT_STEP = Gpr.R12;
  private static final Gpr OUTPUT = Gpr.R13;
  private static final Gpr TILES_LEFT = Gpr.R14;
  private static final Gpr BLOCKS_LEFT = Gpr.R15;

  private static final List<Zmm> CODES = List.of(Zmm.ZMM0, Zmm.ZMM1, Zmm.ZMM2, Zmm.ZMM3);

  // Two that take turns.
  private static final List<Zmm> ACTIVATIONS = List.of(Zmm.ZMM4, Zmm.ZMM5);
  private static final Zmm MASK = Zmm.ZMM6; // 3 in every byte
  private static final Zmm PACKED = Zmm.ZMM7;

  /// @param tokens of a tile, 1 to [#MOST_VECTORS]
  TernaryGemmAvx512(int tokens) {
    super(tokens);
  }

  /// Writes code that runs once, before the first tile.
  void prepare() {
    mov(Gpr.RAX, 0x03030303L);
    vpbroadcastd(MASK, Gpr.RAX);
  }

  @Override
  final void body() {
    mov(STRIDE, parameter(ROW_BYTES));
    lea(STRIDE3, Mem.at(STRIDE, STRIDE, 2));
    mov(TILES_LEFT, parameter(TILES));
    mov(SCALE, parameter(FIRST_SCALE));
    lea(SCALE, Mem.at(P, SCALE, 1, SCALES));
    mov(OUTPUT_STEP, parameter(Y_STRIDE));
    prepare();

    Label tile = here();
    mov(ROW, A);
    lea(NEXT, Mem.at(A, STRIDE, ROWS));
    mov(X, B);
    mov(BLOCKS_LEFT, parameter(BLOCKS));
    sums();
    outputs();
    lea(A, Mem.at(A, STRIDE, ROWS));
    add(C, ROWS * Float.BYTES);
    add(SCALE, parameter(SCALE_STEP));
    dec(TILES_LEFT);
    jne(tile);
  }

  private void sums() {
    clearSums();
    Label pair = newLabel();
    Label last = newLabel();
    Label end = newLabel();
    bind(pair);
    cmp(BLOCKS_LEFT, 2);
    jl(last);
    for (int row = 0; row < ROWS; row++) {
      prefetcht0(ofRow(NEXT, row));
    }
    for (int quarter = 0; quarter < QUARTERS; quarter++) {
      for (int row = 0; row < ROWS; row++) {
        unpack(CODES.get(row), ofRow(ROW, row), quarter);
      }
      products(quarter);
    }
    add(ROW, 2 * TernaryMatrix.BLOCK_BYTES);
    add(NEXT, 2 * TernaryMatrix.BLOCK_BYTES);
    add(X, QUARTERS * vectors * VECTOR_BYTES);
    sub(BLOCKS_LEFT, 2);
    jmp(pair);

    // An odd block at the end: the activations' upper halves are zeros, the codes' too, because
    // what follows in memory may not be there.
    bind(last);
    test(BLOCKS_LEFT, BLOCKS_LEFT);
    je(end);
    for (int quarter = 0; quarter < QUARTERS; quarter++) {
      for (int row = 0; row < ROWS; row++) {
        loadLower(PACKED, ofRow(ROW, row));
        unpack(CODES.get(row), PACKED, quarter);
      }
      products(quarter);
    }
    bind(end);
  }

  /// Loads one block's bytes and clears the upper half: a short instruction does both.
  void loadLower(Zmm to, Mem from) {
    vmovdqu(to.low(), from);
  }

  private void unpack(Zmm codes, ZmmSource packed, int quarter) {
    if (quarter == QUARTERS - 1) {
      vpandd(codes, MASK, packed);
    } else {
      vpsrlw(codes, packed, 6 - 2 * quarter);
      vpandd(codes, codes, MASK);
    }
  }

  private void products(int quarter) {
    for (int token = 0; token < vectors; token++) {
      Zmm x = ACTIVATIONS.get(token % 2);
      vmovdqu32(x, Mem.at(X, (quarter * vectors + token) * VECTOR_BYTES));
      for (int row = 0; row < ROWS; row++) {
        vpdpbusd(sum(token, row), CODES.get(row), x);
      }
    }
  }

  /// `dot / quantScale * scale * outputScale`, the operations of `TernaryMatrix.Part#output` in
  /// their order.
  private void outputs() {
    storeSums();
    mov(OUTPUT, C);
    for (int token = 0; token < vectors; token += 2) {
      addLanesOfPair(token);
      int pair = token / 2 * PAIR_BYTES;
      vpsubd(YMM0, YMM0, Mem.at(P, CODE_SUMS + pair));
      vcvtdq2ps(YMM0, YMM0);
      vdivps(YMM0, YMM0, Mem.at(P, QUANT_SCALES + pair));
      vbroadcastf128(YMM1, Mem.at(SCALE));
      vmulps(YMM0, YMM0, YMM1);
      vmulps(YMM0, YMM0, Mem.at(P, OUTPUT_SCALES));
      vmovups(Mem.at(OUTPUT), YMM0.low());
      if (hasNext(token)) {
        vextracti128(Mem.at(OUTPUT, OUTPUT_STEP, 1), YMM0, 1);
        lea(OUTPUT, Mem.at(OUTPUT, OUTPUT_STEP, 2));
      }
    }
  }

  /// Puts one token's codes where [TernaryGemmAvx512] reads them: for every two blocks, a quarter
  /// of the first beside the same quarter of the second, zeros where there is no second.
  ///
  /// A = codes, C = the token's first place, P = the parameters.
  static final class Arrange extends Routine {
    static final int BLOCKS = 0;

    /// From one quarter's place to the next's, in bytes.
    static final int STEP = 1;

    private static final int HALF_BYTES = VECTOR_BYTES / 2;
    private static final Gpr LEFT = Gpr.R8;
    private static final Gpr PLACE_STEP = Gpr.R9;

    @Override
    void body() {
      mov(LEFT, parameter(Arrange.BLOCKS));
      mov(PLACE_STEP, parameter(STEP));
      Label pair = newLabel();
      Label last = newLabel();
      Label end = newLabel();
      bind(pair);
      cmp(LEFT, 2);
      jl(last);
      for (int quarter = 0; quarter < QUARTERS; quarter++) {
        int at = quarter * HALF_BYTES;
        vmovdqu(YMM0, Mem.at(A, at));
        vmovdqu(YMM1, Mem.at(A, at + TernaryMatrix.BLOCK_COLUMNS));
        store();
      }
      add(A, 2 * TernaryMatrix.BLOCK_COLUMNS);
      sub(LEFT, 2);
      jmp(pair);

      bind(last);
      test(LEFT, LEFT);
      je(end);
      vpxor(YMM1, YMM1, YMM1);
      for (int quarter = 0; quarter < QUARTERS; quarter++) {
        vmovdqu(YMM0, Mem.at(A, quarter * HALF_BYTES));
        store();
      }
      bind(end);
    }

    private void store() {
      vmovdqu(Mem.at(C), YMM0);
      vmovdqu(Mem.at(C, HALF_BYTES), YMM1);
      add(C, PLACE_STEP);
    }
  }
}
