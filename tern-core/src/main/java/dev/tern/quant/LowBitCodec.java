package dev.tern.quant;

import dev.tern.tensor.Shape;
import dev.tern.tensor.Tensor;
import java.lang.foreign.MemorySegment;

/// The definition of an encoding whose every element is a small integer code times a scale shared
/// by its neighbours.
///
/// `value = code * dequantScale`, with codes -1, 0, +1 for ternary, -1, +1 for binary, and +2
/// besides in Q2_0. Two bits can say +2 in I2_S, TQ2_0 and IQ2_BN too; no encoder writes it there,
/// but a damaged file may contain it, and it is decoded as what it says.
public interface LowBitCodec extends Codec {
  /// Decodes one row to its integer codes.
  ///
  /// @param tensor a tensor of this encoding
  /// @param row from 0 to `tensor.rows() - 1`
  /// @param codes receives `tensor.cols()` codes from index 0
  /// @throws IllegalArgumentException if the tensor is of another encoding
  /// @throws IndexOutOfBoundsException if the row does not exist or `codes` is too short
  void decodeCodes(Tensor tensor, long row, byte[] codes);

  /// {@return how many elements of a row share a scale; [Integer#MAX_VALUE] when the whole row
  /// does}
  int scaleGroup();

  /// The scale that multiplies the codes of one group.
  ///
  /// @param tensor a tensor of this encoding
  /// @param row from 0 to `tensor.rows() - 1`
  /// @param group from 0: the group of [#scaleGroup()] columns within the row
  /// @return the scale as stored, widened to 32 bits
  /// @throws IllegalArgumentException if the tensor is of another encoding
  /// @throws IndexOutOfBoundsException if the row or the group does not exist
  float dequantScale(Tensor tensor, long row, int group);

  @Override
  default void decodeRow(Tensor tensor, long row, float[] values) {
    byte[] codes = new byte[tensor.cols()];
    decodeCodes(tensor, row, codes);
    int groupCols = Math.min(codes.length, scaleGroup());
    for (int from = 0; from < codes.length; from += groupCols) {
      float dequantScale = dequantScale(tensor, row, from / groupCols);
      for (int col = from; col < from + groupCols; col++) {
        values[col] = codes[col] * dequantScale;
      }
    }
  }

  /// Encodes codes as they are, with the scale of each group as precisely as the encoding can hold
  /// it: exactly where it stores 32 bits, else rounded to half precision.
  ///
  /// @param source codes and scales, read once; the codes of one scale group of this encoding that
  ///   are not 0 must have one scale. Where all are 0, the scale of the first is stored.
  /// @param shape the shape of the matrix, which must fill whole blocks of this encoding
  /// @param bytes receives exactly `type().byteSize(shape)` bytes
  /// @throws IllegalArgumentException if the shape or the size of `bytes` does not fit, the
  ///   encoding has no such code, or the scales of a group differ, are not finite or too large; the
  ///   message names row and column
  void encodeCodes(CodeSource source, Shape shape, MemorySegment bytes);
}
