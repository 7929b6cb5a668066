package dev.tern.kernel.x86;

import dev.tern.kernel.FloatMatrix;
import dev.tern.kernel.Int8Activations;
import dev.tern.kernel.TernaryMatrix;
import dev.tern.kernel.TernaryMatrix.DequantScales;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Objects;

/// Ternary weights times a few tokens, on one thread: cuts a product into calls of [TernaryGemv],
/// and sees to it that each stays within the memory that it is given.
///
/// Every pointer that machine code gets is the start of a segment cut to exactly the bytes that the
/// call touches, so that a range outside a matrix is an exception here.
final class TernaryProduct {
  /// Numbers of tokens that there is a routine for, the largest first.
  private static final List<Integer> TOKENS = List.of(4, 2, 1);

  private final List<NativeCode.Function> functions;
  private MemorySegment parameters = allocateParameters(0);

  // Stands in for rows and outputs where fewer are wanted than a tile has.
  private MemorySegment paddedRows = Arena.ofAuto().allocate(0);
  private final MemorySegment paddedOutputs =
      Arena.ofAuto().allocate(TernaryGemv.DOTS * Float.BYTES, Float.BYTES);

  /// Some tokens to be multiplied at once by rows of a part.
  private record Work(
      TernaryMatrix.Part part,
      int blocks,
      Int8Activations x,
      int token,
      int tokens,
      FloatMatrix y,
      NativeCode.Function function) {
    int tileRows() {
      return TernaryGemv.DOTS / tokens;
    }
  }

  /// @param functions in the order of [#routines]
  TernaryProduct(List<NativeCode.Function> functions) {
    this.functions = functions;
  }

  /// {@return the routines that this needs}
  static List<TernaryGemv> routines(InstructionSet set) {
    return TOKENS.stream()
        .<TernaryGemv>map(tokens ->
            switch (set) {
              case AVX2 -> new TernaryGemvAvx2(tokens);
              case AVX_VNNI -> new TernaryGemvVnni(tokens);
              case AVX512_VNNI -> new TernaryGemvAvx512(tokens);
            })
        .toList();
  }

  private static MemorySegment allocateParameters(int rows) {
    long bytes = TernaryGemv.SCALES + (long) Math.max(rows, TernaryGemv.DOTS) * Float.BYTES;
    return Arena.ofAuto().allocate(bytes, TernaryGemv.VECTOR_BYTES);
  }

  /// Multiplies a range of rows by a range of tokens, see `Kernels.linear`.
  ///
  /// @param weights whose rows have one scale each
  /// @param x as wide as the weights
  /// @throws IndexOutOfBoundsException if a range is not within what it is of
  void linear(
      TernaryMatrix weights,
      int fromRow,
      int toRow,
      Int8Activations x,
      int fromToken,
      int toToken,
      FloatMatrix y) {
    Objects.checkFromToIndex(fromRow, toRow, Math.min(weights.rows(), y.cols()));
    Objects.checkFromToIndex(fromToken, toToken, Math.min(x.tokens(), y.rows()));
    for (TernaryMatrix.Part part : weights.parts()) {
      int first = Math.max(fromRow - part.firstRow(), 0);
      int last = Math.min(toRow - part.firstRow(), part.rows());
      if (first < last) {
        linear(part, weights.blocks(), first, last, x, fromToken, toToken, y);
      }
    }
  }

  private void linear(
      TernaryMatrix.Part part,
      int blocks,
      int first,
      int last,
      Int8Activations x,
      int fromToken,
      int toToken,
      FloatMatrix y) {
    prepareScales(part, first, last);
    int token = fromToken;
    for (int i = 0; i < TOKENS.size(); i++) {
      int tokens = TOKENS.get(i);
      for (; token + tokens <= toToken; token += tokens) {
        prepareTokens(x, token, tokens);
        multiply(new Work(part, blocks, x, token, tokens, y, functions.get(i)), first, last);
      }
    }
  }

  private void prepareScales(TernaryMatrix.Part part, int first, int last) {
    int rows = last - first;
    if (parameters.byteSize() < TernaryGemv.SCALES + (long) rows * Float.BYTES) {
      parameters = allocateParameters(rows);
    }
    int count = shareScale(part) ? TernaryGemv.DOTS : rows;
    for (int i = 0; i < count; i++) {
      setFloat(TernaryGemv.SCALES, i, part.scales().ofRow(shareScale(part) ? 0 : first + i));
    }
    for (int dot = 0; dot < TernaryGemv.DOTS; dot++) {
      setFloat(TernaryGemv.OUTPUT_SCALES, dot, part.outputScale());
    }
  }

  private static boolean shareScale(TernaryMatrix.Part part) {
    return part.scales() instanceof DequantScales.PerTensor;
  }

  private void prepareTokens(Int8Activations x, int token, int tokens) {
    int tileRows = TernaryGemv.DOTS / tokens;
    for (int dot = 0; dot < TernaryGemv.DOTS; dot++) {
      int ofDot = token + dot / tileRows;
      setFloat(TernaryGemv.QUANT_SCALES, dot, x.quantScale(ofDot));
      long codeSum = TernaryGemv.CODE_SUMS + (long) dot * Integer.BYTES;
      parameters.set(ValueLayout.JAVA_INT, codeSum, x.codeSum(ofDot));
    }
  }

  private void setFloat(int offset, int index, float value) {
    parameters.set(ValueLayout.JAVA_FLOAT, offset + (long) index * Float.BYTES, value);
  }

  /// Whole tiles; the rows that are left over are computed with some of their neighbours again, and
  /// fewer rows than a tile has on a copy of them.
  private void multiply(Work work, int first, int last) {
    int tileRows = work.tileRows();
    int tiles = (last - first) / tileRows;
    if (tiles == 0) {
      multiplyFew(work, first, last);
      return;
    }
    long rowBytes = work.part.rowBytes();
    call(
        work,
        rows(work, first, tiles * tileRows),
        rowBytes,
        0,
        tiles,
        outputs(work, first, last),
        yStride(work));
    if (first + tiles * tileRows < last) {
      int again = last - tileRows;
      call(
          work,
          rows(work, again, tileRows),
          rowBytes,
          again - first,
          1,
          outputs(work, again, last),
          yStride(work));
    }
  }

  private void multiplyFew(Work work, int first, int last) {
    int rows = last - first;
    if (rows == 0) {
      return;
    }
    long rowBytes = (long) work.blocks * TernaryMatrix.BLOCK_BYTES;
    if (paddedRows.byteSize() < rowBytes * work.tileRows()) {
      paddedRows = Arena.ofAuto().allocate(rowBytes * TernaryGemv.DOTS, TernaryGemv.VECTOR_BYTES);
    }
    for (int row = 0; row < rows; row++) {
      MemorySegment source = rows(work, first + row, 1);
      MemorySegment.copy(source, 0, paddedRows, row * rowBytes, rowBytes);
    }
    long stride = (long) work.tileRows() * Float.BYTES;
    call(work, paddedRows, rowBytes, 0, 1, paddedOutputs, stride);
    for (int i = 0; i < work.tokens; i++) {
      MemorySegment.copy(
          paddedOutputs,
          i * stride,
          work.y.data(),
          work.y.byteOffset(work.token + i) + (long) (work.part.firstRow() + first) * Float.BYTES,
          (long) rows * Float.BYTES);
    }
  }

  /// {@return exactly the bytes of some rows}
  private static MemorySegment rows(Work work, int first, int count) {
    long rowBytes = work.part.rowBytes();
    long lastRowBytes = (long) work.blocks * TernaryMatrix.BLOCK_BYTES;
    return work.part.codes().asSlice(first * rowBytes, (count - 1) * rowBytes + lastRowBytes);
  }

  /// {@return the outputs of some rows, from those of the first token to those of the last}
  private static MemorySegment outputs(Work work, int first, int last) {
    FloatMatrix y = work.y;
    return y.data()
        .asSlice(
            y.byteOffset(work.token) + (long) (work.part.firstRow() + first) * Float.BYTES,
            (work.tokens - 1) * yStride(work) + (long) (last - first) * Float.BYTES);
  }

  private static long yStride(Work work) {
    return work.y.byteOffset(1) - work.y.byteOffset(0);
  }

  private void call(
      Work work,
      MemorySegment rows,
      long rowBytes,
      int firstScale,
      int tiles,
      MemorySegment outputs,
      long outputStride) {
    Int8Activations x = work.x;
    long columns = (long) work.blocks * TernaryMatrix.BLOCK_COLUMNS;
    MemorySegment activations =
        x.codes()
            .asSlice((long) work.token * x.stride(), (work.tokens - 1L) * x.stride() + columns);
    boolean shared = shareScale(work.part);
    Routine.setParameter(parameters, TernaryGemv.ROW_BYTES, rowBytes);
    Routine.setParameter(parameters, TernaryGemv.TILES, tiles);
    Routine.setParameter(parameters, TernaryGemv.BLOCKS, work.blocks);
    Routine.setParameter(parameters, TernaryGemv.X_STRIDE, x.stride());
    Routine.setParameter(parameters, TernaryGemv.Y_STRIDE, outputStride);
    Routine.setParameter(
        parameters, TernaryGemv.SCALE_STEP, shared ? 0 : (long) work.tileRows() * Float.BYTES);
    Routine.setParameter(
        parameters, TernaryGemv.FIRST_SCALE, shared ? 0 : (long) firstScale * Float.BYTES);
    work.function.call(rows, activations, outputs, parameters);
  }
}
