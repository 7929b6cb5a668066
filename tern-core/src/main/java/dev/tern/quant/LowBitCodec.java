package dev.tern.quant;

import dev.tern.tensor.Tensor;

/// The definition of an encoding whose every element is a small integer code times a scale shared
/// by its neighbours.
///
/// `value = code * dequantScale`, with codes -1, 0, +1 for ternary, -1, +1 for binary, and +2
/// besides in Q2_0.
public interface LowBitCodec extends Codec {
  /// Decodes one row to its integer codes.
  ///
  /// @param tensor a tensor of this encoding
  /// @param row from 0 to `tensor.rows() - 1`
  /// @param codes receives `tensor.cols()` codes from index 0
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
  float dequantScale(Tensor tensor, long row, int group);
}
