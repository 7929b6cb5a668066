package dev.tern.train.engine;

import java.io.IOException;
import java.util.Objects;

/// The training engine, or the device it should compute on, is not to be had.
///
/// The message says what is wrong, where, and what to do next.
public final class TrainingEngineException extends IOException {
  private static final long serialVersionUID = 1L;

  private final Reason reason;

  /// Kinds of failures, for programs.
  public enum Reason {
    /// There are no libraries for this platform.
    PLATFORM,
    /// A setting of the environment names something that is not there or does not fit.
    SETTING,
    /// The libraries cannot be fetched.
    FETCH,
    /// The libraries cannot be kept or unpacked.
    CACHE,
    /// The libraries are there and cannot be loaded.
    LOAD,
    /// There is no such device.
    DEVICE
  }

  TrainingEngineException(Reason reason, String message) {
    super(message);
    this.reason = reason;
  }

  TrainingEngineException(Reason reason, String message, Throwable cause) {
    super(message, cause);
    this.reason = reason;
  }

  /// {@return the kind of failure}
  public Reason reason() {
    return reason;
  }

  /// {@return what is wrong, where, and what to do next}
  @Override
  public String getMessage() {
    return Objects.requireNonNullElse(super.getMessage(), "");
  }
}
