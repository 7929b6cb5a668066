package dev.tern.tokenizer;

/// Turns tokens into text while they arrive, and never hands out half a character.
///
/// Not safe for use by several threads.
public interface TokenDecoder {
  /// {@return the characters that this token completes; empty while a character is still
  /// incomplete}
  ///
  /// @param id the next token
  String append(int id);

  /// {@return what is left at the end: U+FFFD for the bytes of a character that never became whole,
  /// else nothing}
  String finish();
}
