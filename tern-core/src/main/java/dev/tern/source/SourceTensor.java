package dev.tern.source;

import dev.tern.ModelFormatException;
import dev.tern.UnsupportedModelException;
import dev.tern.quant.CodeSource;
import dev.tern.quant.RowSource;
import dev.tern.tensor.Shape;
import dev.tern.tensor.Tensor;
import dev.tern.tensor.TensorType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/// A tensor of a model that has not been loaded: what it is, and ways to its numbers.
///
/// Safe for use by many threads.
public sealed interface SourceTensor permits StoredTensor, ComputedTensor, TernaryTensor {
  /// The alignment of what is made.
  long CACHE_LINE = 64;

  /// {@return what GGUF files call it}
  String name();

  /// {@return its shape, outermost dimension first}
  Shape shape();

  /// {@return the encoding in which it is loaded, or what is known about one that Tern does not
  /// read}
  TensorType.Resolution type();

  /// {@return the bytes that it takes when it is loaded}
  long byteSize();

  /// {@return whether loading takes memory besides the file}
  boolean isMade();

  /// Loads the tensor: hands out the mapped file where it is stored as it is used, else makes it.
  ///
  /// @param arena owns what is made
  /// @return the tensor in the encoding that [#type()] names
  /// @throws ModelFormatException if its bytes cannot be what they should be
  /// @throws UnsupportedModelException if its encoding is not implemented
  default Tensor load(Arena arena) {
    if (!(type() instanceof TensorType.Resolution.Known(TensorType known))) {
      throw new IllegalStateException(name() + " is made in an encoding that is not known");
    }
    MemorySegment data = arena.allocate(byteSize(), CACHE_LINE);
    fill(data);
    return new Tensor(name(), known, shape(), data);
  }

  /// Writes the bytes of the tensor that [#load] hands out.
  ///
  /// @param bytes memory of [#byteSize()] bytes, zeroed
  /// @throws ModelFormatException if its bytes cannot be what they should be
  /// @throws UnsupportedModelException if its encoding is not implemented
  void fill(MemorySegment bytes);

  /// {@return its values, row by row; each thread needs its own}
  ///
  /// @throws UnsupportedModelException if its encoding is not implemented
  RowSource values();

  /// {@return its codes and their scales, row by row, if its values are such; each thread needs its
  /// own}
  ///
  /// @throws ModelFormatException if its bytes cannot be what they should be
  /// @throws UnsupportedModelException if its encoding is not implemented
  Optional<CodeSource> codes();

  /// Tells the system that the tensor's part of its file will not be read again soon, so that what
  /// has been read does not count as this process's memory. Reading it again still works.
  void unload();

  /// {@return what to call the encoding in the file: `I2_S`, `F8_E4M3`, or the name of a foreign
  /// one}
  default String typeName() {
    return switch (type()) {
      case TensorType.Resolution.Known known -> known.type().name();
      case TensorType.Resolution.Foreign foreign -> foreign.name();
    };
  }
}
