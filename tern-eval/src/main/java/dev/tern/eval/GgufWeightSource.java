package dev.tern.eval;

import dev.tern.I2sLayout;
import dev.tern.gguf.GgufFile;
import dev.tern.quant.CodeSource;
import dev.tern.quant.RowSource;
import dev.tern.tensor.Tensor;
import dev.tern.tensor.TensorType;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import java.util.Set;

/// The tensors of a GGUF file, closed with it.
record GgufWeightSource(GgufFile file, I2sLayout layout) implements WeightSource {
  @Override
  public String source() {
    return file.source();
  }

  @Override
  public Set<String> names() {
    return file.tensors().keySet();
  }

  @Override
  public WeightTensor tensor(String name) {
    Tensor tensor = inLayout(file.requireTensor(name));
    return new WeightTensor(
        name,
        tensor.shape(),
        tensor.type().name(),
        Optional.of(meaningfulBytes(tensor)),
        RowSource.of(tensor),
        tensor.type().isLowBit() ? Optional.of(CodeSource.of(tensor)) : Optional.empty());
  }

  private Tensor inLayout(Tensor tensor) {
    return tensor.type() == TensorType.I2_S && layout == I2sLayout.ARM_64
        ? new Tensor(tensor.name(), TensorType.I2_S_ARM64, tensor.shape(), tensor.data())
        : tensor;
  }

  /// What follows the scale in a tail is padding, in which published files have garbage.
  private static MemorySegment meaningfulBytes(Tensor tensor) {
    int tail = tensor.type().tailBytes();
    return tail == 0
        ? tensor.data()
        : tensor.data().asSlice(0, tensor.data().byteSize() - tail + Float.BYTES);
  }

  @Override
  public void close() {
    file.close();
  }
}
