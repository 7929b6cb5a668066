package dev.tern.server.batch;

/// A file of requests, or of answers, that cannot be used. The message says which, where and what
/// to do.
public final class BatchFileException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  /// Says so.
  ///
  /// @param message for people
  public BatchFileException(String message) {
    super(message);
  }
}
