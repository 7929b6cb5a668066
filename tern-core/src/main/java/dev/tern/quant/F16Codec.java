package dev.tern.quant;

import dev.tern.tensor.Shape;
import dev.tern.tensor.Tensor;
import dev.tern.tensor.TensorType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/// F16: little-endian IEEE half precision, subnormals included; encoding rounds to nearest even.
final class F16Codec implements Codec {
  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  @Override
  public TensorType type() {
    return TensorType.F16;
  }

  @Override
  public void decodeRow(Tensor tensor, long row, float[] values) {
    CodecArguments.requireRow(type(), tensor, row);
    short[] halves = new short[tensor.cols()];
    MemorySegment.copy(
        tensor.data(), SHORT, row * halves.length * Short.BYTES, halves, 0, halves.length);
    for (int col = 0; col < halves.length; col++) {
      values[col] = Float.float16ToFloat(halves[col]);
    }
  }

  @Override
  public void encode(RowSource source, Shape shape, MemorySegment bytes) {
    CodecArguments.requireSize(type(), shape, bytes);
    FiniteRows rows = new FiniteRows(source, shape);
    for (long row = 0; row < shape.rows(); row++) {
      float[] values = rows.read(row);
      for (int col = 0; col < values.length; col++) {
        try {
          bytes.setAtIndex(SHORT, row * values.length + col, Half.bits(values[col]));
        } catch (ArithmeticException overflow) {
          throw CodecArguments.tooLarge(type(), row, col, overflow);
        }
      }
    }
  }
}
