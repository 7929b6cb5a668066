package dev.tern.train.data;

import java.io.IOException;

/// A file of text is not what it should be. The message names the file, the place, what is wrong
/// and what to do.
public final class DataException extends IOException {
  private static final long serialVersionUID = 1;

  /// Makes one.
  ///
  /// @param message file, place, what is wrong and what to do
  public DataException(String message) {
    super(message);
  }

  /// Makes one for what another exception has refused.
  ///
  /// @param message file, place, what is wrong and what to do
  /// @param cause what was thrown
  public DataException(String message, Throwable cause) {
    super(message, cause);
  }
}
