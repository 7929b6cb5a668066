package dev.tern;

/// A prompt does not fit into the context that was reserved for it.
public final class ContextLengthException extends TernException {
  private static final long serialVersionUID = 1L;

  private final int requested;
  private final int available;

  /// Makes the exception.
  ///
  /// @param requested tokens the prompt needs
  /// @param available tokens the context can still take
  public ContextLengthException(int requested, int available) {
    super(
        "The prompt has %d tokens, but the context has room for %d: shorten the prompt or raise the context length"
            .formatted(requested, available));
    this.requested = requested;
    this.available = available;
  }

  /// Makes the exception for a text that is no prompt.
  ///
  /// @param what which text, for the message: `text 3 of 5`
  /// @param requested tokens it has
  /// @param available tokens it may have
  ContextLengthException(String what, int requested, int available) {
    super(
        "%s has %d tokens, but the context has room for %d: shorten the text or divide it"
            .formatted(what, requested, available));
    this.requested = requested;
    this.available = available;
  }

  /// {@return tokens the prompt needs}
  public int requested() {
    return requested;
  }

  /// {@return tokens the context could still take}
  public int available() {
    return available;
  }
}
