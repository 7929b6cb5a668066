package dev.tern.quant;

import dev.tern.tensor.Shape;
import dev.tern.tensor.Tensor;
import dev.tern.tensor.TensorType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.HexFormat;

/// Tensors made from arrays and back, for the tests of this package.
final class Encoded {
  private Encoded() {}

  /// Encodes values as the reference implementation does.
  static Tensor values(TensorType type, Shape shape, float... values) {
    int cols = (int) shape.cols();
    byte[] bytes = garbage(type, shape);
    Codecs.of(type)
        .encode(
            (row, target) -> System.arraycopy(values, (int) row * cols, target, 0, cols),
            shape,
            MemorySegment.ofArray(bytes));
    return tensor(type, shape, bytes);
  }

  /// Encodes codes that all have one scale.
  static Tensor codes(TensorType type, Shape shape, byte[] codes, float dequantScale) {
    int cols = (int) shape.cols();
    byte[] bytes = garbage(type, shape);
    lowBit(type)
        .encodeCodes(
            (row, target, dequantScales) -> {
              System.arraycopy(codes, (int) row * cols, target, 0, cols);
              Arrays.fill(dequantScales, dequantScale);
            },
            shape,
            MemorySegment.ofArray(bytes));
    return tensor(type, shape, bytes);
  }

  /// Memory that no encoder may rely on being zero.
  private static byte[] garbage(TensorType type, Shape shape) {
    byte[] bytes = new byte[Math.toIntExact(type.byteSize(shape))];
    Arrays.fill(bytes, (byte) 0xA7);
    return bytes;
  }

  static Tensor tensor(TensorType type, Shape shape, byte[] bytes) {
    return new Tensor("test", type, shape, MemorySegment.ofArray(bytes));
  }

  static LowBitCodec lowBit(TensorType type) {
    return Codecs.lowBit(type).orElseThrow();
  }

  static float[] values(Tensor tensor) {
    float[] values = new float[(int) tensor.shape().elements()];
    float[] buffer = new float[tensor.cols()];
    for (int row = 0; row < tensor.rows(); row++) {
      Codecs.of(tensor.type()).decodeRow(tensor, row, buffer);
      System.arraycopy(buffer, 0, values, row * buffer.length, buffer.length);
    }
    return values;
  }

  static byte[] codes(Tensor tensor) {
    byte[] codes = new byte[(int) tensor.shape().elements()];
    byte[] buffer = new byte[tensor.cols()];
    for (int row = 0; row < tensor.rows(); row++) {
      lowBit(tensor.type()).decodeCodes(tensor, row, buffer);
      System.arraycopy(buffer, 0, codes, row * buffer.length, buffer.length);
    }
    return codes;
  }

  static byte[] bytes(Tensor tensor) {
    return tensor.data().toArray(ValueLayout.JAVA_BYTE);
  }

  static String hex(Tensor tensor) {
    return HexFormat.of().formatHex(bytes(tensor));
  }
}
