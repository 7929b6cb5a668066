package dev.tern;

/// A model, session, conversation or engine was used that has been closed, or an engine that is
/// being drained.
public final class ClosedException extends IllegalStateException {
  private static final long serialVersionUID = 1L;

  /// Makes the exception.
  ///
  /// @param message what has been closed
  ClosedException(String message) {
    super(message);
  }
}
