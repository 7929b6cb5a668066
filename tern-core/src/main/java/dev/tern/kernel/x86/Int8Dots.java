package dev.tern.kernel.x86;

import java.util.List;

/// Rows of int8 codes times one vector of words: the scan of a head for its largest logits.
///
/// One row after another, because memory is what is slow, and one stream is what it does best. A
/// 32-bit lane stays within the product's own bound: 127 * 6000 * columns is below 2^31, and every
/// partial sum is too.
///
/// A = rows; B = the vector; C = one sum for each row; P = the parameters below. The twin:
/// `ScalarKernels#dots`.
final class Int8Dots extends Routine {
  // Parameters: 64-bit words.
  static final int ROWS = 0;
  static final int STRIDE = 1;
  static final int BLOCKS = 2; // of 64 columns
  static final int PARAMETER_BYTES = 3 * Long.BYTES;

  private static final int BLOCK = 64;
  private static final int LANES = 16;

  private static final List<Ymm> SUMS = List.of(Ymm.YMM0, Ymm.YMM1, Ymm.YMM2, Ymm.YMM3);
  private static final List<Ymm> CODES = List.of(Ymm.YMM4, Ymm.YMM5, Ymm.YMM6, Ymm.YMM7);

  private static final Gpr ROWS_LEFT = Gpr.R8;
  private static final Gpr ROW_BYTES = Gpr.R9;
  private static final Gpr BLOCKS_LEFT = Gpr.R10;
  private static final Gpr X = Gpr.R11;

  @Override
  void body() {
    mov(ROWS_LEFT, parameter(ROWS));
    mov(ROW_BYTES, parameter(STRIDE));

    Label row = here();
    mov(X, B);
    mov(BLOCKS_LEFT, parameter(BLOCKS));
    SUMS.forEach(sum -> vpxor(sum, sum, sum));

    Label block = here();
    prefetcht0(Mem.at(A, ROW_BYTES, 1)); // the next row
    for (int i = 0; i < SUMS.size(); i++) {
      vpmovsxbw(CODES.get(i), Mem.at(A, i * LANES));
      vpmaddwd(CODES.get(i), CODES.get(i), Mem.at(X, i * LANES * Short.BYTES));
      vpaddd(SUMS.get(i), SUMS.get(i), CODES.get(i));
    }
    add(A, BLOCK);
    add(X, BLOCK * Short.BYTES);
    dec(BLOCKS_LEFT);
    jne(block);

    vpaddd(Ymm.YMM0, Ymm.YMM0, Ymm.YMM1);
    vpaddd(Ymm.YMM2, Ymm.YMM2, Ymm.YMM3);
    vpaddd(Ymm.YMM0, Ymm.YMM0, Ymm.YMM2);
    vphaddd(Ymm.YMM0, Ymm.YMM0, Ymm.YMM0);
    vphaddd(Ymm.YMM0, Ymm.YMM0, Ymm.YMM0);
    vextracti128(Ymm.YMM1.low(), Ymm.YMM0, 1);
    vpaddd(Ymm.YMM0.low(), Ymm.YMM0.low(), Ymm.YMM1.low());
    vmovd(Gpr.RAX, Ymm.YMM0.low());
    mov32(Mem.at(C), Gpr.RAX);
    add(C, Integer.BYTES);
    dec(ROWS_LEFT);
    jne(row);
  }
}
