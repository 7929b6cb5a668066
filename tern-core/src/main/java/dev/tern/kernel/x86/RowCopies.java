package dev.tern.kernel.x86;

import java.util.List;

/// Rows of floats to int8 codes, with what bounds their error: `code = rint(x * (127 / absmax))`.
///
/// Each row is read twice: once for its largest magnitude and the sum of its squares, once for its
/// codes and the sum of the squares of what they leave out. Sums are in 32 strided lanes by fused
/// multiply-add and then pairwise, the order of `ScalarKernels#dot`.
///
/// A = rows `[rows, columns]`; B = three floats for each row: absmax and the two sums; C = codes
/// `[rows, stride]`; P = the parameters below. The twin: `QuantizedRows#quantize`.
final class RowCopies extends FloatRoutine {
  // Parameters: 64-bit words.
  static final int ROWS = 0;
  static final int STEPS = 1; // of 32 columns
  static final int PADDING = 2; // from a row's last code to the next row's first
  static final int PARAMETER_BYTES = 3 * Long.BYTES;

  /// Columns of a step.
  static final int STEP_COLUMNS = 32;

  /// Floats of a row's results.
  static final int RESULTS = 3;

  private static final float LARGEST_CODE = 127f;
  private static final int REGISTER_BYTES = 32;

  private static final List<Ymm> SUMS = List.of(Ymm.YMM0, Ymm.YMM1, Ymm.YMM2, Ymm.YMM3);
  private static final List<Ymm> CODES = List.of(Ymm.YMM4, Ymm.YMM5, Ymm.YMM6, Ymm.YMM7);
  private static final Ymm MOST = Ymm.YMM8;
  private static final Ymm INVERSES = Ymm.YMM9;
  private static final Ymm SCALES = Ymm.YMM10;
  private static final Ymm VALUES = Ymm.YMM11;
  private static final Ymm TEMPORARY = Ymm.YMM12;

  private static final Gpr ROWS_LEFT = Gpr.R8;
  private static final Gpr STEPS_LEFT = Gpr.R9;
  private static final Gpr X = Gpr.R10;

  @Override
  void body() {
    mov(ROWS_LEFT, parameter(ROWS));
    Label row = here();
    measure();
    vmovss(Mem.at(B), MOST.low());
    vmovss(TEMPORARY.low(), all(LARGEST_CODE));
    vdivss(INVERSES.low(), TEMPORARY.low(), MOST.low());
    vdivss(SCALES.low(), MOST.low(), TEMPORARY.low());
    vbroadcastss(INVERSES, INVERSES.low());
    vbroadcastss(SCALES, SCALES.low());
    quantize();
    add(B, RESULTS * Float.BYTES);
    add(C, parameter(PADDING));
    mov(A, X);
    dec(ROWS_LEFT);
    jne(row);
  }

  /// The largest magnitude, compared as integers, and the sum of squares.
  private void measure() {
    SUMS.forEach(sum -> vxorps(sum, sum, sum));
    vpxor(MOST, MOST, MOST);
    mov(X, A);
    mov(STEPS_LEFT, parameter(STEPS));
    Label step = here();
    for (int i = 0; i < SUMS.size(); i++) {
      vmovups(VALUES, Mem.at(X, i * REGISTER_BYTES));
      vfmadd231ps(SUMS.get(i), VALUES, VALUES);
      vpand(VALUES, VALUES, all(Integer.MAX_VALUE));
      vpmaxsd(MOST, MOST, VALUES);
    }
    add(X, SUMS.size() * REGISTER_BYTES);
    dec(STEPS_LEFT);
    jne(step);
    sumPairwise(SUMS, TEMPORARY.low());
    vmovss(Mem.at(B, Float.BYTES), SUMS.getFirst().low());

    largestLane(MOST, TEMPORARY.low());
  }

  private void quantize() {
    SUMS.forEach(sum -> vxorps(sum, sum, sum));
    mov(X, A);
    mov(STEPS_LEFT, parameter(STEPS));
    Label step = here();
    for (int i = 0; i < SUMS.size(); i++) {
      Ymm codes = CODES.get(i);
      vmovups(VALUES, Mem.at(X, i * REGISTER_BYTES));
      vmulps(codes, VALUES, INVERSES);
      vcvtps2dq(codes, codes);
      vcvtdq2ps(TEMPORARY, codes);
      vmulps(TEMPORARY, TEMPORARY, SCALES);
      vsubps(VALUES, VALUES, TEMPORARY);
      vfmadd231ps(SUMS.get(i), VALUES, VALUES);
    }
    storeCodes();
    add(X, SUMS.size() * REGISTER_BYTES);
    add(C, STEP_COLUMNS);
    dec(STEPS_LEFT);
    jne(step);
    sumPairwise(SUMS, TEMPORARY.low());
    vmovss(Mem.at(B, 2 * Float.BYTES), SUMS.getFirst().low());
  }

  /// Packing keeps to 128-bit lanes; the lanes' halves are brought side by side after it.
  private void storeCodes() {
    Ymm all = CODES.getFirst();
    vpackssdw(all, all, CODES.get(1));
    vpackssdw(CODES.get(2), CODES.get(2), CODES.get(3));
    vpacksswb(all, all, CODES.get(2));
    Xmm upper = TEMPORARY.low();
    Xmm ordered = VALUES.low();
    vextracti128(upper, all, 1);
    vpunpckldq(ordered, all.low(), upper);
    vmovdqu(Mem.at(C), ordered);
    vpunpckhdq(ordered, all.low(), upper);
    vmovdqu(Mem.at(C, STEP_COLUMNS / 2), ordered);
  }
}
