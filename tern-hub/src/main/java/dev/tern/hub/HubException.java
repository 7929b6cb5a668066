package dev.tern.hub;

import java.io.IOException;
import java.util.Objects;

/// A model that could not be found, fetched, kept or removed.
///
/// The message says what is wrong, where, and what to do next.
public final class HubException extends IOException {
  private static final long serialVersionUID = 1L;

  private final Reason reason;

  /// Kinds of failures, for programs.
  public enum Reason {
    /// The name fits no file, or several: another one has to be given.
    CHOICE,
    /// There is no such repository, revision or file.
    NOT_FOUND,
    /// The hub wants a token, or conditions to be accepted.
    ACCESS,
    /// It is not in the cache, and the network may not be used.
    OFFLINE,
    /// The hub cannot be reached, or too often failed to answer.
    NETWORK,
    /// The hub answered what it must not.
    PROTOCOL,
    /// What arrived has a wrong checksum.
    DAMAGED,
    /// The cache cannot be read or written, or has no room.
    CACHE
  }

  HubException(Reason reason, String message) {
    super(message);
    this.reason = reason;
  }

  HubException(Reason reason, String message, Throwable cause) {
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
