package dev.tern.hub;

import java.io.IOException;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// A failure that may be gone at the next attempt.
final class TransientFailure extends IOException {
  private static final long serialVersionUID = 1L;

  private final Duration wait;

  TransientFailure(String message) {
    this(message, Duration.ZERO, null);
  }

  /// Makes the failure.
  ///
  /// @param wait how long the server wants to be left alone
  TransientFailure(String message, Duration wait, @Nullable Throwable cause) {
    super(message, cause);
    this.wait = wait;
  }

  Duration serverWait() {
    return wait;
  }

  @Override
  public String getMessage() {
    return Objects.requireNonNullElse(super.getMessage(), "");
  }
}
