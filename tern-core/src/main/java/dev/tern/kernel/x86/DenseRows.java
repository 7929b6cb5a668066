package dev.tern.kernel.x86;

import dev.tern.kernel.ScalarKernels;
import java.util.stream.IntStream;

/// Rows of weights decoded to floats, and multiplied by tokens or stored.
///
/// A subclass knows one encoding: it decodes a unit of columns, 8 at a time. A dot product is
/// summed in 32 strided lanes by fused multiply-add and then pairwise: the order of
/// [ScalarKernels#dot], and so every bit of it. That is four registers for each token.
///
/// A = rows, one right behind the other; B = tokens `[tokens, stride]`; C = output, `[tokens,
/// stride]` of dot products, or the decoded rows.
abstract class DenseRows extends Routine {
  // Parameters.
  static final int ROWS = 0;
  static final int UNITS = 1;

  /// Columns that are left over from whole units.
  static final int TAIL = 2;

  static final int X_STRIDE = 3;
  static final int Y_STRIDE = 4;

  /// A float, in the lower half of its word.
  static final int OUTPUT_SCALE = 5;

  /// Columns of one register.
  static final int LANES = 8;

  private static final int REGISTERS = ScalarKernels.LANES / LANES;
  private static final int REGISTER_BYTES = 32;

  // ymm0 to ymm11: 4 registers of sums for each of up to 3 tokens.
  // ymm4 to ymm11 are free for subclasses when there is only one token, or none.
  /// Weights that have been decoded.
  static final Ymm WEIGHTS = Ymm.YMM12;

  private static final Ymm TEMPORARY = Ymm.YMM13;

  private static final Gpr ROWS_LEFT = Gpr.R8;
  private static final Gpr UNITS_LEFT = Gpr.R9;
  private static final Gpr X = Gpr.RBX;
  private static final Gpr X_STEP = Gpr.R10;
  private static final Gpr LANE = Gpr.R15;

  /// Local memory: the sums of all tokens, for the tail.
  private static final int SUMS = 0;

  /// Local memory that subclasses may use begins here.
  static final int LOCALS = 3 * ScalarKernels.LANES * Float.BYTES;

  private final int tokens;
  private final int unitBytes;
  private final int unitColumns;

  /// @param tokens how many are multiplied, 1 or 3; or 0, to store what has been decoded
  /// @param unitBytes of weights that [#unit] decodes
  /// @param unitColumns that these are
  DenseRows(int tokens, int unitBytes, int unitColumns) {
    this.tokens = tokens;
    this.unitBytes = unitBytes;
    this.unitColumns = unitColumns;
  }

  @Override
  int localBytes() {
    return LOCALS;
  }

  /// Writes code that runs once, before the first row.
  void prepare() {}

  /// Writes code that decodes the unit at A, and calls [#use] for every 8 columns.
  abstract void unit();

  /// {@return the bytes of one column, where columns stand alone; 0 where there is no tail}
  int columnBytes() {
    return 0;
  }

  /// Writes code that decodes the one column at A to the lowest lane of [#WEIGHTS].
  void column() {
    throw new IllegalStateException("columns do not stand alone");
  }

  @Override
  final void body() {
    mov(ROWS_LEFT, parameter(ROWS));
    mov(X_STEP, parameter(X_STRIDE));
    prepare();

    Label row = here();
    Label unit = newLabel();
    Label tail = newLabel();
    IntStream.range(0, tokens * REGISTERS).mapToObj(Ymm::of).forEach(sum -> vxorps(sum, sum, sum));
    mov(X, B);
    mov(UNITS_LEFT, parameter(UNITS));
    test(UNITS_LEFT, UNITS_LEFT);
    je(tail);
    bind(unit);
    unit();
    add(A, unitBytes);
    if (tokens == 0) {
      add(C, unitColumns * Float.BYTES);
    } else {
      add(X, unitColumns * Float.BYTES);
    }
    dec(UNITS_LEFT);
    jne(unit);
    bind(tail);
    if (columnBytes() > 0) {
      tail();
    }
    if (tokens > 0) {
      output();
    }
    dec(ROWS_LEFT);
    jne(row);
  }

  /// Writes code that multiplies or stores 8 weights.
  ///
  /// @param index of 8 columns within the unit
  final void use(Ymm weights, int index) {
    if (tokens == 0) {
      vmovups(Mem.at(C, index * REGISTER_BYTES), weights);
    }
    for (int token = 0; token < tokens; token++) {
      vfmadd231ps(sum(token, index % REGISTERS), weights, x(token, index * REGISTER_BYTES));
    }
  }

  private static Ymm sum(int token, int register) {
    return Ymm.of(token * REGISTERS + register);
  }

  private static Mem x(int token, int offset) {
    return token == 0 ? Mem.at(X, offset) : Mem.at(X, X_STEP, token, offset);
  }

  private void tail() {
    Gpr left = UNITS_LEFT;
    Label none = newLabel();
    mov(left, parameter(TAIL));
    test(left, left);
    je(none);
    for (int i = 0; i < tokens * REGISTERS; i++) {
      vmovups(local(SUMS + i * REGISTER_BYTES), Ymm.of(i));
    }
    lea(LANE, local(SUMS));

    Label next = here();
    column();
    if (tokens == 0) {
      vmovss(Mem.at(C), WEIGHTS.low());
      add(C, Float.BYTES);
    }
    for (int token = 0; token < tokens; token++) {
      Mem lane = Mem.at(LANE, token * REGISTERS * REGISTER_BYTES);
      vmovss(TEMPORARY.low(), lane);
      vfmadd231ss(TEMPORARY.low(), WEIGHTS.low(), x(token, 0));
      vmovss(lane, TEMPORARY.low());
    }
    add(A, columnBytes());
    add(X, Float.BYTES);
    add(LANE, Float.BYTES);
    dec(left);
    jne(next);

    for (int i = 0; i < tokens * REGISTERS; i++) {
      vmovups(Ymm.of(i), local(SUMS + i * REGISTER_BYTES));
    }
    bind(none);
  }

  /// Adds halves lane by lane until one is left, for each token.
  private void output() {
    Gpr y = LANE;
    mov(y, C);
    for (int token = 0; token < tokens; token++) {
      int first = token;
      sumPairwise(
          IntStream.range(0, REGISTERS).mapToObj(i -> sum(first, i)).toList(), TEMPORARY.low());
      Xmm sum = sum(token, 0).low();
      vmulss(sum, sum, parameter(OUTPUT_SCALE));
      vmovss(Mem.at(y), sum);
      add(y, parameter(Y_STRIDE));
    }
    add(C, Float.BYTES);
  }
}
