package dev.tern.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.atomic.AtomicLong;

/// The input of a BitLinear layer: int8 codes with one scale per token (absmax quantization).
///
/// **Shape**: codes `[tokens, cols]`, each row padded with zeros to a multiple of 128. **Units**:
/// value = code / quantScale, codes from -127 to 127. Mutable and without synchronization: callers
/// write disjoint tokens.
public final class Int8Activations {
  /// Rows of codes are padded to this many columns, the block of the ternary layout.
  public static final int COLUMN_BLOCK = 128;

  private static final AtomicLong VERSIONS = new AtomicLong();

  private final MemorySegment codes;
  private final float[] quantScales;
  private final int[] codeSums;
  private final int cols;
  private final int stride;
  private volatile long version;

  private Int8Activations(MemorySegment codes, int tokens, int cols, int stride) {
    this.codes = codes;
    this.quantScales = new float[tokens];
    this.codeSums = new int[tokens];
    this.cols = cols;
    this.stride = stride;
  }

  /// {@return activations of zeros}
  ///
  /// @param arena owns the memory
  /// @param tokens how many rows
  /// @param cols the input width of the layer
  public static Int8Activations allocate(Arena arena, int tokens, int cols) {
    int stride = Math.ceilDiv(cols, COLUMN_BLOCK) * COLUMN_BLOCK;
    MemorySegment codes =
        arena.allocate(Math.max((long) tokens * stride, 1), FloatMatrix.ALIGNMENT);
    return new Int8Activations(codes, tokens, cols, stride);
  }

  /// {@return a number that no other content has had, of these or of any other activations}
  public long version() {
    return version;
  }

  /// {@return the number of tokens there is room for}
  public int tokens() {
    return quantScales.length;
  }

  /// {@return the number of columns without padding}
  public int cols() {
    return cols;
  }

  /// {@return the distance between rows of [#codes()] in bytes: the columns with padding}
  public int stride() {
    return stride;
  }

  /// {@return the codes; token t starts at byte t * stride}
  public MemorySegment codes() {
    return codes;
  }

  /// {@return one code}
  ///
  /// @param token from 0
  /// @param col from 0, padding included
  public byte code(int token, int col) {
    return codes.get(ValueLayout.JAVA_BYTE, (long) token * stride + col);
  }

  /// Copies a token's codes out, without padding.
  ///
  /// @param token from 0
  /// @param values receives `cols` codes from index 0
  public void copyCodes(int token, byte[] values) {
    MemorySegment.copy(codes, ValueLayout.JAVA_BYTE, (long) token * stride, values, 0, cols);
  }

  /// Copies a token's codes in, with their scale.
  ///
  /// @param token from 0
  /// @param values `cols` codes from index 0
  /// @param quantScale code = value * quantScale
  public void set(int token, byte[] values, float quantScale) {
    MemorySegment.copy(values, 0, codes, ValueLayout.JAVA_BYTE, (long) token * stride, cols);
    int sum = 0;
    for (int col = 0; col < cols; col++) {
      sum += values[col];
    }
    finish(token, quantScale, sum);
  }

  /// {@return what a token's values were multiplied by to become codes}
  ///
  /// @param token from 0
  public float quantScale(int token) {
    return quantScales[token];
  }

  /// {@return the sum of a token's codes, which turns dot products with unsigned ternary codes into
  /// signed ones}
  ///
  /// @param token from 0
  public int codeSum(int token) {
    return codeSums[token];
  }

  /// Records a token's scale and code sum once its codes are written.
  ///
  /// @param token from 0
  /// @param quantScale code = value * quantScale
  /// @param codeSum the sum of its codes
  public void finish(int token, float quantScale, int codeSum) {
    quantScales[token] = quantScale;
    codeSums[token] = codeSum;
    version = VERSIONS.incrementAndGet();
  }
}
