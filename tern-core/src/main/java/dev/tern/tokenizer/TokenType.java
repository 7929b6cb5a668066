package dev.tern.tokenizer;

import org.jspecify.annotations.Nullable;

/// What a token is for, with the numbers that SentencePiece and GGUF files use for it.
enum TokenType {
  /// A part of ordinary text.
  NORMAL(1),
  /// Stands for text that the vocabulary cannot spell.
  UNKNOWN(2),
  /// A mark for the model, without text.
  CONTROL(3),
  /// Text that is always this one token.
  USER_DEFINED(4),
  /// A place in the vocabulary that nothing uses.
  UNUSED(5),
  /// One byte of a character that has no token of its own, spelled `<0x00>` to `<0xFF>`.
  BYTE(6);

  private final int id;

  TokenType(int id) {
    this.id = id;
  }

  int id() {
    return id;
  }

  /// The type with this number; 0, which GGUF calls undefined, is read as normal.
  static @Nullable TokenType byId(int id) {
    return switch (id) {
      case 0, 1 -> NORMAL;
      case 2 -> UNKNOWN;
      case 3 -> CONTROL;
      case 4 -> USER_DEFINED;
      case 5 -> UNUSED;
      case 6 -> BYTE;
      default -> null;
    };
  }

  /// Whether ordinary text may become this token, so that text from a stranger never turns into a
  /// mark for the model.
  boolean isOrdinary() {
    return this == NORMAL || this == USER_DEFINED;
  }

  /// Whether a text that spells this token may be read as the token as a whole.
  boolean isSpecial() {
    return this == CONTROL || this == UNKNOWN || this == USER_DEFINED;
  }

  /// Whether this is a mark for the model rather than text.
  boolean isControl() {
    return this == CONTROL || this == UNKNOWN;
  }
}
