package dev.tern.convert;

import dev.tern.source.SourceTensor;
import dev.tern.tensor.TensorType;
import java.util.Optional;

/// A tensor and what becomes of it.
///
/// @param source the tensor as the model has it
/// @param type the encoding in which it is written
/// @param rounding what is done to weights that this encoding has no codes for
/// @param note why that is not the encoding that was asked for, if it is not
public record PlannedTensor(
    SourceTensor source, TensorType type, Rounding rounding, Optional<String> note) {
  /// {@return what its weights lose at most}
  public Loss loss() {
    if (!(source.type() instanceof TensorType.Resolution.Known(TensorType own))) {
      return Loss.VALUES;
    }
    return rounding != Rounding.NONE && own != type ? Loss.VALUES : Loss.between(own, type);
  }

  /// {@return the bytes that it takes}
  public long byteSize() {
    return type.byteSize(source.shape());
  }
}
