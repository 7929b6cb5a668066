package dev.tern.tokenizer;

import java.util.Arrays;
import java.util.OptionalInt;

/// What becomes of a character that the vocabulary cannot spell: its bytes where all of them have
/// byte tokens, else the unknown token, else nothing.
final class ByteFallback {
  private final int[] byteIds = new int[256];
  private final int unknownId;
  private final boolean fusesUnknown;

  /// Finds the byte tokens of a vocabulary.
  ///
  /// @param bytes whether they are used
  /// @param fusesUnknown whether several unknown characters in a row become one unknown token
  ByteFallback(Vocabulary vocabulary, boolean bytes, OptionalInt unknownId, boolean fusesUnknown) {
    this.unknownId = unknownId.orElse(-1);
    this.fusesUnknown = fusesUnknown;
    Arrays.fill(byteIds, -1);
    for (int id = 0; bytes && id < vocabulary.size(); id++) {
      if (vocabulary.type(id) == TokenType.BYTE) {
        byteIds[vocabulary.byteValue(id)] = id;
      }
    }
  }

  /// Whether nothing stands for a character, so that it is left out before merging, as Hugging Face
  /// tokenizers does.
  boolean drops(byte[] text, int from, int to) {
    return unknownId < 0 && !hasBytes(text, from, to);
  }

  /// Appends what stands for a character.
  ///
  /// @param before the ids that belong to the same piece begin here
  void append(byte[] text, int from, int to, int before, IdList ids) {
    if (hasBytes(text, from, to)) {
      for (int i = from; i < to; i++) {
        ids.add(byteIds[text[i] & 0xFF]);
      }
    } else if (!fusesUnknown || ids.lastAfter(before) != unknownId) {
      ids.add(unknownId);
    }
  }

  private boolean hasBytes(byte[] text, int from, int to) {
    for (int i = from; i < to; i++) {
      if (byteIds[text[i] & 0xFF] < 0) {
        return false;
      }
    }
    return true;
  }
}
