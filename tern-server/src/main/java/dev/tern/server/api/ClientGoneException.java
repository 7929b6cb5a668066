package dev.tern.server.api;

/// Nobody waits for the answer any more. Not an error of the server: what is being computed for the
/// call ends.
public final class ClientGoneException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /// Says so.
  ///
  /// @param message how it was noticed
  public ClientGoneException(String message) {
    super(message);
  }
}
