package dev.tern.hub;

import java.io.IOException;
import java.util.Objects;

/// What an earlier attempt left does not belong to what the server has now: it has to go.
final class ContentChangedException extends IOException {
  private static final long serialVersionUID = 1L;

  ContentChangedException(String message) {
    super(message);
  }

  @Override
  public String getMessage() {
    return Objects.requireNonNullElse(super.getMessage(), "");
  }
}
