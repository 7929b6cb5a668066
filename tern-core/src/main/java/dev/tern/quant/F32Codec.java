package dev.tern.quant;

import dev.tern.tensor.Shape;
import dev.tern.tensor.Tensor;
import dev.tern.tensor.TensorType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/// F32: little-endian 32-bit floats.
final class F32Codec implements Codec {
  private static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  @Override
  public TensorType type() {
    return TensorType.F32;
  }

  @Override
  public void decodeRow(Tensor tensor, long row, float[] values) {
    CodecArguments.requireRow(type(), tensor, row);
    int cols = tensor.cols();
    MemorySegment.copy(tensor.data(), FLOAT, row * cols * Float.BYTES, values, 0, cols);
  }

  @Override
  public void encode(RowSource source, Shape shape, MemorySegment bytes) {
    CodecArguments.requireSize(type(), shape, bytes);
    FiniteRows rows = new FiniteRows(source, shape);
    for (long row = 0; row < shape.rows(); row++) {
      float[] values = rows.read(row);
      long at = row * values.length * Float.BYTES;
      MemorySegment.copy(values, 0, bytes, FLOAT, at, values.length);
    }
  }
}
