package dev.tern.kernel.x86;

import dev.tern.kernel.DenseMatrix;
import dev.tern.kernel.FloatMatrix;
import dev.tern.kernel.ScalarKernels;
import dev.tern.tensor.Tensor;
import dev.tern.tensor.TensorType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/// Weights that are no codes times floats, on one thread: cuts a product into calls of [DenseRows],
/// and sees to it that each stays within the memory that it is given.
///
/// One token meets weights as they are decoded. Several tokens meet rows that have been decoded to
/// floats, some at a time, which stay in the second-level cache.
final class DenseProduct {
  /// Encodings that there are routines for.
  private static final Set<TensorType> TYPES =
      EnumSet.of(
          TensorType.F32,
          TensorType.F16,
          TensorType.BF16,
          TensorType.Q8_0,
          TensorType.Q4_0,
          TensorType.Q4_K,
          TensorType.Q6_K,
          TensorType.Q1_0,
          TensorType.Q2_0,
          TensorType.Q2_0_G128);

  /// Tokens that a decoded row is multiplied by at once.
  private static final int TOKENS_AT_ONCE = 3;

  /// Weights that one call reads at most: it keeps the Java runtime from pausing this thread, so it
  /// should take some tens of microseconds.
  private static final long BYTES_PER_CALL = 1 << 20;

  /// Decoded weights that stay in the second-level cache.
  private static final long DECODED_BYTES = 1 << 17;

  private final Routines routines;
  private final MemorySegment parameters = Arena.ofAuto().allocate(64, 64);
  private MemorySegment decoded = Arena.ofAuto().allocate(0);

  /// The routines of all encodings.
  ///
  /// @param dot multiplies rows by one token
  /// @param decode turns rows into floats
  /// @param floatDots multiplies rows of floats by several tokens
  record Routines(
      Map<TensorType, NativeCode.Function> dot,
      Map<TensorType, NativeCode.Function> decode,
      NativeCode.Function floatDots) {
    static Routines load() throws UnavailableException {
      List<DenseRows> rows = new ArrayList<>();
      for (TensorType type : TYPES) {
        rows.add(rows(type, 1));
        rows.add(rows(type, 0));
      }
      rows.add(rows(TensorType.F32, TOKENS_AT_ONCE));
      List<NativeCode.Function> functions = NativeCode.load(rows);
      Map<TensorType, NativeCode.Function> dot = new EnumMap<>(TensorType.class);
      Map<TensorType, NativeCode.Function> decode = new EnumMap<>(TensorType.class);
      var loaded = functions.iterator();
      for (TensorType type : TYPES) {
        dot.put(type, loaded.next());
        decode.put(type, loaded.next());
      }
      return new Routines(dot, decode, functions.getLast());
    }
  }

  private static DenseRows rows(TensorType type, int tokens) {
    return switch (type) {
      case F32, F16, BF16 -> new DenseFloats(type, tokens);
      case Q1_0, Q2_0, Q2_0_G128 -> new DenseLowBits(type, tokens);
      default -> new DenseBlocks(type, tokens);
    };
  }

  DenseProduct(Routines routines) {
    this.routines = routines;
  }

  /// {@return whether there are routines for all parts of a matrix}
  static boolean supports(DenseMatrix weights) {
    for (int i = 0; i < weights.parts().size(); i++) {
      if (!supports(weights.parts().get(i).tensor().type())) {
        return false;
      }
    }
    return true;
  }

  /// {@return whether there are routines for an encoding}
  static boolean supports(TensorType type) {
    return TYPES.contains(type);
  }

  /// Multiplies a range of rows by a range of tokens, see `Kernels.linear`.
  ///
  /// @param weights that [#supports] accepts
  /// @throws IndexOutOfBoundsException if a range is not within what it is of
  void linear(
      DenseMatrix weights,
      int fromRow,
      int toRow,
      FloatMatrix x,
      int fromToken,
      int toToken,
      FloatMatrix y) {
    Objects.checkFromToIndex(fromRow, toRow, Math.min(weights.rows(), y.cols()));
    Objects.checkFromToIndex(fromToken, toToken, Math.min(x.rows(), y.rows()));
    for (int i = 0; i < weights.parts().size(); i++) {
      DenseMatrix.Part part = weights.parts().get(i);
      int first = Math.max(fromRow - part.firstRow(), 0);
      int last = Math.min(toRow - part.firstRow(), part.rows());
      if (first < last && fromToken < toToken) {
        parameters.set(
            ValueLayout.JAVA_FLOAT, (long) DenseRows.OUTPUT_SCALE * Long.BYTES, part.outputScale());
        if (toToken - fromToken == 1) {
          oneToken(part, first, last, x, fromToken, y);
        } else {
          decodeAndMultiply(part, first, last, x, fromToken, toToken, y);
        }
      }
    }
  }

  private void oneToken(
      DenseMatrix.Part part, int first, int last, FloatMatrix x, int token, FloatMatrix y) {
    Tensor tensor = part.tensor();
    long rowBytes = rowBytes(tensor);
    int rowsAtOnce = Math.toIntExact(Math.max(1, BYTES_PER_CALL / rowBytes));
    for (int row = first; row < last; row += rowsAtOnce) {
      int rows = Math.min(rowsAtOnce, last - row);
      multiply(
          function(routines.dot, tensor.type()),
          tensor.type(),
          tensor.data(),
          row * rowBytes,
          rows * rowBytes,
          rows,
          x,
          token,
          1,
          part.firstRow() + row,
          y);
    }
  }

  private void decodeAndMultiply(
      DenseMatrix.Part part,
      int first,
      int last,
      FloatMatrix x,
      int fromToken,
      int toToken,
      FloatMatrix y) {
    int rowsAtOnce = decodedRows(part.tensor().cols());
    for (int row = first; row < last; row += rowsAtOnce) {
      int rows = Math.min(rowsAtOnce, last - row);
      MemorySegment floats = decode(part.tensor(), row, rows);
      for (int token = fromToken; token < toToken; ) {
        int tokens = token + TOKENS_AT_ONCE <= toToken ? TOKENS_AT_ONCE : 1;
        NativeCode.Function function =
            tokens == 1 ? function(routines.dot, TensorType.F32) : routines.floatDots;
        multiply(
            function,
            TensorType.F32,
            floats,
            0,
            floats.byteSize(),
            rows,
            x,
            token,
            tokens,
            part.firstRow() + row,
            y);
        token += tokens;
      }
    }
  }

  /// {@return how many rows are decoded at once, so that they stay in the second-level cache}
  static int decodedRows(int cols) {
    return Math.toIntExact(Math.max(1, DECODED_BYTES / ((long) cols * Float.BYTES)));
  }

  /// {@return some rows as floats, until others are decoded}
  ///
  /// @param tensor of an encoding that there are routines for
  MemorySegment decode(Tensor tensor, int row, int rows) {
    MemorySegment encoded = rows(tensor, row, rows);
    if (tensor.type() == TensorType.F32) {
      return encoded;
    }
    long floatBytes = (long) rows * tensor.cols() * Float.BYTES;
    if (decoded.byteSize() < floatBytes) {
      decoded = Arena.ofAuto().allocate(floatBytes, 64);
    }
    MemorySegment floats = decoded.asSlice(0, floatBytes);
    setShape(tensor.type(), tensor.cols(), rows);
    function(routines.decode, tensor.type()).call(encoded, encoded, floats, parameters);
    return floats;
  }

  /// See `Kernels.decodeRow`.
  ///
  /// @param tensor of an encoding that there are routines for
  void decodeRow(Tensor tensor, int row, FloatMatrix y, int token) {
    Objects.checkIndex(row, Math.toIntExact(tensor.rows()));
    Objects.checkIndex(token, y.rows());
    Objects.checkFromIndexSize(0, tensor.cols(), y.cols());
    long rowBytes = rowBytes(tensor);
    setShape(tensor.type(), tensor.cols(), 1);
    function(routines.decode, tensor.type())
        .call(
            tensor.data(),
            row * rowBytes,
            rowBytes,
            tensor.data(),
            row * rowBytes,
            rowBytes,
            y.data(),
            y.byteOffset(token),
            (long) tensor.cols() * Float.BYTES,
            parameters);
  }

  private void multiply(
      NativeCode.Function function,
      TensorType type,
      MemorySegment rows,
      long rowsFrom,
      long rowsBytes,
      int rowCount,
      FloatMatrix x,
      int token,
      int tokens,
      int firstRow,
      FloatMatrix y) {
    long xStride = x.byteOffset(1) - x.byteOffset(0);
    long yStride = y.byteOffset(1) - y.byteOffset(0);
    setShape(type, x.cols(), rowCount);
    Routine.setParameter(parameters, DenseRows.X_STRIDE, xStride);
    Routine.setParameter(parameters, DenseRows.Y_STRIDE, yStride);
    function.call(
        rows,
        rowsFrom,
        rowsBytes,
        x.data(),
        x.byteOffset(token),
        (tokens - 1) * xStride + (long) x.cols() * Float.BYTES,
        y.data(),
        y.byteOffset(token) + (long) firstRow * Float.BYTES,
        (tokens - 1) * yStride + (long) rowCount * Float.BYTES,
        parameters);
  }

  private void setShape(TensorType type, int cols, int rows) {
    int unitColumns = Math.max(type.blockElements(), ScalarKernels.LANES);
    Routine.setParameter(parameters, DenseRows.ROWS, rows);
    Routine.setParameter(parameters, DenseRows.UNITS, cols / unitColumns);
    Routine.setParameter(parameters, DenseRows.TAIL, cols % unitColumns);
  }

  private static NativeCode.Function function(
      Map<TensorType, NativeCode.Function> functions, TensorType type) {
    return Objects.requireNonNull(functions.get(type), type.name());
  }

  private static long rowBytes(Tensor tensor) {
    TensorType type = tensor.type();
    return (long) tensor.cols() / type.blockElements() * type.blockBytes();
  }

  /// {@return exactly the bytes of some rows}
  private static MemorySegment rows(Tensor tensor, int first, int count) {
    long rowBytes = rowBytes(tensor);
    return tensor.data().asSlice(first * rowBytes, count * rowBytes);
  }
}
