package dev.tern.kernel.x86;

/// Machine code cannot be made or called here. The message is half a sentence for people: why.
final class UnavailableException extends Exception {
  private static final long serialVersionUID = 1L;

  UnavailableException(String reason) {
    super(reason);
  }

  UnavailableException(String reason, Throwable cause) {
    super(reason, cause);
  }
}
