package dev.tern.kernel.x86;

import static dev.tern.kernel.x86.Ymm.YMM0;
import static dev.tern.kernel.x86.Ymm.YMM1;
import static dev.tern.kernel.x86.Ymm.YMM2;
import static dev.tern.kernel.x86.Ymm.YMM4;
import static dev.tern.kernel.x86.Ymm.YMM5;
import static dev.tern.kernel.x86.Ymm.YMM6;

import dev.tern.kernel.TernaryMatrix;
import java.util.List;
import java.util.stream.IntStream;

/// One, two or four tokens times ternary rows: decode, and small batches.
///
/// Works on tiles of 8 dot products: 8 rows and 1 token, 4 rows and 2 tokens, or 2 rows and 4
/// tokens. Weights are unpacked once for all tokens of a tile, as unsigned codes 0, 1, 2: `sum((u -
/// 1) x) = sum(u x) - sum(x)`. What differs between instruction sets, the integer sums, is in
///    subclasses; here are the walk over rows and the output: `dot / quantScale * scale *
///    outputScale`, the operations of [TernaryMatrix.Part#output] in their order.
///
/// A = packed rows, B = activations `[tokens, stride]`, C = output `[tokens, stride]`, P = the
/// parameters below, then the rows' scales. The twin: `ScalarKernels#linear`.
abstract class TernaryGemv extends Routine {
  /// Dot products of a tile.
  static final int DOTS = 8;

  static final int VECTOR_BYTES = 32;

  // Parameters: 64-bit words.
  static final int ROW_BYTES = 0;
  static final int TILES = 1;
  static final int BLOCKS = 2;
  static final int X_STRIDE = 3;
  static final int Y_STRIDE = 4;

  /// From one tile's scales to the next's, in bytes: 0 if all rows share one.
  static final int SCALE_STEP = 5;

  /// Where the first tile's scales are among [#SCALES], in bytes.
  static final int FIRST_SCALE = 6;

  // Parameters: byte offsets of 8 lanes each, one for every dot product of a tile.
  static final int CODE_SUMS = 64;
  static final int QUANT_SCALES = 96;
  static final int OUTPUT_SCALES = 128;

  /// Byte offset of the scales of all rows.
  static final int SCALES = 192;

  // Registers beside A, B, C and P.
  private static final Gpr STRIDE = Gpr.R8;
  private static final Gpr STRIDE3 = Gpr.R9;

  // The present block of rows of a tile, and of the activations.
  private static final Gpr ROW0 = Gpr.RAX;
  private static final Gpr ROW4 = Gpr.R10;
  private static final Gpr ROW8 = Gpr.R12; // only with 1 token
  private static final Gpr ROW12 = Gpr.R13; // only with 1 token
  private static final Gpr X = Gpr.RBX;

  // Between tokens; only with more than 1.
  private static final Gpr X_STEP = Gpr.R12;
  private static final Gpr X_STEP3 = Gpr.R13;

  private static final Gpr TILES_LEFT = Gpr.R14;

  /// How many blocks of the tile are left: at least 1 when [#sums] begins.
  static final Gpr BLOCKS_LEFT = Gpr.R15;

  /// Free for [#sums].
  static final Gpr COUNT = Gpr.R11;

  /// Local memory: where the next tile's scales are.
  private static final int NEXT_SCALES = 0;

  /// Local memory that subclasses may use begins here.
  static final int LOCALS = 64;

  final int rows;
  final int tokens;

  /// @param tokens 1, 2 or 4
  TernaryGemv(int tokens) {
    this.tokens = tokens;
    this.rows = DOTS / tokens;
  }

  @Override
  int localBytes() {
    return LOCALS;
  }

  /// Writes code that leaves the sums of a tile's products in 32-bit lanes of ymm0 to ymm7,
  /// `[tokens, rows]`.
  abstract void sums();

  /// Writes code that runs once, before the first tile.
  abstract void prepare();

  @Override
  final void body() {
    mov(STRIDE, parameter(ROW_BYTES));
    lea(STRIDE3, Mem.at(STRIDE, STRIDE, 2));
    if (tokens > 1) {
      mov(X_STEP, parameter(X_STRIDE));
      lea(X_STEP3, Mem.at(X_STEP, X_STEP, 2));
    }
    mov(TILES_LEFT, parameter(TILES));
    mov(Gpr.RAX, parameter(FIRST_SCALE));
    lea(Gpr.RAX, Mem.at(P, Gpr.RAX, 1, SCALES));
    mov(local(NEXT_SCALES), Gpr.RAX);
    prepare();

    Label tile = here();
    mov(ROW0, A);
    for (int i = 1; i < bases().size(); i++) {
      lea(bases().get(i), Mem.at(bases().get(i - 1), STRIDE, 4));
    }
    mov(X, B);
    mov(BLOCKS_LEFT, parameter(BLOCKS));
    sums();
    dots();
    output();
    switch (rows) {
      case 8 -> lea(A, Mem.at(A, STRIDE, 8));
      case 4 -> lea(A, Mem.at(A, STRIDE, 4));
      default -> lea(A, Mem.at(A, STRIDE, 2));
    }
    add(C, rows * Float.BYTES);
    dec(TILES_LEFT);
    jne(tile);
  }

  /// {@return registers that walk along every fourth row of this tile and the next}
  private List<Gpr> bases() {
    return List.of(ROW0, ROW4, ROW8, ROW12).subList(0, Math.ceilDiv(2 * rows, 4));
  }

  /// {@return the present block of a row of this tile, or of the next}
  final Mem row(int row) {
    Gpr base = bases().get(row / 4);
    return switch (row % 4) {
      case 0 -> Mem.at(base);
      case 1 -> Mem.at(base, STRIDE, 1);
      case 2 -> Mem.at(base, STRIDE, 2);
      default -> Mem.at(base, STRIDE3, 1);
    };
  }

  /// {@return 32 activations of a token that meet the codes of one bit position: quarter 0 in bits
  /// 7-6 to quarter 3 in bits 1-0}
  final Mem activations(int token, int quarter) {
    int offset = quarter * VECTOR_BYTES;
    return switch (token) {
      case 0 -> Mem.at(X, offset);
      case 1 -> Mem.at(X, X_STEP, 1, offset);
      case 2 -> Mem.at(X, X_STEP, 2, offset);
      default -> Mem.at(X, X_STEP3, 1, offset);
    };
  }

  /// Adds the lanes of each of ymm0 to ymm7, and leaves the 8 sums in ymm0.
  private void dots() {
    vphaddd(YMM0, YMM0, YMM1);
    vphaddd(YMM2, YMM2, Ymm.YMM3);
    vphaddd(YMM4, YMM4, YMM5);
    vphaddd(YMM6, YMM6, Ymm.YMM7);
    vphaddd(YMM0, YMM0, YMM2); // sums 0 to 3, of lower and of upper lanes
    vphaddd(YMM4, YMM4, YMM6); // sums 4 to 7
    vperm2i128(YMM1, YMM0, YMM4, 0x20); // the lower halves
    vperm2i128(YMM2, YMM0, YMM4, 0x31); // the upper halves
    vpaddd(YMM0, YMM1, YMM2);
  }

  private void output() {
    Gpr scales = Gpr.RAX;
    vpsubd(YMM0, YMM0, Mem.at(P, CODE_SUMS));
    vcvtdq2ps(YMM0, YMM0);
    vdivps(YMM0, YMM0, Mem.at(P, QUANT_SCALES));
    mov(scales, local(NEXT_SCALES));
    switch (rows) {
      case 8 -> vmovups(YMM1, Mem.at(scales));
      case 4 -> vbroadcastf128(YMM1, Mem.at(scales));
      default -> vbroadcastsd(YMM1, Mem.at(scales));
    }
    vmulps(YMM0, YMM0, YMM1);
    vmulps(YMM0, YMM0, Mem.at(P, OUTPUT_SCALES));
    add(scales, parameter(SCALE_STEP));
    mov(local(NEXT_SCALES), scales);

    Gpr yStride = Gpr.RAX;
    switch (rows) {
      case 8 -> vmovups(Mem.at(C), YMM0);
      case 4 -> {
        mov(yStride, parameter(Y_STRIDE));
        vmovups(Mem.at(C), YMM0.low());
        vextracti128(Mem.at(C, yStride, 1), YMM0, 1);
      }
      default -> {
        mov(yStride, parameter(Y_STRIDE));
        vextracti128(YMM1.low(), YMM0, 1);
        vmovq(Mem.at(C), YMM0.low());
        vmovhps(Mem.at(C, yStride, 1), YMM0.low());
        lea(yStride, Mem.at(yStride, yStride, 1));
        vmovq(Mem.at(C, yStride, 1), YMM1.low());
        add(yStride, parameter(Y_STRIDE));
        vmovhps(Mem.at(C, yStride, 1), YMM1.low());
      }
    }
  }

  /// Fetches what the next tile reads at the place where this tile reads now, then goes on by some
  /// blocks, which share a cache line.
  ///
  /// That lies a whole tile ahead in every row's stream: far enough for memory, near enough for the
  /// first-level cache, and twice as fast as leaving it to the processor.
  final void advance(int blocks) {
    for (int row = rows; row < 2 * rows; row++) {
      prefetcht0(row(row));
    }
    bases().forEach(base -> add(base, blocks * TernaryMatrix.BLOCK_BYTES));
    add(X, blocks * TernaryMatrix.BLOCK_COLUMNS);
  }

  /// {@return the registers of a tile's sums}
  static List<Ymm> sumRegisters() {
    return IntStream.range(0, DOTS).mapToObj(Ymm::of).toList();
  }
}
