package dev.tern.server.openai;

import dev.tern.GenerationResult;
import dev.tern.Token;
import dev.tern.server.api.Call;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// Sends texts as a whole, when all have ended. For use by one thread.
final class WholeReply implements Answer {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  private final Call call;
  private final Heading heading;
  private final Choices choices;
  private final Format format;
  private final UsageCount usage;
  private final JsonNode[] written;
  private final List<List<ScoredTokens.Scored>> scored = new ArrayList<>();

  /// How a text is written.
  interface Format {
    /// {@return a text and why it ended, without its index}
    ///
    /// @param choice which text
    /// @param result what came of it
    ObjectNode text(int choice, GenerationResult result);

    /// {@return how likely its tokens are}
    ///
    /// @param tokens what to tell of
    /// @param texts of tokens
    ObjectNode logProbabilities(List<ScoredTokens.Scored> tokens, ScoredTokens texts);
  }

  /// Prepares to send.
  ///
  /// @param call is answered
  /// @param heading of the answer
  /// @param choices its texts
  /// @param format how they are written
  WholeReply(Call call, Heading heading, Choices choices, Format format) {
    this.call = call;
    this.heading = heading;
    this.choices = choices;
    this.format = format;
    this.usage = new UsageCount(choices);
    this.written = new JsonNode[choices.count()];
    for (int choice = 0; choice < choices.count(); choice++) {
      scored.add(new ArrayList<>());
    }
  }

  @Override
  public void begin() {}

  @Override
  public void token(int choice, Token token) {
    scored.get(choice).addAll(choices.add(choice, token));
  }

  @Override
  public void ended(int choice, GenerationResult result) {
    usage.add(choice, result);
    scored.get(choice).addAll(choices.end(choice, result));
    ObjectNode answer = JSON.objectNode().put("index", choice);
    answer.setAll(format.text(choice, result));
    answer.set(
        "logprobs",
        choices
            .scores(choice)
            .<JsonNode>map(texts -> format.logProbabilities(scored.get(choice), texts))
            .orElse(JSON.nullNode()));
    written[choice] = answer;
  }

  @Override
  public void quiet() {}

  @Override
  public void finish() {
    ObjectNode answer = heading.write();
    ArrayNode all = answer.putArray("choices");
    all.addAll(List.of(written));
    answer.set("usage", usage.write());
    usage.writeTimings(answer);
    call.reply(answer);
  }
}
