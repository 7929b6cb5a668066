package dev.tern;

/// The system has less memory for keys and values than a [BatchEngine] may use, so a request had to
/// be ended.
public final class KvMemoryException extends IllegalStateException {
  private static final long serialVersionUID = 1L;

  /// Makes the exception.
  ///
  /// @param bytes that could not be had
  /// @param cause what the system said
  public KvMemoryException(long bytes, Throwable cause) {
    super(
        "the system has no memory for another %d bytes of keys and values: lower the KV budget"
            .formatted(bytes),
        cause);
  }
}
