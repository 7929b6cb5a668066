package dev.tern.eval;

import dev.tern.quant.CodeSource;
import dev.tern.quant.RowSource;
import dev.tern.source.ModelSource;
import dev.tern.source.SourceTensor;
import java.util.Optional;
import java.util.Set;

/// The tensors of a Hugging Face folder, under the names that GGUF files give them; closed with it.
///
/// A checkpoint's tensors are read by each thread through a reader of its own.
record CheckpointWeightSource(ModelSource checkpoint) implements WeightSource {
  @Override
  public String source() {
    return checkpoint.source();
  }

  @Override
  public Set<String> names() {
    return checkpoint.tensors().keySet();
  }

  @Override
  public WeightTensor tensor(String name) {
    SourceTensor tensor = checkpoint.require(name);
    ThreadLocal<RowSource> values = ThreadLocal.withInitial(tensor::values);
    return new WeightTensor(
        name,
        tensor.shape(),
        tensor.typeName(),
        Optional.empty(),
        (row, into) -> values.get().read(row, into),
        tensor.codes().map(_ -> codes(tensor)));
  }

  private static CodeSource codes(SourceTensor tensor) {
    ThreadLocal<CodeSource> codes = ThreadLocal.withInitial(() -> tensor.codes().orElseThrow());
    return (row, into, dequantScales) -> codes.get().read(row, into, dequantScales);
  }

  @Override
  public void close() {
    checkpoint.close();
  }
}
