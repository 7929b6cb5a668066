package dev.tern.quant;

import dev.tern.tensor.Shape;
import dev.tern.tensor.Tensor;
import dev.tern.tensor.TensorType;
import java.lang.foreign.MemorySegment;
import java.util.Objects;

/// What every codec checks at its door.
final class CodecArguments {
  private CodecArguments() {}

  static void requireRow(TensorType type, Tensor tensor, long row) {
    if (tensor.type() != type) {
      throw new IllegalArgumentException(
          "%s is encoded as %s, not as %s".formatted(tensor.name(), tensor.type(), type));
    }
    Objects.checkIndex(row, tensor.rows());
  }

  static void requireSize(TensorType type, Shape shape, MemorySegment bytes) {
    long expected = type.byteSize(shape);
    if (bytes.byteSize() != expected) {
      throw new IllegalArgumentException(
          "%s of %s takes %d bytes, not %d".formatted(type, shape, expected, bytes.byteSize()));
    }
  }

  /// Says where a value or scale overflowed the field that should hold it.
  static IllegalArgumentException tooLarge(
      TensorType type, long row, int col, ArithmeticException overflow) {
    return new IllegalArgumentException(
        "row %d, from column %d: too large for %s: %s"
            .formatted(row, col, type, overflow.getMessage()),
        overflow);
  }
}
