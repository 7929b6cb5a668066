package dev.tern.kernel.x86;

import java.util.List;
import java.util.stream.IntStream;

/// Writes the outputs of a tile of tokens: `dot / quantScale * scale * outputScale`, the operations
/// of `TernaryMatrix.Part#output` in their order, turned from `[rows, tokens]` to `[tokens, rows]`.
///
/// A = sums `[rows, 16 tokens]`, C = outputs of the first row, P = the parameters below, then the
/// rows' scales. Eight rows at a time.
final class TernaryTileOutput extends Routine {
  static final int ROW_TILES = 0;
  static final int TOKENS = 1; // 1 to 16
  static final int Y_STRIDE = 2;

  /// From one row's scale to the next's, in bytes: 0 if all rows share one.
  static final int SCALE_STEP = 3;

  /// Where the first row's scale is among [#SCALES], in bytes.
  static final int FIRST_SCALE = 4;

  // Byte offsets.
  static final int QUANT_SCALES = 64; // 16 floats
  static final int OUTPUT_SCALES = 128; // 8 times the same
  static final int SCALES = 192;

  private static final int ROWS = TernaryTables.OUTPUT_ROWS;
  private static final int HALF = 8;

  private static final Gpr ROW_TILES_LEFT = Gpr.R8;
  private static final Gpr TOKENS_LEFT = Gpr.R9;
  private static final Gpr STRIDE = Gpr.R10;
  private static final Gpr STEP = Gpr.R11;
  private static final Gpr SCALE = Gpr.RAX;
  private static final Gpr SCALE_OF_ROW = Gpr.RBX;
  private static final Gpr OUTPUT = Gpr.R12;

  // ymm0 to ymm7: one row each, then one token each; ymm8 to ymm15 in between.
  private static final List<Ymm> LOWER = IntStream.range(0, 8).mapToObj(Ymm::of).toList();
  private static final List<Ymm> UPPER = IntStream.range(8, 16).mapToObj(Ymm::of).toList();

  @Override
  void body() {
    mov(ROW_TILES_LEFT, parameter(ROW_TILES));
    mov(STRIDE, parameter(Y_STRIDE));
    mov(STEP, parameter(SCALE_STEP));
    mov(SCALE, parameter(FIRST_SCALE));
    lea(SCALE, Mem.at(P, SCALE, 1, SCALES));

    Label tile = here();
    Label written = newLabel();
    mov(TOKENS_LEFT, parameter(TOKENS));
    mov(OUTPUT, C);
    for (int first = 0; first < TernaryTables.TOKENS; first += HALF) {
      scale(first);
      transpose();
      for (int token = 0; token < HALF; token++) {
        vmovups(Mem.at(OUTPUT), LOWER.get(token));
        add(OUTPUT, STRIDE);
        dec(TOKENS_LEFT);
        je(written);
      }
    }
    bind(written);
    mov(SCALE, SCALE_OF_ROW);
    add(A, ROWS * TernaryTables.SUM_BYTES);
    add(C, ROWS * Float.BYTES);
    dec(ROW_TILES_LEFT);
    jne(tile);
  }

  /// Leaves the outputs of 8 tokens in ymm0 to ymm7, a row each, and the next tile's first scale in
  /// [#SCALE_OF_ROW].
  private void scale(int firstToken) {
    Ymm scale = Ymm.YMM8;
    mov(SCALE_OF_ROW, SCALE);
    for (int row = 0; row < ROWS; row++) {
      Ymm values = LOWER.get(row);
      vcvtdq2ps(values, Mem.at(A, row * TernaryTables.SUM_BYTES + firstToken * Integer.BYTES));
      vdivps(values, values, Mem.at(P, QUANT_SCALES + firstToken * Float.BYTES));
      vbroadcastss(scale, Mem.at(SCALE_OF_ROW));
      vmulps(values, values, scale);
      vmulps(values, values, Mem.at(P, OUTPUT_SCALES));
      add(SCALE_OF_ROW, STEP);
    }
  }

  /// Turns 8 rows of 8 tokens in ymm0 to ymm7 into 8 tokens of 8 rows.
  private void transpose() {
    // Pairs of rows, then fours, within halves of 128 bits: tokens 0 and 4, 1 and 5, ...
    for (int i = 0; i < 8; i += 2) {
      vpunpckldq(UPPER.get(i), LOWER.get(i), LOWER.get(i + 1));
      vpunpckhdq(UPPER.get(i + 1), LOWER.get(i), LOWER.get(i + 1));
    }
    for (int i = 0; i < 8; i += 4) {
      vpunpcklqdq(LOWER.get(i), UPPER.get(i), UPPER.get(i + 2));
      vpunpckhqdq(LOWER.get(i + 1), UPPER.get(i), UPPER.get(i + 2));
      vpunpcklqdq(LOWER.get(i + 2), UPPER.get(i + 1), UPPER.get(i + 3));
      vpunpckhqdq(LOWER.get(i + 3), UPPER.get(i + 1), UPPER.get(i + 3));
    }
    for (int token = 0; token < 4; token++) {
      Ymm rows0To3 = LOWER.get(token);
      Ymm rows4To7 = LOWER.get(token + 4);
      vperm2i128(UPPER.get(token), rows0To3, rows4To7, 0x20);
      vperm2i128(rows4To7, rows0To3, rows4To7, 0x31);
      vpor(rows0To3, UPPER.get(token), UPPER.get(token));
    }
  }
}
