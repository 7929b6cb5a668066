package dev.tern.quant;

import dev.tern.tensor.Shape;
import dev.tern.tensor.Tensor;
import dev.tern.tensor.TensorType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Objects;

/// A low-bit encoding in which rows are whole blocks, with one scale in each block or, where the
/// type has a row header, one there.
record ScaledCodeCodec(TensorType type, LowBitFormat format) implements LowBitCodec {
  @Override
  public int scaleGroup() {
    return hasRowScale() ? Integer.MAX_VALUE : type.blockElements();
  }

  private boolean hasRowScale() {
    return type.rowHeaderBytes() > 0;
  }

  private long rowBytes(int cols) {
    return type.rowHeaderBytes() + (long) (cols / type.blockElements()) * type.blockBytes();
  }

  @Override
  public void decodeCodes(Tensor tensor, long row, byte[] codes) {
    CodecArguments.requireRow(type, tensor, row);
    byte[] block = new byte[type.blockBytes()];
    int cols = tensor.cols();
    long at = row * rowBytes(cols) + type.rowHeaderBytes();
    for (int from = 0; from < cols; from += type.blockElements()) {
      MemorySegment.copy(tensor.data(), ValueLayout.JAVA_BYTE, at, block, 0, block.length);
      format.unpack(block, codes, from);
      at += block.length;
    }
  }

  @Override
  public float dequantScale(Tensor tensor, long row, int group) {
    CodecArguments.requireRow(type, tensor, row);
    int cols = tensor.cols();
    Objects.checkIndex(group, hasRowScale() ? 1 : cols / type.blockElements());
    long rowAt = row * rowBytes(cols);
    long blockAt = rowAt + (long) group * type.blockBytes();
    return format.scaleField().read(tensor.data(), blockAt + format.scaleOffset());
  }

  @Override
  public void encode(RowSource source, Shape shape, MemorySegment bytes) {
    FiniteRows rows = new FiniteRows(source, shape);
    CodeSource chosen =
        (row, codes, dequantScales) -> {
          float[] values = rows.read(row);
          for (int from = 0; from < values.length; ) {
            int to = groupEnd(from, values.length);
            float dequantScale = format.rule().apply(values, from, to, codes);
            Arrays.fill(dequantScales, from, to, dequantScale);
            from = to;
          }
        };
    encodeCodes(chosen, shape, bytes);
  }

  private int groupEnd(int from, int cols) {
    return hasRowScale() ? cols : from + type.blockElements();
  }

  @Override
  public void encodeCodes(CodeSource source, Shape shape, MemorySegment bytes) {
    CodecArguments.requireSize(type, shape, bytes);
    CodeRows rows = new CodeRows(source, shape, type, format::holds);
    long at = 0;
    for (long row = 0; row < shape.rows(); row++) {
      byte[] codes = rows.read(row);
      if (hasRowScale()) {
        writeScale(rows, row, 0, codes.length, bytes, at);
        at += type.rowHeaderBytes();
      }
      for (int from = 0; from < codes.length; from += type.blockElements()) {
        byte[] block = new byte[type.blockBytes()];
        format.pack(codes, from, block);
        MemorySegment.copy(block, 0, bytes, ValueLayout.JAVA_BYTE, at, block.length);
        if (!hasRowScale()) {
          writeScale(rows, row, from, from + type.blockElements(), bytes, at);
        }
        at += block.length;
      }
    }
  }

  private void writeScale(
      CodeRows rows, long row, int from, int to, MemorySegment bytes, long startAt) {
    SharedScale shared = new SharedScale();
    rows.addScales(from, to, shared);
    try {
      format.scaleField().write(bytes, startAt + format.scaleOffset(), shared.get());
    } catch (ArithmeticException overflow) {
      throw CodecArguments.tooLarge(type, row, from, overflow);
    }
  }
}
