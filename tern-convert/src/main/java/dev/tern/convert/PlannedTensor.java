package dev.tern.convert;

import dev.tern.source.SourceTensor;
import dev.tern.tensor.TensorType;
import java.util.Optional;

/// A tensor and what becomes of it.
///
/// @param source the tensor as the model has it
/// @param type the encoding in which it is written
/// @param note why that is not the encoding that was asked for, if it is not
public record PlannedTensor(SourceTensor source, TensorType type, Optional<String> note) {
  /// {@return what its weights lose at most}
  public Loss loss() {
    return source.type() instanceof TensorType.Resolution.Known(TensorType own)
        ? Loss.between(own, type)
        : Loss.VALUES;
  }

  /// {@return the bytes that it takes}
  public long byteSize() {
    return type.byteSize(source.shape());
  }
}
