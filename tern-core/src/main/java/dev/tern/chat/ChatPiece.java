package dev.tern.chat;

/// A part of a rendered conversation that is tokenized by itself.
public sealed interface ChatPiece {
  /// A special token, which the vocabulary must have.
  ///
  /// @param token as the vocabulary spells it, for example `<|eot_id|>`
  record Special(String token) implements ChatPiece {}

  /// A mark that is a special token in some vocabularies of a family and ordinary text in others.
  ///
  /// @param text for example `<|user|>`
  record Mark(String text) implements ChatPiece {}

  /// Text of a template, in which the names of special tokens are those tokens.
  ///
  /// @param text any text
  record Markup(String text) implements ChatPiece {}

  /// Ordinary text, in which the names of special tokens mean nothing.
  ///
  /// @param text any text
  record Text(String text) implements ChatPiece {}
}
