package dev.tern.server.openai;

import dev.tern.GenerationResult;
import dev.tern.Token;
import dev.tern.server.api.ApiException;

/// Writes what becomes of a call's texts as the protocol wants it. Told in order, on the call's
/// thread; each method may throw [dev.tern.server.api.ClientGoneException].
interface Answer {
  /// All texts have been accepted by the engine.
  void begin();

  /// A text has another token.
  ///
  /// @param choice which, from 0
  /// @param token its next one
  void token(int choice, Token token);

  /// A text has ended.
  ///
  /// @param choice which, from 0
  /// @param result what came of it
  void ended(int choice, GenerationResult result);

  /// Nothing has happened for a while.
  void quiet();

  /// The engine has refused to go on, after the answer was begun.
  ///
  /// @param refusal why
  /// @throws ApiException the refusal, where the answer has no words of its own for it
  default void failed(ApiException refusal) {
    throw refusal;
  }

  /// All texts have ended.
  void finish();
}
