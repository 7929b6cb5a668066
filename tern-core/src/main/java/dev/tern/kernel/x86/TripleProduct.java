package dev.tern.kernel.x86;

import dev.tern.kernel.FloatMatrix;
import dev.tern.kernel.Int8Activations;
import dev.tern.kernel.TernaryMatrix;
import dev.tern.kernel.TernaryMatrix.DequantScales;
import dev.tern.kernel.TernaryTriples;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Objects;

/// One token times rows of [TernaryTriples], on one thread: builds the token's tables, cuts a
/// product into calls of [TripleGemv], and sees to it that each stays within its memory.
///
/// Tables are kept until the activations change, because a thread computes several ranges of rows
/// with the same token.
final class TripleProduct {
  private static final int WORDS_PER_VECTOR = 16;
  private static final long ALIGNMENT = 64;

  private final NativeCode.Function tables;
  private final NativeCode.Function gemv;
  private final Arena arena = Arena.ofAuto();
  private final MemorySegment tableParameters =
      arena.allocate(TripleTables.PARAMETER_BYTES, Long.BYTES);
  private final MemorySegment paddedOutputs =
      arena.allocate(TernaryTriples.TILE_ROWS * Float.BYTES, ALIGNMENT);
  private MemorySegment parameters = allocateParameters(TernaryTriples.TILE_ROWS);
  private MemorySegment words = MemorySegment.NULL;
  private MemorySegment entries = MemorySegment.NULL;

  // Whose tables they are.
  private long tablesOf;
  private int tableToken;
  private int tableUnits;

  /// @param functions in the order of [#routines]
  TripleProduct(List<NativeCode.Function> functions) {
    this.tables = functions.get(0);
    this.gemv = functions.get(1);
  }

  /// {@return the routines that this needs}
  static List<Routine> routines() {
    return List.of(new TripleTables(), new TripleGemv());
  }

  private static MemorySegment allocateParameters(int rows) {
    return Arena.ofAuto().allocate(TripleGemv.SCALES + (long) rows * Float.BYTES, 32);
  }

  /// Multiplies a range of rows by a token, see `Kernels.linear`.
  ///
  /// @param weights has triples
  void linear(
      TernaryMatrix weights, int fromRow, int toRow, Int8Activations x, int token, FloatMatrix y) {
    for (int i = 0; i < weights.parts().size(); i++) {
      TernaryMatrix.Part part = weights.parts().get(i);
      int first = Math.max(fromRow - part.firstRow(), 0);
      int last = Math.min(toRow - part.firstRow(), part.rows());
      if (first < last) {
        linear(part, Objects.requireNonNull(part.triples()), first, last, x, token, y);
      }
    }
  }

  private void linear(
      TernaryMatrix.Part part,
      TernaryTriples triples,
      int first,
      int last,
      Int8Activations x,
      int token,
      FloatMatrix y) {
    Objects.checkFromToIndex(first, last, part.rows());
    Objects.checkFromToIndex(part.firstRow() + first, part.firstRow() + last, y.cols());
    Objects.checkIndex(token, Math.min(x.tokens(), y.rows()));
    buildTables(triples.units(), x, token);
    prepareParameters(part, x.quantScale(token), triples.units());
    int row = first;
    while (row < last) {
      int tile = row / TernaryTriples.TILE_ROWS;
      int wholeTiles =
          row % TernaryTriples.TILE_ROWS == 0 ? (last - row) / TernaryTriples.TILE_ROWS : 0;
      if (wholeTiles > 0) {
        int rows = wholeTiles * TernaryTriples.TILE_ROWS;
        long offset = y.byteOffset(token) + (long) (part.firstRow() + row) * Float.BYTES;
        call(part, triples, tile, wholeTiles, y.data(), offset);
        row += rows;
      } else {
        int end = Math.min(last, (tile + 1) * TernaryTriples.TILE_ROWS);
        call(part, triples, tile, 1, paddedOutputs, 0);
        MemorySegment.copy(
            paddedOutputs,
            (long) (row % TernaryTriples.TILE_ROWS) * Float.BYTES,
            y.data(),
            y.byteOffset(token) + (long) (part.firstRow() + row) * Float.BYTES,
            (long) (end - row) * Float.BYTES);
        row = end;
      }
    }
  }

  private void buildTables(int units, Int8Activations x, int token) {
    if (x.version() == tablesOf && token == tableToken && units == tableUnits) {
      return;
    }
    int columns = units * TernaryTriples.UNIT_COLUMNS;
    if (columns < x.cols()) {
      throw new IllegalArgumentException(
          "%d columns of activations for %d of weights".formatted(x.cols(), columns));
    }
    reserve(Math.max(columns, x.stride()), columns / 3);
    for (int column = x.stride(); column < columns; column++) {
      words.setAtIndex(ValueLayout.JAVA_SHORT, column, (short) 0);
    }
    Routine.setParameter(tableParameters, TripleTables.VECTORS, x.stride() / WORDS_PER_VECTOR);
    Routine.setParameter(tableParameters, TripleTables.TRIPLES, columns / 3);
    tables.call(
        x.codes(),
        (long) token * x.stride(),
        x.stride(),
        words,
        0,
        (long) Math.max(columns, x.stride()) * Short.BYTES,
        entries,
        0,
        (long) columns / 3 * TripleTables.TABLE_BYTES,
        tableParameters);
    tablesOf = x.version();
    tableToken = token;
    tableUnits = units;
  }

  private void reserve(int columns, int triples) {
    if (words.byteSize() < (long) columns * Short.BYTES) {
      words = arena.allocate((long) columns * Short.BYTES, ALIGNMENT);
    }
    if (entries.byteSize() < (long) triples * TripleTables.TABLE_BYTES) {
      entries = arena.allocate((long) triples * TripleTables.TABLE_BYTES, ALIGNMENT);
    }
  }

  private void prepareParameters(TernaryMatrix.Part part, float quantScale, int units) {
    Routine.setParameter(parameters, TripleGemv.UNITS, units);
    for (int lane = 0; lane < 8; lane++) {
      setFloat(TripleGemv.QUANT_SCALE, lane, quantScale);
      setFloat(TripleGemv.OUTPUT_SCALE, lane, part.outputScale());
    }
  }

  private void call(
      TernaryMatrix.Part part,
      TernaryTriples triples,
      int tile,
      int tiles,
      MemorySegment out,
      long outFrom) {
    prepareScales(part, tile * TernaryTriples.TILE_ROWS, tiles * TernaryTriples.TILE_ROWS);
    Routine.setParameter(parameters, TripleGemv.TILES, tiles);
    gemv.call(
        triples.data(),
        tile * triples.tileBytes(),
        tiles * triples.tileBytes(),
        entries,
        0,
        (long) triples.units() * TernaryTriples.UNIT_COLUMNS / 3 * TripleTables.TABLE_BYTES,
        out,
        outFrom,
        (long) tiles * TernaryTriples.TILE_ROWS * Float.BYTES,
        parameters);
  }

  private void prepareScales(TernaryMatrix.Part part, int first, int rows) {
    boolean shared = part.scales() instanceof DequantScales.PerTensor;
    Routine.setParameter(parameters, TripleGemv.SCALE_STEP, shared ? 0 : 8 * Float.BYTES);
    if (parameters.byteSize() < TripleGemv.SCALES + (long) rows * Float.BYTES) {
      MemorySegment larger = allocateParameters(rows);
      larger.copyFrom(parameters);
      parameters = larger;
    }
    for (int i = 0; i < (shared ? 8 : rows); i++) {
      int row = shared ? 0 : Math.min(first + i, part.rows() - 1);
      setFloat(TripleGemv.SCALES, i, part.scales().ofRow(row));
    }
  }

  private void setFloat(int offset, int index, float value) {
    parameters.set(ValueLayout.JAVA_FLOAT, offset + (long) index * Float.BYTES, value);
  }
}
