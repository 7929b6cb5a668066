package dev.tern.server.openai;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// Writes log-probabilities as text completions have them.
final class TextLogProbabilities {
  private TextLogProbabilities() {}

  /// {@return `tokens`, `token_logprobs`, `top_logprobs` and `text_offset`, each as long as the
  /// list}
  ///
  /// @param tokens what to tell of
  /// @param texts of tokens
  static ObjectNode write(List<ScoredTokens.Scored> tokens, ScoredTokens texts) {
    ObjectNode logprobs = JsonNodeFactory.instance.objectNode();
    ArrayNode names = logprobs.putArray("tokens");
    ArrayNode chosen = logprobs.putArray("token_logprobs");
    ArrayNode likeliest = logprobs.putArray("top_logprobs");
    ArrayNode offsets = logprobs.putArray("text_offset");
    for (ScoredTokens.Scored token : tokens) {
      names.add(name(token.id(), texts));
      chosen.add(ScoredTokens.writable(token.probabilities().chosen()));
      writeLikeliest(likeliest.addObject(), token, texts);
      offsets.add(token.character());
    }
    return logprobs;
  }

  /// Of tokens that look alike, the likeliest has the name.
  private static void writeLikeliest(
      ObjectNode into, ScoredTokens.Scored token, ScoredTokens texts) {
    Set<String> written = new HashSet<>();
    token
        .probabilities()
        .likeliest()
        .forEach(each -> {
          String name = name(each.id(), texts);
          if (written.add(name)) {
            into.put(name, ScoredTokens.writable(each.logProbability()));
          }
        });
  }

  /// {@return a token's text; where its bytes are no text by themselves, those, as OpenAI names
  /// them: there is no other place for them, and they would look alike}
  private static String name(int id, ScoredTokens texts) {
    byte[] bytes = texts.bytes(id);
    try {
      var _ = UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes));
      return texts.text(id);
    } catch (CharacterCodingException noText) {
      return "bytes:\\x" + HexFormat.ofDelimiter("\\x").formatHex(bytes);
    }
  }
}
