package dev.tern.train.run;

/// Training that found a loss or gradient that is not a number. The message says at which step and
/// from where the run can go on.
public final class DivergedException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /// Makes one.
  ///
  /// @param message what happened, and what to do
  public DivergedException(String message) {
    super(message);
  }
}
