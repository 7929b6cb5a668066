package dev.tern.grammar;

/// A grammar or JSON schema is wrong, asks for something that Tern does not enforce, is too large
/// or too ambiguous, or cannot be written with a model's vocabulary.
public final class GrammarException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  /// Makes the exception.
  ///
  /// @param message what is wrong, where, and what to do
  public GrammarException(String message) {
    super(message);
  }

  /// Makes the exception.
  ///
  /// @param message what is wrong, where, and what to do
  /// @param cause what showed it
  public GrammarException(String message, Throwable cause) {
    super(message, cause);
  }
}
