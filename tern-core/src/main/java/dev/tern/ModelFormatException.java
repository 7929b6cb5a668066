package dev.tern;

/// The bytes of a model, tokenizer or template file are wrong: truncated, damaged or contradictory.
///
/// The message says which file, at which byte where that is known, what was expected and what was
/// found.
public final class ModelFormatException extends TernException {
  private static final long serialVersionUID = 1L;

  /// Makes the exception.
  ///
  /// @param message file, place, what was expected and what was found
  public ModelFormatException(String message) {
    super(message);
  }

  /// Makes the exception.
  ///
  /// @param message file, place, what was expected and what was found
  /// @param cause what reading the bytes ran into
  public ModelFormatException(String message, Throwable cause) {
    super(message, cause);
  }
}
