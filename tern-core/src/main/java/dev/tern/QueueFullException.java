package dev.tern;

/// A request was refused, because as many as there is room for are running or waiting.
public final class QueueFullException extends TernException {
  private static final long serialVersionUID = 1L;

  private final int capacity;

  /// Makes the exception.
  ///
  /// @param capacity the most requests at a time
  public QueueFullException(int capacity) {
    super(
        "%d requests are running or waiting, which is all that there is room for: try again later, or raise the queue capacity"
            .formatted(capacity));
    this.capacity = capacity;
  }

  /// {@return the most requests at a time, running and waiting together}
  public int capacity() {
    return capacity;
  }
}
