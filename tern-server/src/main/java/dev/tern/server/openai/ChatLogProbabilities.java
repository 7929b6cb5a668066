package dev.tern.server.openai;

import java.util.List;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// Writes log-probabilities as chat completions and responses have them.
final class ChatLogProbabilities {
  private ChatLogProbabilities() {}

  /// {@return `{"content": [...], "refusal": null}`}
  ///
  /// @param tokens what to tell of
  /// @param texts of tokens
  static ObjectNode write(List<ScoredTokens.Scored> tokens, ScoredTokens texts) {
    ObjectNode logprobs = JsonNodeFactory.instance.objectNode();
    writeAll(logprobs.putArray("content"), tokens, texts);
    return logprobs.putNull("refusal");
  }

  /// Writes tokens, each with the likeliest in its place.
  ///
  /// @param into gets an object for each
  /// @param tokens what to tell of
  /// @param texts of tokens
  static void writeAll(ArrayNode into, List<ScoredTokens.Scored> tokens, ScoredTokens texts) {
    for (ScoredTokens.Scored token : tokens) {
      ObjectNode written = into.addObject();
      write(written, token.id(), token.probabilities().chosen(), texts);
      ArrayNode likeliest = written.putArray("top_logprobs");
      token
          .probabilities()
          .likeliest()
          .forEach(each -> write(likeliest.addObject(), each.id(), each.logProbability(), texts));
    }
  }

  private static void write(ObjectNode into, int id, double logProbability, ScoredTokens texts) {
    into.put("token", texts.text(id)).put("logprob", ScoredTokens.writable(logProbability));
    byte[] bytes = texts.bytes(id);
    if (bytes.length == 0) {
      into.putNull("bytes");
      return;
    }
    ArrayNode written = into.putArray("bytes");
    for (byte each : bytes) {
      written.add(each & 0xFF);
    }
  }
}
