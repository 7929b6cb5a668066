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
/// Rows follow each other, or are listed by their addresses; the list goes on for a tile behind its
/// end, to be fetched ahead.
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

  /// With listed rows: where the list of their addresses is from the parameters on, in bytes.
  static final int LIST = 7;

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

  // With listed rows: the rows of this tile, the list from this tile on, the present place in every
  // row, and a row of the next tile.
  private static final List<Gpr> LISTED =
      List.of(Gpr.RAX, Gpr.R8, Gpr.R9, Gpr.R10, Gpr.R12, Gpr.R13, Gpr.R14, C);
  private static final Gpr ROWS = A;
  private static final Gpr OFFSET = Gpr.RBX;
  private static final Gpr NEXT = P;

  /// Free for [#sums].
  static final Gpr COUNT = Gpr.R11;

  /// Local memory: where the next tile's scales are.
  private static final int NEXT_SCALES = 0;

  // Local memory, with listed rows.
  private static final int NEXT_OUTPUTS = 8;
  private static final int PARAMETERS = 16;
  private static final int LISTED_TILES_LEFT = 24;

  /// Local memory that subclasses may use begins here.
  static final int LOCALS = 64;

  final int rows;
  final int tokens;
  private final boolean listed;

  /// @param tokens 1, 2 or 4
  /// @param listed whether rows are taken from a list; only with 1 token
  TernaryGemv(int tokens, boolean listed) {
    this.tokens = tokens;
    this.listed = listed;
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
    if (listed) {
      listedBody();
      return;
    }
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

  /// Eight listed rows at a time. More registers are needed than there are, so that C, P and the
  /// tiles that are left wait in local memory while sums are computed.
  private void listedBody() {
    mov(ROWS, parameter(LIST));
    add(ROWS, P);
    mov(local(NEXT_OUTPUTS), C);
    mov(local(PARAMETERS), P);
    mov(Gpr.RAX, parameter(TILES));
    mov(local(LISTED_TILES_LEFT), Gpr.RAX);
    mov(Gpr.RAX, parameter(FIRST_SCALE));
    lea(Gpr.RAX, Mem.at(P, Gpr.RAX, 1, SCALES));
    mov(local(NEXT_SCALES), Gpr.RAX);
    prepare();

    Label tile = here();
    mov(BLOCKS_LEFT, parameter(BLOCKS));
    for (int i = 0; i < DOTS; i++) {
      mov(LISTED.get(i), Mem.at(ROWS, i * Long.BYTES));
    }
    mov(OFFSET, 0L);
    sums();
    mov(P, local(PARAMETERS));
    mov(C, local(NEXT_OUTPUTS));
    dots();
    output();
    add(C, DOTS * Float.BYTES);
    mov(local(NEXT_OUTPUTS), C);
    add(ROWS, DOTS * Long.BYTES);
    mov(Gpr.RAX, local(LISTED_TILES_LEFT));
    dec(Gpr.RAX);
    mov(local(LISTED_TILES_LEFT), Gpr.RAX);
    jne(tile);
  }

  /// {@return registers that walk along every fourth row of this tile and the next}
  private List<Gpr> bases() {
    return List.of(ROW0, ROW4, ROW8, ROW12).subList(0, Math.ceilDiv(2 * rows, 4));
  }

  /// {@return the present block of a row of this tile, or of the next}
  final Mem row(int row) {
    if (listed) {
      return Mem.at(LISTED.get(row), OFFSET, 1);
    }
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
    if (listed) {
      return Mem.at(B, OFFSET, 4, offset);
    }
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
    if (listed) {
      for (int row = 0; row < DOTS; row++) {
        mov(NEXT, Mem.at(ROWS, (DOTS + row) * Long.BYTES));
        prefetcht0(Mem.at(NEXT, OFFSET, 1));
      }
      add(OFFSET, blocks * TernaryMatrix.BLOCK_BYTES);
      return;
    }
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
