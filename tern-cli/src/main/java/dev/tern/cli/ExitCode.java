package dev.tern.cli;

import dev.tern.ContextLengthException;
import dev.tern.ModelFormatException;
import dev.tern.TernException;
import dev.tern.UnsupportedModelException;
import java.io.IOException;

/// What the process returns, documented in the README.
final class ExitCode {
  static final int OK = 0;
  static final int INTERNAL_ERROR = 1;
  static final int USAGE = 2;
  static final int BAD_FILE = 3;
  static final int UNSUPPORTED = 4;
  static final int CHECK_FAILED = 6;

  private ExitCode() {}

  static int of(Throwable failure) {
    return switch (failure) {
      case TernException refusal -> of(refusal);
      case IOException _ -> BAD_FILE;
      case IllegalArgumentException _ -> USAGE;
      default -> INTERNAL_ERROR;
    };
  }

  private static int of(TernException refusal) {
    return switch (refusal) {
      case ModelFormatException _ -> BAD_FILE;
      case UnsupportedModelException _ -> UNSUPPORTED;
      case ContextLengthException _ -> USAGE;
    };
  }
}
