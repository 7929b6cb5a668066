package dev.tern.cli;

/// What was asked for needs more memory than there is; nothing was begun.
final class MemoryShortageException extends RuntimeException {
  private static final long serialVersionUID = 1;

  MemoryShortageException(String message) {
    super(message);
  }
}
