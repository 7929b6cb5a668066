package dev.tern.train.checkpoint;

import java.io.IOException;

/// A checkpoint that cannot be used. The message says which, why, and what to do.
public final class CheckpointException extends IOException {
  private static final long serialVersionUID = 1;

  /// Makes one.
  ///
  /// @param message what is wrong
  public CheckpointException(String message) {
    super(message);
  }

  /// Makes one for a file that another exception has refused.
  ///
  /// @param message what is wrong
  /// @param cause what was thrown
  public CheckpointException(String message, Throwable cause) {
    super(message, cause);
  }
}
