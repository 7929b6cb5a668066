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

/// Ternary weights times several tokens, on one thread: cuts a product into calls of
/// [TernaryGemmAvx512], and sees to it that each stays within the memory that it is given.
final class TernaryGemm {
  private static final int ROWS = Avx512Tile.ROWS;
  private static final int MOST_TOKENS = Avx512Tile.MOST_VECTORS;

  /// Rows that all tokens meet before the next ones are read: they stay in the second-level cache.
  private static final int BYTES_AT_ONCE = 256 << 10;

  private final Routines routines;
  private MemorySegment parameters = allocate(0);
  private MemorySegment arranged = allocate(0);

  // Stands in for rows and outputs where fewer are left than a tile has.
  private MemorySegment fewRows = allocate(0);
  private final MemorySegment fewOutputs = allocate(MOST_TOKENS * ROWS * Float.BYTES);

  /// The routines.
  ///
  /// @param arrange puts a token's codes in their places
  /// @param multiply by the tokens of a tile less 1
  record Routines(NativeCode.Function arrange, List<NativeCode.Function> multiply) {
    static Routines load() throws UnavailableException {
      NativeCode.Function arrange =
          NativeCode.load(List.of(new TernaryGemmAvx512.Arrange())).getFirst();
      return new Routines(
          arrange,
          NativeCode.load(
              IntStream.rangeClosed(1, MOST_TOKENS).mapToObj(TernaryGemmAvx512::new).toList()));
    }
  }

  TernaryGemm(Routines routines) {
    this.routines = routines;
  }

  private static MemorySegment allocate(long bytes) {
    return Arena.ofAuto().allocate(bytes, Avx512Tile.VECTOR_BYTES);
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
    if (fromToken == toToken) {
      return;
    }
    Tokens tokens = new Tokens(x, fromToken, toToken);
    arrange(tokens);
    for (TernaryMatrix.Part part : weights.parts()) {
      int first = Math.max(fromRow - part.firstRow(), 0);
      int last = Math.min(toRow - part.firstRow(), part.rows());
      if (first < last) {
        linear(part, first, last, tokens, y);
      }
    }
  }

  /// Tokens in tiles of nearly the same size.
  private record Tokens(Int8Activations x, int from, int to) {
    int tiles() {
      return Math.ceilDiv(to - from, MOST_TOKENS);
    }

    /// The first token of a tile, or the end.
    int first(int tile) {
      return from + (int) ((long) tile * (to - from) / tiles());
    }

    int count(int tile) {
      return first(tile + 1) - first(tile);
    }

    int blocks() {
      return x.stride() / TernaryMatrix.BLOCK_COLUMNS;
    }

    /// Bytes of one token where it is arranged.
    long bytes() {
      return Math.ceilDiv(blocks(), 2) * 2L * TernaryMatrix.BLOCK_COLUMNS;
    }

    /// Where a tile's arranged codes begin.
    long place(int tile) {
      return (first(tile) - from) * bytes();
    }
  }

  private void arrange(Tokens tokens) {
    long bytes = (tokens.to - tokens.from) * tokens.bytes();
    if (arranged.byteSize() < bytes) {
      arranged = allocate(bytes);
    }
    if (parameters.byteSize() == 0) {
      parameters = allocate(TernaryGemmAvx512.SCALES);
    }
    Int8Activations x = tokens.x;
    Routine.setParameter(parameters, TernaryGemmAvx512.Arrange.BLOCKS, tokens.blocks());
    for (int tile = 0; tile < tokens.tiles(); tile++) {
      long step = (long) tokens.count(tile) * Avx512Tile.VECTOR_BYTES;
      Routine.setParameter(parameters, TernaryGemmAvx512.Arrange.STEP, step);
      for (int i = 0; i < tokens.count(tile); i++) {
        long from = (long) (tokens.first(tile) + i) * x.stride();
        long inTile = (long) i * Avx512Tile.VECTOR_BYTES;
        routines.arrange.call(
            x.codes(),
            from,
            x.stride(),
            x.codes(),
            from,
            x.stride(),
            arranged,
            tokens.place(tile) + inTile,
            tokens.count(tile) * tokens.bytes() - inTile,
            parameters);
      }
    }
  }

  private void linear(TernaryMatrix.Part part, int first, int last, Tokens tokens, FloatMatrix y) {
    prepareScales(part, first, last);
    int rowsAtOnce = Math.max(1, (int) (BYTES_AT_ONCE / (ROWS * part.rowBytes()))) * ROWS;
    for (int row = first; row < last; row += rowsAtOnce) {
      int end = Math.min(last, row + rowsAtOnce);
      for (int tile = 0; tile < tokens.tiles(); tile++) {
        prepareTokens(tokens, tile);
        int whole = (end - row) / ROWS * ROWS;
        if (whole > 0) {
          multiply(part, first, row, whole, tokens, tile, y);
        }
        if (row + whole < end) {
          multiplyFew(part, first, row + whole, end, tokens, tile, y);
        }
      }
    }
  }

  private static boolean shareScale(TernaryMatrix.Part part) {
    return part.scales() instanceof DequantScales.PerTensor;
  }

  private void prepareScales(TernaryMatrix.Part part, int first, int last) {
    int count = shareScale(part) ? ROWS : last - first;
    // Of a tile that has fewer rows than others, four scales are read all the same.
    long bytes = TernaryGemmAvx512.SCALES + (long) (count + ROWS) * Float.BYTES;
    if (parameters.byteSize() < bytes) {
      parameters = allocate(bytes);
    }
    for (int i = 0; i < count; i++) {
      float scale = part.scales().ofRow(shareScale(part) ? 0 : first + i);
      setFloat(TernaryGemmAvx512.SCALES, i, scale);
    }
    for (int lane = 0; lane < 2 * ROWS; lane++) {
      setFloat(TernaryGemmAvx512.OUTPUT_SCALES, lane, part.outputScale());
    }
  }

  private void prepareTokens(Tokens tokens, int tile) {
    for (int i = 0; i < tokens.count(tile); i++) {
      int token = tokens.first(tile) + i;
      for (int row = 0; row < ROWS; row++) {
        int lane = i * ROWS + row;
        setFloat(TernaryGemmAvx512.QUANT_SCALES, lane, tokens.x.quantScale(token));
        long codeSum = TernaryGemmAvx512.CODE_SUMS + (long) lane * Integer.BYTES;
        parameters.set(ValueLayout.JAVA_INT, codeSum, tokens.x.codeSum(token));
      }
    }
  }

  private void setFloat(int offset, int index, float value) {
    parameters.set(ValueLayout.JAVA_FLOAT, offset + (long) index * Float.BYTES, value);
  }

  /// @param firstScaled the row whose scale is the first of the parameters
  /// @param rows a multiple of [#ROWS]
  private void multiply(
      TernaryMatrix.Part part,
      int firstScaled,
      int row,
      int rows,
      Tokens tokens,
      int tile,
      FloatMatrix y) {
    long yStride = y.byteOffset(1) - y.byteOffset(0);
    setShape(part, row - firstScaled, rows / ROWS, tokens, part.rowBytes(), yStride);
    call(
        tokens,
        tile,
        part.codes(),
        row * part.rowBytes(),
        (rows - 1) * part.rowBytes() + (long) tokens.blocks() * TernaryMatrix.BLOCK_BYTES,
        y.data(),
        outputOffset(part, row, tokens.first(tile), y),
        (tokens.count(tile) - 1) * yStride + (long) rows * Float.BYTES);
  }

  /// Fewer rows than a tile has, by way of copies.
  private void multiplyFew(
      TernaryMatrix.Part part,
      int firstScaled,
      int row,
      int end,
      Tokens tokens,
      int tile,
      FloatMatrix y) {
    long rowBytes = (long) tokens.blocks() * TernaryMatrix.BLOCK_BYTES;
    if (fewRows.byteSize() < ROWS * rowBytes) {
      fewRows = allocate(ROWS * rowBytes);
    }
    for (int i = row; i < end; i++) {
      MemorySegment.copy(
          part.codes(), i * part.rowBytes(), fewRows, (i - row) * rowBytes, rowBytes);
    }
    long yStride = (long) ROWS * Float.BYTES;
    setShape(part, row - firstScaled, 1, tokens, rowBytes, yStride);
    call(tokens, tile, fewRows, 0, ROWS * rowBytes, fewOutputs, 0, tokens.count(tile) * yStride);
    for (int i = 0; i < tokens.count(tile); i++) {
      long to = outputOffset(part, row, tokens.first(tile) + i, y);
      MemorySegment.copy(fewOutputs, i * yStride, y.data(), to, (long) (end - row) * Float.BYTES);
    }
  }

  private static long outputOffset(TernaryMatrix.Part part, int row, int token, FloatMatrix y) {
    return y.byteOffset(token) + (long) (part.firstRow() + row) * Float.BYTES;
  }

  private void setShape(
      TernaryMatrix.Part part,
      int firstScale,
      int tiles,
      Tokens tokens,
      long rowBytes,
      long yStride) {
    boolean shared = shareScale(part);
    Routine.setParameter(parameters, TernaryGemmAvx512.ROW_BYTES, rowBytes);
    Routine.setParameter(parameters, TernaryGemmAvx512.TILES, tiles);
    Routine.setParameter(parameters, TernaryGemmAvx512.BLOCKS, tokens.blocks());
    Routine.setParameter(parameters, TernaryGemmAvx512.Y_STRIDE, yStride);
    Routine.setParameter(
        parameters, TernaryGemmAvx512.SCALE_STEP, shared ? 0 : (long) ROWS * Float.BYTES);
    Routine.setParameter(
        parameters, TernaryGemmAvx512.FIRST_SCALE, shared ? 0 : (long) firstScale * Float.BYTES);
  }

  private void call(
      Tokens tokens,
      int tile,
      MemorySegment rows,
      long rowsFrom,
      long rowsBytes,
      MemorySegment outputs,
      long outputsFrom,
      long outputsBytes) {
    int count = tokens.count(tile);
    routines
        .multiply
        .get(count - 1)
        .call(
            rows,
            rowsFrom,
            rowsBytes,
            arranged,
            tokens.place(tile),
            count * tokens.bytes(),
            outputs,
            outputsFrom,
            outputsBytes,
            parameters);
  }
}
