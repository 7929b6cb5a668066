package dev.tern.quant;

import dev.tern.tensor.Shape;
import dev.tern.tensor.Tensor;
import dev.tern.tensor.TensorType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Objects;

/// I2_S: ternary, 2 bits an element, one scale for the tensor.
///
/// The elements of all rows are one sequence; rows are not padded, so that a block may begin in one
/// row and end in the next. A block of 4 * `stride` elements takes `stride` bytes. With `e` the
/// place of an element in that sequence:
///
/// | what | where |
/// |---|---|
/// | byte of an element | `e / block * stride + e % stride` |
/// | its bits | shifted by `6 - 2 * (e % block / stride)`: the first quarter of a block on top |
/// | its code | the two bits less 1; 3 is unused and would read as +2 |
/// | scale | 32-bit float after the last block, `value = code * scale` |
/// | rest of the 32 bytes of tail | anything: real files have garbage here; written as 0 |
///
/// `stride` is 32 in all published files and 16 in those that bitnet.cpp has written on ARM since
/// November 2025 ([TensorType#I2_S_ARM64]).
///
/// Encoding takes the largest magnitude for the scale, 0 for magnitudes below 1e-6 and the sign for
/// all others. That is right only for values that are ternary already; others go through [Absmean]
/// first. Source: bitnet.cpp, `quantize_i2_s` in src/ggml-bitnet-mad.cpp.
///
/// @param stride how many bytes a block takes
record I2sCodec(TensorType type, int stride) implements LowBitCodec {
  private static final double ZERO_BELOW = 1e-6;

  @Override
  public void decodeCodes(Tensor tensor, long row, byte[] codes) {
    CodecArguments.requireRow(type, tensor, row);
    int cols = tensor.cols();
    byte[] block = new byte[stride];
    byte[] blockCodes = new byte[type.blockElements()];
    for (int col = 0; col < cols; ) {
      long element = row * cols + col;
      long at = element / blockCodes.length * stride;
      MemorySegment.copy(tensor.data(), ValueLayout.JAVA_BYTE, at, block, 0, stride);
      unpack(block, blockCodes);
      int first = (int) (element % blockCodes.length);
      int count = Math.min(cols - col, blockCodes.length - first);
      System.arraycopy(blockCodes, first, codes, col, count);
      col += count;
    }
  }

  private void unpack(byte[] block, byte[] codes) {
    for (int e = 0; e < codes.length; e++) {
      codes[e] = (byte) (((block[e % stride] >> (6 - 2 * (e / stride))) & 3) - 1);
    }
  }

  private byte[] pack(byte[] codes) {
    byte[] block = new byte[stride];
    for (int e = 0; e < codes.length; e++) {
      block[e % stride] |= (byte) ((codes[e] + 1) << (6 - 2 * (e / stride)));
    }
    return block;
  }

  @Override
  public int scaleGroup() {
    return Integer.MAX_VALUE;
  }

  @Override
  public float dequantScale(Tensor tensor, long row, int group) {
    CodecArguments.requireRow(type, tensor, row);
    Objects.checkIndex(group, 1);
    return ScaleField.SINGLE.read(tensor.data(), tensor.data().byteSize() - type.tailBytes());
  }

  @Override
  public void encode(RowSource source, Shape shape, MemorySegment bytes) {
    CodecArguments.requireSize(type, shape, bytes);
    FiniteRows rows = new FiniteRows(source, shape);
    float dequantScale = absmax(rows, shape);
    CodeSource signs =
        (row, codes, dequantScales) -> {
          float[] values = rows.read(row);
          for (int col = 0; col < values.length; col++) {
            boolean zero = Math.abs((double) values[col]) < ZERO_BELOW;
            codes[col] = (byte) (zero ? 0 : Math.signum(values[col]));
          }
          Arrays.fill(dequantScales, dequantScale);
        };
    encodeCodes(signs, shape, bytes);
  }

  private static float absmax(FiniteRows rows, Shape shape) {
    float absmax = 0;
    for (long row = 0; row < shape.rows(); row++) {
      for (float value : rows.read(row)) {
        absmax = Math.max(absmax, Math.abs(value));
      }
    }
    return absmax;
  }

  @Override
  public void encodeCodes(CodeSource source, Shape shape, MemorySegment bytes) {
    CodecArguments.requireSize(type, shape, bytes);
    CodeRows rows = new CodeRows(source, shape, type, code -> code >= -1 && code <= 1);
    SharedScale shared = new SharedScale();
    byte[] blockCodes = new byte[type.blockElements()];
    int filled = 0;
    long at = 0;
    for (long row = 0; row < shape.rows(); row++) {
      byte[] codes = rows.read(row);
      rows.addScales(0, codes.length, shared);
      for (int col = 0; col < codes.length; ) {
        int count = Math.min(codes.length - col, blockCodes.length - filled);
        System.arraycopy(codes, col, blockCodes, filled, count);
        col += count;
        filled += count;
        if (filled == blockCodes.length) {
          MemorySegment.copy(pack(blockCodes), 0, bytes, ValueLayout.JAVA_BYTE, at, stride);
          at += stride;
          filled = 0;
        }
      }
    }
    bytes.asSlice(at).fill((byte) 0);
    ScaleField.SINGLE.write(bytes, at, shared.get());
  }
}
