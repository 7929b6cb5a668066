package dev.tern;

/// The bytes are right but Tern cannot run them: an unknown architecture, encoding or metadata
/// feature.
///
/// The message says what is not supported and what to use instead.
public final class UnsupportedModelException extends TernException {
  private static final long serialVersionUID = 1L;

  /// Makes the exception.
  ///
  /// @param message what is not supported, where it was found, and what to use instead
  public UnsupportedModelException(String message) {
    super(message);
  }

  /// Makes the exception.
  ///
  /// @param message file, what is not supported, and what to do
  /// @param cause what showed it
  public UnsupportedModelException(String message, Throwable cause) {
    super(message, cause);
  }
}
