package dev.tern.quant;

import dev.tern.tensor.Shape;
import dev.tern.tensor.Tensor;
import dev.tern.tensor.TensorType;
import java.lang.foreign.MemorySegment;

/// The definition of one encoding: how a row of values is read from its bytes and written to them.
///
/// Implementations are stateless and safe for use by many threads.
public interface Codec {
  /// {@return the encoding this defines}
  TensorType type();

  /// Decodes one row to values.
  ///
  /// @param tensor a tensor of this encoding
  /// @param row from 0 to `tensor.rows() - 1`
  /// @param values receives `tensor.cols()` values from index 0
  /// @throws IllegalArgumentException if the tensor is of another encoding
  /// @throws IndexOutOfBoundsException if the row does not exist or `values` is too short
  void decodeRow(Tensor tensor, long row, float[] values);

  /// Encodes a whole tensor as the reference implementation of this encoding does, with one row in
  /// memory at a time.
  ///
  /// Where the reference implementation would store an infinity, because a value or a scale is too
  /// large for its field, this refuses instead.
  ///
  /// @param source the values; may be read twice where the encoding has one scale for the whole
  ///   tensor
  /// @param shape the shape of the values, which must fill whole blocks of this encoding
  /// @param bytes receives exactly `type().byteSize(shape)` bytes
  /// @throws IllegalArgumentException if the shape or the size of `bytes` does not fit, or a value
  ///   is not finite or too large for the encoding; the message names row and column
  void encode(RowSource source, Shape shape, MemorySegment bytes);
}
