package dev.tern.quant;

import dev.tern.tensor.Shape;
import dev.tern.tensor.Tensor;
import dev.tern.tensor.TensorType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/// BF16: the upper 16 bits of a 32-bit float, little-endian; encoding rounds to nearest even.
final class Bf16Codec implements Codec {
  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  @Override
  public TensorType type() {
    return TensorType.BF16;
  }

  @Override
  public void decodeRow(Tensor tensor, long row, float[] values) {
    CodecArguments.requireRow(type(), tensor, row);
    short[] upperHalves = new short[tensor.cols()];
    MemorySegment.copy(
        tensor.data(),
        SHORT,
        row * upperHalves.length * Short.BYTES,
        upperHalves,
        0,
        upperHalves.length);
    for (int col = 0; col < upperHalves.length; col++) {
      values[col] = widen(upperHalves[col]);
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
          bytes.setAtIndex(SHORT, row * values.length + col, narrow(values[col]));
        } catch (ArithmeticException overflow) {
          throw CodecArguments.tooLarge(type(), row, col, overflow);
        }
      }
    }
  }

  private static float widen(short upperBits) {
    return Float.intBitsToFloat(upperBits << 16);
  }

  private static short narrow(float value) {
    int bits = Float.floatToRawIntBits(value);
    int tieToEven = (bits >>> 16) & 1;
    short upperBits = (short) ((bits + 0x7fff + tieToEven) >>> 16);
    if (!Float.isFinite(widen(upperBits))) {
      throw new ArithmeticException("BF16 ends at 3.3895314e38, before " + value);
    }
    return upperBits;
  }
}
