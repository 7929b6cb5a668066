package dev.tern.kernel.x86;

import dev.tern.kernel.FloatMatrix;
import dev.tern.kernel.Int8Activations;
import dev.tern.kernel.TernaryColumns;
import dev.tern.kernel.TernaryMatrix;
import dev.tern.kernel.TernaryMatrix.DequantScales;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Objects;

/// Some rows or columns of ternary weights times one token, on one thread.
///
/// Machine code gets the addresses of rows and columns in lists that are made here from indices
/// that have been checked, and the memory that they lie in as a segment, so that it stays valid.
/// Lists go on behind their end, because the code fetches ahead.
final class SparseProduct {
  private static final long ALIGNMENT = 64;
  private static final int DOTS = TernaryGemv.DOTS;

  private final Routines routines;
  private MemorySegment parameters = allocate(0);
  private MemorySegment outputs = allocate(0);
  private MemorySegment passes = allocate(0);
  private MemorySegment words = allocate(0);

  /// The routines in machine code.
  record Routines(
      NativeCode.Function rows, NativeCode.Function columns, NativeCode.Function widen) {
    static Routines load(InstructionSet set) throws UnavailableException {
      List<NativeCode.Function> functions =
          NativeCode.load(List.of(rows(set), new ColumnSums(), new WidenSums()));
      return new Routines(functions.get(0), functions.get(1), functions.get(2));
    }

    private static TernaryGemv rows(InstructionSet set) {
      return switch (set) {
        case AVX2 -> new TernaryGemvAvx2(1, true);
        case AVX_VNNI -> new TernaryGemvVnni(1, true);
        case AVX512_VNNI -> new TernaryGemvAvx512(1, true);
      };
    }
  }

  SparseProduct(Routines routines) {
    this.routines = routines;
  }

  /// All zeros.
  private static MemorySegment allocate(long bytes) {
    return Arena.ofAuto().allocate(bytes, ALIGNMENT);
  }

  private static MemorySegment atLeast(MemorySegment memory, long bytes) {
    return memory.byteSize() < bytes ? allocate(bytes) : memory;
  }

  /// Multiplies some rows by a token, see `Kernels.linear`.
  ///
  /// @param weights whose rows have one scale each
  void linear(
      TernaryMatrix weights,
      int[] rows,
      int first,
      int count,
      Int8Activations x,
      int token,
      FloatMatrix y) {
    Objects.checkFromIndexSize(first, count, rows.length);
    Objects.checkIndex(token, Math.min(x.tokens(), y.rows()));
    int at = first;
    for (TernaryMatrix.Part part : weights.parts()) {
      int from = at;
      int end = part.firstRow() + part.rows();
      while (at < first + count && rows[at] < end) {
        Objects.checkIndex(rows[at], y.cols());
        Objects.checkIndex(rows[at] - part.firstRow(), part.rows());
        at++;
      }
      if (from < at) {
        multiply(part, weights.blocks(), rows, from, at - from, x, token, y);
      }
    }
    if (at < first + count) {
      throw new IndexOutOfBoundsException("row %d of %d".formatted(rows[at], weights.rows()));
    }
  }

  private void multiply(
      TernaryMatrix.Part part,
      int blocks,
      int[] rows,
      int first,
      int count,
      Int8Activations x,
      int token,
      FloatMatrix y) {
    int tiles = Math.ceilDiv(count, DOTS);
    int scales = part.scales() instanceof DequantScales.PerTensor ? DOTS : tiles * DOTS;
    long list = TernaryGemv.SCALES + (long) scales * Float.BYTES;
    parameters = atLeast(parameters, list + (tiles + 1L) * DOTS * Long.BYTES);
    outputs = atLeast(outputs, (long) tiles * DOTS * Float.BYTES);
    long rowBytes = (long) blocks * TernaryMatrix.BLOCK_BYTES;
    Objects.checkFromIndexSize(
        (part.rows() - 1) * part.rowBytes(), rowBytes, part.codes().byteSize());
    for (int i = 0; i < (tiles + 1) * DOTS; i++) {
      int row = rows[first + Math.min(i, count - 1)] - part.firstRow();
      long address = part.codes().address() + row * part.rowBytes();
      parameters.set(ValueLayout.JAVA_LONG, list + (long) i * Long.BYTES, address);
    }
    for (int i = 0; i < scales; i++) {
      int row = rows[first + Math.min(i, count - 1)] - part.firstRow();
      setFloat(TernaryGemv.SCALES, i, part.scales().ofRow(row));
    }
    for (int dot = 0; dot < DOTS; dot++) {
      long codeSum = TernaryGemv.CODE_SUMS + (long) dot * Integer.BYTES;
      parameters.set(ValueLayout.JAVA_INT, codeSum, x.codeSum(token));
      setFloat(TernaryGemv.QUANT_SCALES, dot, x.quantScale(token));
      setFloat(TernaryGemv.OUTPUT_SCALES, dot, part.outputScale());
    }
    Routine.setParameter(parameters, TernaryGemv.TILES, tiles);
    Routine.setParameter(parameters, TernaryGemv.BLOCKS, blocks);
    Routine.setParameter(
        parameters, TernaryGemv.SCALE_STEP, scales == DOTS ? 0 : (long) DOTS * Float.BYTES);
    Routine.setParameter(parameters, TernaryGemv.FIRST_SCALE, 0);
    Routine.setParameter(parameters, TernaryGemv.LIST, list);
    MemorySegment codes =
        x.codes().asSlice((long) token * x.stride(), (long) blocks * TernaryMatrix.BLOCK_COLUMNS);
    routines.rows.call(part.codes(), codes, outputs, parameters);
    for (int i = 0; i < count; i++) {
      y.set(token, rows[first + i], outputs.getAtIndex(ValueLayout.JAVA_FLOAT, i));
    }
  }

  private void setFloat(int offset, int index, float value) {
    parameters.set(ValueLayout.JAVA_FLOAT, offset + (long) index * Float.BYTES, value);
  }

  /// Adds up the products of some columns, see `Kernels.sumColumns`.
  void sumColumns(
      TernaryColumns weights,
      int fromCol,
      int toCol,
      Int8Activations x,
      int token,
      MemorySegment sums) {
    Objects.checkFromToIndex(fromCol, toCol, weights.cols());
    Objects.checkIndex(token, x.tokens());
    int most = Math.ceilDiv(toCol - fromCol, ColumnSums.COLUMNS) + 2;
    passes = atLeast(passes, (long) most * ColumnSums.PASS_BYTES);
    words = atLeast(words, (long) weights.paddedRows() * Short.BYTES);
    parameters = atLeast(parameters, TernaryGemv.SCALES);
    int codeSum = 0;
    int count = 0;
    for (int col = fromCol; col < toCol; col++) {
      byte code = x.code(token, col);
      setColumn(count, weights, col, code);
      codeSum += code;
      count += code == 0 ? 0 : 1;
    }
    int needed = Math.ceilDiv(count, ColumnSums.COLUMNS);
    for (int i = count; i < (needed + 1) * ColumnSums.COLUMNS; i++) {
      setColumn(i, weights, 0, (byte) 0);
    }
    // Codes are 0, 1 and 2 there: each column counts its activation once too often.
    MemorySegment all = sums.asSlice(0, (long) weights.paddedRows() * Integer.BYTES);
    for (int row = 0; row < weights.paddedRows(); row++) {
      all.setAtIndex(ValueLayout.JAVA_INT, row, -codeSum);
    }
    for (int pass = 0; pass < needed; pass += ColumnSums.PASSES_PER_FLUSH) {
      add(weights, pass, Math.min(ColumnSums.PASSES_PER_FLUSH, needed - pass), all);
    }
  }

  private void setColumn(int index, TernaryColumns weights, int col, byte code) {
    int inPass = index % ColumnSums.COLUMNS;
    long pass = (long) (index / ColumnSums.COLUMNS) * ColumnSums.PASS_BYTES;
    long address = weights.codes().address() + col * weights.columnBytes();
    passes.set(ValueLayout.JAVA_LONG, pass + (long) inPass * Long.BYTES, address);
    long pair = pass + ColumnSums.PASS_ACTIVATIONS + inPass / 2 * (long) ColumnSums.PAIR_BYTES;
    passes.set(ValueLayout.JAVA_BYTE, pair + inPass % 2, code);
    passes.set(ValueLayout.JAVA_BYTE, pair + inPass % 2 + 2, code);
  }

  private void add(TernaryColumns weights, int firstPass, int count, MemorySegment sums) {
    Routine.setParameter(parameters, ColumnSums.PASSES, count);
    Routine.setParameter(parameters, ColumnSums.COLUMN_BYTES, weights.columnBytes());
    routines.columns.call(
        passes.asSlice((long) firstPass * ColumnSums.PASS_BYTES),
        weights.codes(),
        words,
        parameters);
    Routine.setParameter(parameters, WidenSums.STRIPS, weights.strips());
    routines.widen.call(words, words, sums, parameters);
  }
}
