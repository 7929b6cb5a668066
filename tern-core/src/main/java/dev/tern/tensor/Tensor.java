package dev.tern.tensor;

import java.lang.foreign.MemorySegment;

/// A named block of encoded numbers.
///
/// Immutable and safe to share as long as nobody writes to `data`; valid as long as the memory
/// behind it is.
///
/// @param name as in the file, for example `blk.0.attn_q.weight`
/// @param type how `data` encodes the numbers
/// @param shape outermost dimension first
/// @param data exactly `type.byteSize(shape)` bytes
public record Tensor(String name, TensorType type, Shape shape, MemorySegment data) {
  /// Checks that the data has the size that type and shape demand.
  ///
  /// @throws IllegalArgumentException if `data` has another size than `type` and `shape` demand
  public Tensor {
    long expected = type.byteSize(shape);
    if (data.byteSize() != expected) {
      throw new IllegalArgumentException(
          "%s: %s of %s takes %d bytes, not %d"
              .formatted(name, type, shape, expected, data.byteSize()));
    }
  }

  /// {@return the number of rows, all outer dimensions multiplied}
  public long rows() {
    return shape.rows();
  }

  /// {@return the number of columns}
  public int cols() {
    return Math.toIntExact(shape.cols());
  }

  /// {@return bits of storage per element, scales included}
  public double bitsPerElement() {
    return shape.elements() == 0 ? 0 : 8.0 * data.byteSize() / shape.elements();
  }
}
