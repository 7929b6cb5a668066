package dev.tern.gguf;

import dev.tern.tensor.Shape;
import dev.tern.tensor.TensorType;

/// One entry of a GGUF file's tensor directory.
///
/// @param name unique within the file
/// @param shape outermost dimension first
/// @param type the encoding, or what is known about a type number that Tern does not implement
/// @param byteOffset where its data starts, counted from the first byte of the file
/// @param slotBytes the distance to the next tensor's data, or to the end of the file; at least the
///   size of the data
public record GgufTensor(
    String name, Shape shape, TensorType.Resolution type, long byteOffset, long slotBytes) {
  /// {@return what to call the encoding: `I2_S`, or the name of a foreign one}
  public String typeName() {
    return switch (type) {
      case TensorType.Resolution.Known known -> known.type().name();
      case TensorType.Resolution.Foreign foreign -> foreign.name();
    };
  }

  /// {@return bytes of the data where the encoding is known, else of the slot}
  public long byteSize() {
    return switch (type) {
      case TensorType.Resolution.Known known -> known.type().byteSize(shape);
      case TensorType.Resolution.Foreign _ -> slotBytes;
    };
  }
}
