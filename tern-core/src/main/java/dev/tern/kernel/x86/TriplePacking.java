package dev.tern.kernel.x86;

import dev.tern.kernel.TernaryMatrix;
import dev.tern.kernel.TernaryTriples;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Objects;

/// Packs tiles of [TernaryTriples], on one thread: sees to it that [TriplePack] stays within the
/// memory that it is given.
final class TriplePacking {
  private static final byte CODE_OF_ZERO = 1;

  private final NativeCode.Function function;
  private final MemorySegment parameters =
      Arena.ofAuto().allocate(TriplePack.PARAMETER_BYTES, Long.BYTES);
  private MemorySegment columns = Arena.ofAuto().allocate(0);

  TriplePacking(NativeCode.Function function) {
    this.function = function;
  }

  static NativeCode.Function load() throws UnavailableException {
    return NativeCode.load(List.of(new TriplePack())).getFirst();
  }

  /// See `Kernels.pack`.
  void pack(TernaryMatrix.Part part, TernaryTriples triples, int fromTile, int toTile) {
    Objects.checkFromToIndex(
        fromTile, toTile, Math.ceilDiv(triples.rows(), TernaryTriples.TILE_ROWS));
    Objects.checkFromIndexSize(0, triples.rows(), part.rows());
    long unpacked = part.rowBytes() * (TernaryMatrix.BLOCK_COLUMNS / TernaryMatrix.BLOCK_BYTES);
    long needed = (long) triples.units() * TernaryTriples.UNIT_COLUMNS;
    long bytes = Math.max(unpacked, needed) + TriplePack.READ_BEYOND;
    if (columns.byteSize() < bytes) {
      columns = Arena.ofAuto().allocate(bytes, 64);
    }
    columns.asSlice(unpacked).fill(CODE_OF_ZERO);
    Routine.setParameter(
        parameters, TriplePack.BLOCKS, part.rowBytes() / TernaryMatrix.BLOCK_BYTES);
    Routine.setParameter(parameters, TriplePack.UNITS, triples.units());
    Routine.setParameter(
        parameters, TriplePack.CORRECTIONS, (long) triples.units() * TernaryTriples.UNIT_BYTES);
    for (int tile = fromTile; tile < toTile; tile++) {
      int first = tile * TernaryTriples.TILE_ROWS;
      int rows = Math.min(TernaryTriples.TILE_ROWS, triples.rows() - first);
      Routine.setParameter(parameters, TriplePack.ROWS, rows);
      function.call(
          part.codes().asSlice(first * part.rowBytes(), rows * part.rowBytes()),
          columns,
          triples.data().asSlice(tile * triples.tileBytes(), triples.tileBytes()),
          parameters);
    }
  }
}
