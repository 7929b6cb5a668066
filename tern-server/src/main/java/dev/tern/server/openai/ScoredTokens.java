package dev.tern.server.openai;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.tern.GenerationResult;
import dev.tern.StopReason;
import dev.tern.Token;
import dev.tern.TokenLogProbabilities;
import dev.tern.tokenizer.TokenDecoder;
import dev.tern.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.List;

/// Brings the log-probabilities of tokens together with the text: a token is told of when the text
/// that it begins has been shown, because until then it may belong to a stop text. Those of a stop
/// text and the one that ends the turn are not told of. For use by one thread.
final class ScoredTokens {
  /// Stands for minus infinity, which JSON does not have.
  private static final double NEVER = -9999;

  private final Tokenizer tokenizer;
  private final TokenDecoder decoder;
  private final List<Scored> waiting = new ArrayList<>();
  private int decoded;
  private int decodedCharacters;
  private int shown;

  /// A token and how likely it was.
  ///
  /// @param id its number
  /// @param offset how many UTF-16 units of text come before it
  /// @param character how many characters come before it
  /// @param probabilities how likely
  record Scored(int id, int offset, int character, TokenLogProbabilities probabilities) {}

  /// Begins after a prompt.
  ///
  /// @param tokenizer the model's
  /// @param prompt what the text goes on from
  ScoredTokens(Tokenizer tokenizer, List<Integer> prompt) {
    this.tokenizer = tokenizer;
    this.decoder = tokenizer.decoder(prompt);
  }

  /// {@return the tokens that can be told of now that there is another}
  ///
  /// @param token the next one
  List<Scored> add(Token token) {
    token
        .logProbabilities()
        .ifPresent(each -> waiting.add(new Scored(token.id(), decoded, decodedCharacters, each)));
    String text = decoder.append(token.id());
    decoded += text.length();
    decodedCharacters += text.codePointCount(0, text.length());
    shown += token.text().length();
    List<Scored> ready = waiting.stream().filter(each -> each.offset() < shown).toList();
    waiting.removeAll(ready);
    return ready;
  }

  /// {@return the tokens that are left when the text has ended}
  ///
  /// @param result how
  List<Scored> end(GenerationResult result) {
    if (result.stopReason() == StopReason.STOP_TEXT) {
      return List.of();
    }
    return waiting.stream().filter(each -> !tokenizer.isEndOfGeneration(each.id())).toList();
  }

  /// {@return a token's text, for people and programs to look at}
  ///
  /// @param id its number
  String text(int id) {
    byte[] bytes = tokenizer.bytes(id);
    return bytes.length == 0 ? tokenizer.piece(id) : new String(bytes, UTF_8);
  }

  /// {@return a token's bytes; none for one that has no text}
  ///
  /// @param id its number
  byte[] bytes(int id) {
    return tokenizer.bytes(id);
  }

  /// {@return a log-probability that JSON can write}
  ///
  /// @param logProbability at most 0
  static double writable(double logProbability) {
    return Double.isFinite(logProbability) ? logProbability : NEVER;
  }
}
