package dev.tern.chat;

/// Tools cannot be used as a conversation asks for: the model's chat template has no way to write
/// them, or a definition or call is wrong.
public final class ToolsException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  /// Makes the exception.
  ///
  /// @param message what is wrong, where, and what to do
  public ToolsException(String message) {
    super(message);
  }

  /// Makes the exception.
  ///
  /// @param message what is wrong, where, and what to do
  /// @param cause what showed it
  public ToolsException(String message, Throwable cause) {
    super(message, cause);
  }
}
