package dev.tern.kernel.x86;

import dev.tern.kernel.TernaryColumns;

/// Adds the words of [ColumnSums] to the sums of their rows, and clears them: A = words, C = sums,
/// ints in the order of rows. Parameters: strips.
final class WidenSums extends Routine {
  static final int STRIPS = 0;

  private static final int VECTOR_BYTES = 32;
  private static final int QUARTERS = 4;
  private static final int QUARTER_ROWS = TernaryColumns.STRIP_ROWS / QUARTERS;
  private static final Gpr LEFT = Gpr.RAX;
  private static final Ymm SUMS = Ymm.YMM0;
  private static final Ymm ZERO = Ymm.YMM1;

  @Override
  void body() {
    mov(LEFT, parameter(STRIPS));
    vpxor(ZERO, ZERO, ZERO);
    Label strip = here();
    for (int vector = 0; vector < 2 * QUARTERS; vector++) {
      // Interleaving takes the lower or upper 8 of each 16 bytes.
      int firstRow = vector / 2 * QUARTER_ROWS + vector % 2 * 8;
      for (int lane = 0; lane < 2; lane++) {
        Mem sums = Mem.at(C, (firstRow + lane * 16) * Integer.BYTES);
        vpmovsxwd(SUMS, Mem.at(A, vector * VECTOR_BYTES + lane * 16));
        vpaddd(SUMS, SUMS, sums);
        vmovdqu(sums, SUMS);
      }
      vmovdqu(Mem.at(A, vector * VECTOR_BYTES), ZERO);
    }
    add(A, TernaryColumns.STRIP_ROWS * Short.BYTES);
    add(C, TernaryColumns.STRIP_ROWS * Integer.BYTES);
    dec(LEFT);
    jne(strip);
  }
}
