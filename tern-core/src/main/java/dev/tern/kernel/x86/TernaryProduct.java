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
import java.util.stream.IntStream;

/// Ternary weights times a few tokens, on one thread: cuts a product into calls of [TernaryGemv],
/// and sees to it that each stays within the memory that it is given.
///
/// Every call names exactly the bytes that it touches, so that a range outside a matrix is an
/// exception here.
final class TernaryProduct {
  /// Numbers of tokens that there is a routine for, the largest first.
  private static final List<Integer> TOKENS = List.of(4, 2, 1);

  private final List<Pass> passes;
  private MemorySegment parameters = allocateParameters(0);

  // Stands in for rows and outputs where fewer are wanted than a tile has.
  private MemorySegment paddedRows = Arena.ofAuto().allocate(0);
  private final MemorySegment paddedOutputs =
      Arena.ofAuto().allocate(TernaryGemv.DOTS * Float.BYTES, Float.BYTES);

  /// A routine for some tokens.
  ///
  /// @param function the routine
  /// @param tokens how many it multiplies at once
  /// @param tileRows how many rows it computes at once
  private record Pass(NativeCode.Function function, int tokens, int tileRows) {}

  /// @param functions in the order of [#routines]
  TernaryProduct(List<NativeCode.Function> functions) {
    this.passes =
        IntStream.range(0, TOKENS.size())
            .mapToObj(
                i -> new Pass(functions.get(i), TOKENS.get(i), TernaryGemv.DOTS / TOKENS.get(i)))
            .toList();
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
    for (int i = 0; i < weights.parts().size(); i++) {
      TernaryMatrix.Part part = weights.parts().get(i);
      int first = Math.max(fromRow - part.firstRow(), 0);
      int last = Math.min(toRow - part.firstRow(), part.rows());
      if (first < last) {
        linear(part, first, last, x, fromToken, toToken, y);
      }
    }
  }

  private void linear(
      TernaryMatrix.Part part,
      int first,
      int last,
      Int8Activations x,
      int fromToken,
      int toToken,
      FloatMatrix y) {
    prepareScales(part, first, last);
    int token = fromToken;
    for (int i = 0; i < passes.size(); i++) {
      Pass pass = passes.get(i);
      for (; token + pass.tokens <= toToken; token += pass.tokens) {
        prepareTokens(x, token, pass.tileRows);
        multiply(pass, part, first, last, x, token, y);
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

  private void prepareTokens(Int8Activations x, int token, int tileRows) {
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
  private void multiply(
      Pass pass,
      TernaryMatrix.Part part,
      int first,
      int last,
      Int8Activations x,
      int token,
      FloatMatrix y) {
    int tiles = (last - first) / pass.tileRows;
    if (tiles == 0) {
      multiplyFew(pass, part, first, last, x, token, y);
      return;
    }
    multiplyTiles(pass, part, first, first, tiles, x, token, y);
    if (first + tiles * pass.tileRows < last) {
      multiplyTiles(pass, part, first, last - pass.tileRows, 1, x, token, y);
    }
  }

  /// @param firstScaled the row whose scale is the first of the parameters
  private void multiplyTiles(
      Pass pass,
      TernaryMatrix.Part part,
      int firstScaled,
      int first,
      int tiles,
      Int8Activations x,
      int token,
      FloatMatrix y) {
    int rows = tiles * pass.tileRows;
    long yStride = y.byteOffset(1) - y.byteOffset(0);
    setShape(pass, part, first - firstScaled, tiles, x, part.rowBytes(), yStride);
    pass.function.call(
        part.codes(),
        first * part.rowBytes(),
        (rows - 1) * part.rowBytes() + rowExtent(x),
        x.codes(),
        (long) token * x.stride(),
        (long) pass.tokens * x.stride(),
        y.data(),
        outputOffset(part, first, token, y),
        (pass.tokens - 1) * yStride + (long) rows * Float.BYTES,
        parameters);
  }

  private void multiplyFew(
      Pass pass,
      TernaryMatrix.Part part,
      int first,
      int last,
      Int8Activations x,
      int token,
      FloatMatrix y) {
    int rows = last - first;
    long rowBytes = rowExtent(x);
    if (paddedRows.byteSize() < rowBytes * pass.tileRows) {
      paddedRows = Arena.ofAuto().allocate(rowBytes * TernaryGemv.DOTS, TernaryGemv.VECTOR_BYTES);
    }
    for (int row = 0; row < rows; row++) {
      long at = (first + row) * part.rowBytes();
      MemorySegment.copy(part.codes(), at, paddedRows, row * rowBytes, rowBytes);
    }
    long stride = (long) pass.tileRows * Float.BYTES;
    setShape(pass, part, 0, 1, x, rowBytes, stride);
    pass.function.call(
        paddedRows,
        0,
        pass.tileRows * rowBytes,
        x.codes(),
        (long) token * x.stride(),
        (long) pass.tokens * x.stride(),
        paddedOutputs,
        0,
        pass.tokens * stride,
        parameters);
    for (int i = 0; i < pass.tokens; i++) {
      long to = outputOffset(part, first, token + i, y);
      MemorySegment.copy(paddedOutputs, i * stride, y.data(), to, (long) rows * Float.BYTES);
    }
  }

  /// {@return the bytes of a row's blocks, without what may lie between rows}
  private static long rowExtent(Int8Activations x) {
    return (long) blocks(x) * TernaryMatrix.BLOCK_BYTES;
  }

  /// {@return blocks of a row, which is as wide as the activations}
  private static int blocks(Int8Activations x) {
    return x.stride() / TernaryMatrix.BLOCK_COLUMNS;
  }

  private static long outputOffset(TernaryMatrix.Part part, int row, int token, FloatMatrix y) {
    return y.byteOffset(token) + (long) (part.firstRow() + row) * Float.BYTES;
  }

  private void setShape(
      Pass pass,
      TernaryMatrix.Part part,
      int firstScale,
      int tiles,
      Int8Activations x,
      long rowBytes,
      long outputStride) {
    boolean shared = shareScale(part);
    Routine.setParameter(parameters, TernaryGemv.ROW_BYTES, rowBytes);
    Routine.setParameter(parameters, TernaryGemv.TILES, tiles);
    Routine.setParameter(parameters, TernaryGemv.BLOCKS, blocks(x));
    Routine.setParameter(parameters, TernaryGemv.X_STRIDE, x.stride());
    Routine.setParameter(parameters, TernaryGemv.Y_STRIDE, outputStride);
    Routine.setParameter(
        parameters, TernaryGemv.SCALE_STEP, shared ? 0 : (long) pass.tileRows * Float.BYTES);
    Routine.setParameter(
        parameters, TernaryGemv.FIRST_SCALE, shared ? 0 : (long) firstScale * Float.BYTES);
  }
}
