package dev.tern.quant;

import dev.tern.tensor.Shape;
import dev.tern.tensor.Tensor;
import dev.tern.tensor.TensorType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// An encoding in which rows are whole blocks and blocks stand alone.
record BlockCodec(TensorType type, BlockFormat format) implements Codec {
  @Override
  public void decodeRow(Tensor tensor, long row, float[] values) {
    CodecArguments.requireRow(type, tensor, row);
    byte[] block = new byte[type.blockBytes()];
    int cols = tensor.cols();
    long at = row * (cols / type.blockElements()) * block.length;
    for (int from = 0; from < cols; from += type.blockElements()) {
      MemorySegment.copy(tensor.data(), ValueLayout.JAVA_BYTE, at, block, 0, block.length);
      format.decode(block, values, from);
      at += block.length;
    }
  }

  @Override
  public void encode(RowSource source, Shape shape, MemorySegment bytes) {
    CodecArguments.requireSize(type, shape, bytes);
    FiniteRows rows = new FiniteRows(source, shape);
    long at = 0;
    for (long row = 0; row < shape.rows(); row++) {
      float[] values = rows.read(row);
      for (int from = 0; from < values.length; from += type.blockElements()) {
        byte[] block = encodeBlock(values, row, from);
        MemorySegment.copy(block, 0, bytes, ValueLayout.JAVA_BYTE, at, block.length);
        at += block.length;
      }
    }
  }

  private byte[] encodeBlock(float[] values, long row, int from) {
    byte[] block = new byte[type.blockBytes()];
    try {
      format.encode(values, from, block);
    } catch (ArithmeticException overflow) {
      throw CodecArguments.tooLarge(type, row, from, overflow);
    }
    return block;
  }
}
