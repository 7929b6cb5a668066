package dev.tern.kernel.x86;

/// Walks along a row of floats, 8 at a time; the last ones, if they are fewer, through a mask that
/// leaves everything else alone.
///
/// A, B and C walk together. Parameters: the number of floats, and what subclasses add.
abstract class RowRoutine extends FloatRoutine {
  static final int COUNT = 0;

  private static final int LANES = 8;
  private static final int STEP = LANES * Float.BYTES;
  private static final Gpr LEFT = Gpr.R15;
  private static final Ymm MASK = Ymm.YMM15;

  private final Label masks = newLabel();
  private boolean masked;

  /// Writes code that runs before the first step.
  void begin() {}

  /// Writes code for the 8 floats at A, B and C. Called twice; may use ymm0 to ymm14.
  abstract void step();

  /// Writes code that runs after the last step.
  void end() {}

  /// Loads the floats of this step; those beyond the row are zeros.
  final void load(Ymm to, Gpr from) {
    if (masked) {
      vmaskmovps(to, MASK, Mem.at(from));
    } else {
      vmovups(to, Mem.at(from));
    }
  }

  /// Stores the floats of this step.
  final void store(Gpr to, Ymm from) {
    if (masked) {
      vmaskmovps(Mem.at(to), MASK, from);
    } else {
      vmovups(Mem.at(to), from);
    }
  }

  @Override
  final void body() {
    Label few = newLabel();
    Label done = newLabel();
    begin();
    mov(LEFT, parameter(COUNT));
    sub(LEFT, LANES);
    jl(few);

    Label whole = here();
    masked = false;
    step();
    add(A, STEP);
    add(B, STEP);
    add(C, STEP);
    sub(LEFT, LANES);
    jge(whole);

    bind(few);
    add(LEFT, LANES);
    je(done);
    shl(LEFT, 2);
    lea(Gpr.RAX, Mem.at(masks));
    sub(Gpr.RAX, LEFT);
    vmovups(MASK, Mem.at(Gpr.RAX, STEP));
    masked = true;
    step();
    bind(done);
    end();
  }

  /// All lanes, then none: from the middle backwards, as many lanes as wanted.
  @Override
  void constants() {
    super.constants();
    bind(masks);
    for (int lane = 0; lane < 2 * LANES; lane++) {
      emit32(lane < LANES ? -1 : 0);
    }
  }
}
