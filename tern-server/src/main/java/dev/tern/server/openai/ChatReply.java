package dev.tern.server.openai;

import dev.tern.GenerationResult;
import dev.tern.Token;
import dev.tern.server.api.Call;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// Sends answers of a conversation as a whole.
final class ChatReply implements Answer {
  private final Call call;
  private final Heading heading;
  private final Choices choices;
  private final UsageCount usage;
  private final ObjectNode[] written;
  private final List<List<ScoredTokens.Scored>> scored = new ArrayList<>();

  ChatReply(Call call, Heading heading, Choices choices) {
    this.call = call;
    this.heading = heading;
    this.choices = choices;
    this.usage = new UsageCount(choices.perPrompt());
    this.written = new ObjectNode[choices.count()];
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
    ObjectNode answer = JsonNodeFactory.instance.objectNode().put("index", choice);
    answer
        .putObject("message")
        .put("role", "assistant")
        .put("content", result.text())
        .putNull("refusal");
    answer.putNull("logprobs");
    choices
        .scores()
        .get(choice)
        .ifPresent(scores ->
            answer.set("logprobs", ChatLogProbabilities.write(scored.get(choice), scores)));
    written[choice] = answer.put("finish_reason", UsageCount.finishReason(result));
  }

  @Override
  public void quiet() {}

  @Override
  public void finish() {
    ObjectNode answer = heading.write();
    ArrayNode all = answer.putArray("choices");
    for (ObjectNode choice : written) {
      all.add(choice);
    }
    answer.set("usage", usage.write());
    usage.writeTimings(answer);
    call.reply(answer);
  }
}
