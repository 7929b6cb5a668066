package dev.tern.source;

import dev.tern.ModelFormatException;
import dev.tern.quant.CodeSource;
import dev.tern.quant.Codecs;
import dev.tern.quant.RowSource;
import dev.tern.tensor.Shape;
import dev.tern.tensor.TensorType;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/// A tensor of floats that the files do not have in this form: in another order of rows, or of
/// another element type.
///
/// @param source what to call the model in messages
/// @param name what GGUF files call it
/// @param shape outermost dimension first
/// @param typeName what the files have it in
/// @param floatType a type of floats that holds the values exactly
/// @param data the bytes that the values are computed from
/// @param values its rows, which any number of threads may read
record ComputedTensor(
    String source,
    String name,
    Shape shape,
    String typeName,
    TensorType floatType,
    MemorySegment data,
    RowSource values)
    implements SourceTensor {
  @Override
  public TensorType.Resolution type() {
    return new TensorType.Resolution.Known(floatType);
  }

  @Override
  public long byteSize() {
    return floatType.byteSize(shape);
  }

  @Override
  public boolean isMade() {
    return true;
  }

  @Override
  public void fill(MemorySegment bytes) {
    try {
      Codecs.of(floatType).encode(values, shape, bytes);
    } catch (IllegalArgumentException notFinite) {
      throw new ModelFormatException(
          "%s: the tensor %s: %s".formatted(source, name, notFinite.getMessage()), notFinite);
    }
  }

  @Override
  public void unload() {
    StoredTensor.unload(data);
  }

  @Override
  public Optional<CodeSource> codes() {
    return Optional.empty();
  }
}
