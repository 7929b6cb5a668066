package dev.tern.kernel.x86;

import dev.tern.kernel.TernaryMatrix;
import dev.tern.kernel.TernaryTriples;
import java.util.List;

/// Rows in 2 bits to a tile of [TernaryTriples].
///
/// A row is first unpacked to one code (trit + 1) a byte. Then a unit of 24 columns becomes eight
/// numbers `9 a + 3 b + c - 13`, whose signs are one byte and whose magnitudes are four.
///
/// A = rows of whole blocks; B = room for a row's codes, behind which there are codes of zeros up
/// to the last unit, and 16 more bytes; C = the tile; P = the parameters below. The twin:
/// `TernaryTriples#pack`.
final class TriplePack extends Routine {
  // Parameters: 64-bit words.
  static final int ROWS = 0;
  static final int BLOCKS = 1;
  static final int UNITS = 2;

  /// Where the tile's corrections begin.
  static final int CORRECTIONS = 3;

  static final int PARAMETER_BYTES = 4 * Long.BYTES;

  /// Bytes that are read behind the last unit's codes.
  static final int READ_BEYOND = 16;

  private static final int HALF_UNIT = TernaryTriples.UNIT_COLUMNS / 2;
  private static final int GROUP = TernaryTriples.TILE_ROWS;
  private static final int LARGEST_NUMBER = 13;

  private static final Ymm CODES = Ymm.YMM0;
  private static final Ymm QUARTER = Ymm.YMM1;
  private static final Ymm NUMBERS = Ymm.YMM2;
  private static final Ymm UPPER = Ymm.YMM3;
  private static final Ymm SIGNS = Ymm.YMM4;
  private static final Ymm LOW_BITS = Ymm.YMM5;
  private static final Ymm SPREAD = Ymm.YMM6;
  private static final Ymm PLACES = Ymm.YMM7;
  private static final Ymm ONES = Ymm.YMM8;
  private static final Ymm OFFSETS = Ymm.YMM9;
  private static final Ymm NIBBLES = Ymm.YMM10;

  private static final Gpr ROW = Gpr.R8;
  private static final Gpr POSITION = Gpr.R9;
  private static final Gpr COLUMNS = Gpr.R10;
  private static final Gpr LEFT = Gpr.R11;
  private static final Gpr PLACE = Gpr.RBX;
  private static final Gpr NEGATIVE = Gpr.R12;
  private static final Gpr CORRECTION = Gpr.R13;
  private static final Gpr TEMPORARY = Gpr.RAX;

  private final Label positions = newLabel();
  private final Label spread = newLabel();
  private final Label places = newLabel();
  private final Label ones = newLabel();
  private final Label offsets = newLabel();
  private final Label nibbles = newLabel();
  private final Label lowBits = newLabel();

  @Override
  void body() {
    vmovdqu(SPREAD, Mem.at(spread));
    vpbroadcastd(LOW_BITS, Mem.at(lowBits));
    vpbroadcastd(PLACES, Mem.at(places));
    vpbroadcastd(ONES, Mem.at(ones));
    vpbroadcastd(OFFSETS, Mem.at(offsets));
    vpbroadcastd(NIBBLES, Mem.at(nibbles));
    mov(CORRECTION, C);
    add(CORRECTION, parameter(CORRECTIONS));
    mov(ROW, 0L);
    Label row = here();
    unpack();
    lea(POSITION, Mem.at(positions));
    movzx8(PLACE, Mem.at(POSITION, ROW, 1));
    add(PLACE, C);
    pack();
    inc(ROW);
    cmp(ROW, parameter(ROWS));
    jl(row);
  }

  /// As `TernaryMatrix#unpack`, but for the 1 that a code is more than a trit.
  private void unpack() {
    mov(COLUMNS, B);
    mov(LEFT, parameter(BLOCKS));
    Label block = here();
    vmovdqu(CODES, Mem.at(A));
    for (int quarter = 0; quarter < 4; quarter++) {
      int shift = 6 - 2 * quarter;
      if (shift > 0) {
        vpsrlw(QUARTER, CODES, shift);
        vpand(QUARTER, QUARTER, LOW_BITS);
      } else {
        vpand(QUARTER, CODES, LOW_BITS);
      }
      vmovdqu(Mem.at(COLUMNS, quarter * TernaryMatrix.BLOCK_BYTES), QUARTER);
    }
    add(A, TernaryMatrix.BLOCK_BYTES);
    add(COLUMNS, TernaryMatrix.BLOCK_COLUMNS);
    dec(LEFT);
    jne(block);
  }

  private void pack() {
    mov(COLUMNS, B);
    mov(LEFT, parameter(UNITS));
    mov(NEGATIVE, 0L);
    Label unit = here();
    vmovdqu(NUMBERS.low(), Mem.at(COLUMNS));
    vinserti128(NUMBERS, NUMBERS, Mem.at(COLUMNS, HALF_UNIT), 1);
    vpshufb(NUMBERS, NUMBERS, SPREAD);
    vpmaddubsw(NUMBERS, NUMBERS, PLACES);
    vpmaddwd(NUMBERS, NUMBERS, ONES);
    vpsubd(NUMBERS, NUMBERS, OFFSETS);
    vmovmskps(TEMPORARY, NUMBERS);
    vpackssdw(NUMBERS, NUMBERS, NUMBERS);
    vpabsw(NUMBERS, NUMBERS);
    vpackuswb(NUMBERS, NUMBERS, NUMBERS);
    vpmaddubsw(NUMBERS, NUMBERS, NIBBLES);
    vextracti128(UPPER.low(), NUMBERS, 1);
    vmovd(SIGNS.low(), TEMPORARY);
    vpextrb(Mem.at(PLACE), NUMBERS.low(), 0);
    vpextrb(Mem.at(PLACE, GROUP), NUMBERS.low(), 2);
    vpextrb(Mem.at(PLACE, 2 * GROUP), UPPER.low(), 0);
    vpextrb(Mem.at(PLACE, 3 * GROUP), UPPER.low(), 2);
    vpextrb(Mem.at(PLACE, 4 * GROUP), SIGNS.low(), 0);
    popcnt(TEMPORARY, TEMPORARY);
    add(NEGATIVE, TEMPORARY);
    add(COLUMNS, TernaryTriples.UNIT_COLUMNS);
    add(PLACE, TernaryTriples.UNIT_BYTES);
    dec(LEFT);
    jne(unit);

    mov(TEMPORARY, (long) TernaryTriples.RADIX + 1);
    imul(NEGATIVE, TEMPORARY);
    mov32(Mem.at(CORRECTION), NEGATIVE);
    add(CORRECTION, Integer.BYTES);
  }

  @Override
  void constants() {
    bind(positions);
    for (int row = 0; row < TernaryTriples.TILE_ROWS; row++) {
      emit8(TernaryTriples.position(row));
    }
    bind(spread);
    for (int i = 0; i < 32; i++) {
      emit8(i % 4 == 3 ? 0x80 : i % 16 / 4 * 3 + i % 4);
    }
    bytes(lowBits, List.of(3, 3, 3, 3));
    bytes(places, List.of(9, 3, 1, 0));
    bytes(ones, List.of(1, 0, 1, 0));
    bytes(offsets, List.of(LARGEST_NUMBER, 0, 0, 0));
    bytes(nibbles, List.of(1, 16, 1, 16));
  }

  private void bytes(Label label, List<Integer> values) {
    bind(label);
    values.forEach(this::emit8);
  }
}
