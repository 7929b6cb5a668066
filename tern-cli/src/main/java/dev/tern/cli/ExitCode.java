package dev.tern.cli;

import dev.tern.ContextLengthException;
import dev.tern.KvMemoryException;
import dev.tern.ModelFormatException;
import dev.tern.QueueFullException;
import dev.tern.TernException;
import dev.tern.UnsupportedModelException;
import dev.tern.hub.HubException;
import java.io.IOException;

/// What the process returns, as the help of `tern` lists it.
final class ExitCode {
  static final int OK = 0;
  static final int INTERNAL_ERROR = 1;

  /// Of `tern diff`, which returns what diff(1) does, and of `tern convert --verify` where more was
  /// lost than the encodings that were asked for lose.
  static final int DIFFERENT = 1;

  static final int USAGE = 2;
  static final int BAD_FILE = 3;
  static final int UNSUPPORTED = 4;
  static final int NOT_FETCHED = 5;
  static final int CHECK_FAILED = 6;
  static final int NO_MEMORY = 7;

  /// What a program that is not the JVM would return: 128 and the number of SIGPIPE.
  static final int OUTPUT_CLOSED = 141;

  private ExitCode() {}

  static int of(Throwable failure) {
    return switch (failure) {
      case TernException refusal -> of(refusal);
      case HubException notFetched -> of(notFetched);
      case IOException _ -> BAD_FILE;
      case IllegalArgumentException _ -> USAGE;
      case OutOfMemoryError _, MemoryShortageException _, KvMemoryException _ -> NO_MEMORY;
      default -> INTERNAL_ERROR;
    };
  }

  private static int of(HubException failure) {
    return switch (failure.reason()) {
      case CHOICE -> USAGE;
      case CACHE -> BAD_FILE;
      case NOT_FOUND, ACCESS, OFFLINE, NETWORK, PROTOCOL, DAMAGED -> NOT_FETCHED;
    };
  }

  private static int of(TernException refusal) {
    return switch (refusal) {
      case ModelFormatException _ -> BAD_FILE;
      case UnsupportedModelException _ -> UNSUPPORTED;
      case ContextLengthException _, QueueFullException _ -> USAGE;
    };
  }
}
