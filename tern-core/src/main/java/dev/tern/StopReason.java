package dev.tern;

/// Why a generation ended. Ending is not an error.
public enum StopReason {
  /// The model ended its turn or the text.
  END_OF_TURN,
  /// The text is complete: its grammar allows nothing more.
  GRAMMAR_COMPLETE,
  /// One of the stop texts appeared.
  STOP_TEXT,
  /// The wanted number of tokens was reached.
  MAX_TOKENS,
  /// The context has no room for another token.
  CONTEXT_FULL,
  /// The caller cancelled it.
  CANCELLED
}
