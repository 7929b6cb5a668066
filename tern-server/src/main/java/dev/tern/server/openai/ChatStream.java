package dev.tern.server.openai;

import dev.tern.GenerationResult;
import dev.tern.Token;
import dev.tern.server.api.Call;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// Sends answers of a conversation piece by piece: chunks with a role, with text, with the reason
/// of the end.
final class ChatStream implements Answer {
  private final Choices choices;
  private final UsageCount usage;
  private final Chunks chunks;

  ChatStream(Call call, Heading heading, Choices choices, boolean includeUsage) {
    this.choices = choices;
    this.usage = new UsageCount(choices);
    this.chunks = new Chunks(call, heading, usage, includeUsage);
  }

  @Override
  public void begin() {
    chunks.begin();
    for (int choice = 0; choice < choices.count(); choice++) {
      send(choice, delta().put("role", "assistant").put("content", ""), List.of(), null);
    }
  }

  @Override
  public void token(int choice, Token token) {
    List<ScoredTokens.Scored> scored = choices.add(choice, token);
    if (!token.text().isEmpty() || !scored.isEmpty()) {
      send(choice, delta().put("content", token.text()), scored, null);
    }
  }

  @Override
  public void ended(int choice, GenerationResult result) {
    usage.add(choice, result);
    send(choice, delta(), choices.end(choice, result), UsageCount.finishReason(result));
  }

  @Override
  public void quiet() {
    chunks.quiet();
  }

  @Override
  public void finish() {
    chunks.finish();
  }

  private void send(
      int choice,
      ObjectNode delta,
      List<ScoredTokens.Scored> scored,
      @Nullable String finishReason) {
    ObjectNode written = JsonNodeFactory.instance.objectNode().put("index", choice);
    written.set("delta", delta);
    written.putNull("logprobs");
    if (!scored.isEmpty()) {
      choices
          .scores(choice)
          .ifPresent(scores -> written.set("logprobs", ChatLogProbabilities.write(scored, scores)));
    }
    chunks.send(written.put("finish_reason", finishReason), finishReason != null);
  }

  private static ObjectNode delta() {
    return JsonNodeFactory.instance.objectNode();
  }
}
