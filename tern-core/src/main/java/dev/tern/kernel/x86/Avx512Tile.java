package dev.tern.kernel.x86;

import static dev.tern.kernel.x86.Ymm.YMM0;
import static dev.tern.kernel.x86.Ymm.YMM1;
import static dev.tern.kernel.x86.Ymm.YMM2;
import static dev.tern.kernel.x86.Ymm.YMM3;
import static dev.tern.kernel.x86.Ymm.YMM4;

import java.util.List;
import java.util.stream.IntStream;

/// Tiles of four rows and up to six vectors, whose 24 sums stay in registers: what is unpacked of a
/// row serves all vectors, and what is read of a vector serves all rows.
///
/// Needs AVX-512. Subclasses leave zmm8 to zmm31 to the sums, `[vectors, rows]`, in 32-bit lanes.
///
/// A = rows, which follow each other; P = the parameters.
abstract class Avx512Tile extends Routine {
  /// Rows of a tile.
  static final int ROWS = 4;

  /// The most vectors of a tile.
  static final int MOST_VECTORS = 6;

  /// Bytes of a register.
  static final int VECTOR_BYTES = 64;

  /// From one row to the next, in bytes; to be set first.
  static final Gpr STRIDE = Gpr.R8;

  /// Three times [#STRIDE]; to be set first.
  static final Gpr STRIDE3 = Gpr.R9;

  private static final List<Zmm> SUMS = IntStream.range(8, 32).mapToObj(Zmm::of).toList();

  final int vectors;

  /// @param vectors of a tile, 1 to [#MOST_VECTORS]
  Avx512Tile(int vectors) {
    this.vectors = vectors;
  }

  @Override
  int localBytes() {
    return SUMS.size() * VECTOR_BYTES;
  }

  /// {@return a place in a row of a tile, as far from its beginning as the place in the first row}
  static Mem ofRow(Gpr firstRow, int row) {
    return switch (row) {
      case 0 -> Mem.at(firstRow);
      case 1 -> Mem.at(firstRow, STRIDE, 1);
      case 2 -> Mem.at(firstRow, STRIDE, 2);
      default -> Mem.at(firstRow, STRIDE3, 1);
    };
  }

  static Zmm sum(int vector, int row) {
    return SUMS.get(vector * ROWS + row);
  }

  final void clearSums() {
    for (Zmm sum : SUMS.subList(0, vectors * ROWS)) {
      vpxord(sum, sum, sum);
    }
  }

  /// Stores the sums where [#addLanesOfPair] finds them.
  final void storeSums() {
    for (int i = 0; i < vectors * ROWS; i++) {
      vmovdqu32(local(i * VECTOR_BYTES), SUMS.get(i));
    }
  }

  /// Leaves in ymm0 the sums of a vector's four rows and of the next vector's, if there is one;
  /// changes ymm1 to ymm4.
  final void addLanesOfPair(int vector) {
    addLanes(vector, List.of(YMM0, YMM1, YMM2, YMM3));
    if (hasNext(vector)) {
      addLanes(vector + 1, List.of(YMM1, YMM2, YMM3, YMM4));
    }
    vperm2i128(YMM2, YMM0, YMM1, 0x20);
    vperm2i128(YMM3, YMM0, YMM1, 0x31);
    vpaddd(YMM0, YMM2, YMM3);
  }

  final boolean hasNext(int vector) {
    return vector + 1 < vectors;
  }

  /// Adds the lanes of a vector's sums in pairs, twice.
  ///
  /// @param registers one for each row; the first receives four rows' sums of lower halves, then of
  ///   upper ones
  private void addLanes(int vector, List<Ymm> registers) {
    for (int row = 0; row < ROWS; row++) {
      int at = (vector * ROWS + row) * VECTOR_BYTES;
      vmovdqu(registers.get(row), local(at));
      vpaddd(registers.get(row), registers.get(row), local(at + VECTOR_BYTES / 2));
    }
    vphaddd(registers.get(0), registers.get(0), registers.get(1));
    vphaddd(registers.get(2), registers.get(2), registers.get(3));
    vphaddd(registers.get(0), registers.get(0), registers.get(2));
  }
}
