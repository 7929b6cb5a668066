package dev.tern.train.data;

import java.util.List;

/// The tokens of a part of a document.
///
/// @param runs the tokens, in stretches that are learnt or not as a whole
/// @param content what the document says, in UTF-8, by which it is recognized
/// @param learntBytes how much text the learnt tokens stand for, in UTF-8
/// @param opens whether a document begins with it
/// @param closes whether the document ends with it
@SuppressWarnings("ArrayRecordComponent") // Megabytes, made for one use.
record EncodedPart(
    List<Run> runs, byte[] content, long learntBytes, boolean opens, boolean closes) {
  /// A stretch of tokens.
  ///
  /// @param ids the tokens
  /// @param learnt whether they are predicted in training
  @SuppressWarnings("ArrayRecordComponent")
  record Run(int[] ids, boolean learnt) {}
}
