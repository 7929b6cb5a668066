package dev.tern;

import java.util.Objects;

/// The root of everything Tern refuses to do, so that a caller can catch one type.
///
/// Mistakes of the calling program are `IllegalArgumentException` or `IllegalStateException`, and a
/// file that cannot be read at all is an `java.io.IOException`; those are not wrapped.
public abstract sealed class TernException extends RuntimeException
    permits ModelFormatException,
        UnsupportedModelException,
        ContextLengthException,
        QueueFullException {
  private static final long serialVersionUID = 1L;

  TernException(String message) {
    super(message);
  }

  TernException(String message, Throwable cause) {
    super(message, cause);
  }

  /// {@return what is wrong, where, and what to do next}
  @Override
  public String getMessage() {
    return Objects.requireNonNullElse(super.getMessage(), "");
  }
}
