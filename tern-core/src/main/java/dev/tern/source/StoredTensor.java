package dev.tern.source;

import dev.tern.quant.CodeSource;
import dev.tern.quant.RowSource;
import dev.tern.tensor.Shape;
import dev.tern.tensor.Tensor;
import dev.tern.tensor.TensorType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import java.util.function.Supplier;

/// A tensor that is used as its file has it.
///
/// @param name what GGUF files call it
/// @param shape outermost dimension first
/// @param type its encoding
/// @param byteSize the bytes that it takes in the file
/// @param tensor the tensor in the mapped file; throws where the encoding is not implemented
public record StoredTensor(
    String name, Shape shape, TensorType.Resolution type, long byteSize, Supplier<Tensor> tensor)
    implements SourceTensor {
  /// {@return a tensor that is there}
  static StoredTensor of(Tensor tensor) {
    return new StoredTensor(
        tensor.name(),
        tensor.shape(),
        new TensorType.Resolution.Known(tensor.type()),
        tensor.data().byteSize(),
        () -> tensor);
  }

  @Override
  public boolean isMade() {
    return false;
  }

  @Override
  public Tensor load(Arena arena) {
    return tensor.get();
  }

  @Override
  public void fill(MemorySegment bytes) {
    bytes.copyFrom(tensor.get().data());
  }

  @Override
  public void unload() {
    unload(tensor.get().data());
  }

  static void unload(MemorySegment data) {
    if (data.isMapped()) {
      data.unload();
    }
  }

  @Override
  public RowSource values() {
    return RowSource.of(tensor.get());
  }

  @Override
  public Optional<CodeSource> codes() {
    Tensor stored = tensor.get();
    return stored.type().isLowBit() ? Optional.of(CodeSource.of(stored)) : Optional.empty();
  }
}
