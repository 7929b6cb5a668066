package dev.tern;

/// Told of the tokens of a request as they come.
@FunctionalInterface
public interface TokenListener {
  /// Told of a token, in order, on a thread of the request's own: it may take its time, and holds
  /// up no other request. What it throws cancels the request and becomes its failure.
  ///
  /// @param token the next one
  void onToken(Token token);
}
