package dev.tern.server.openai;

import dev.tern.GenerationResult;
import dev.tern.Token;
import dev.tern.server.api.Call;
import dev.tern.server.api.EventStream;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// Sends answers of a conversation piece by piece: chunks with a role, with text, with the reason
/// of the end, and where asked what it cost.
final class ChatStream implements Answer {
  private final Call call;
  private final Heading heading;
  private final Choices choices;
  private final boolean includeUsage;
  private final UsageCount usage;
  private @Nullable EventStream stream;

  ChatStream(Call call, Heading heading, Choices choices, boolean includeUsage) {
    this.call = call;
    this.heading = heading;
    this.choices = choices;
    this.includeUsage = includeUsage;
    this.usage = new UsageCount(choices.perPrompt());
  }

  @Override
  public void begin() {
    stream = call.stream();
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
    List<ScoredTokens.Scored> scored = choices.end(choice, result);
    send(choice, delta(), scored, UsageCount.finishReason(result));
  }

  @Override
  public void quiet() {
    stream().comment("waiting");
  }

  @Override
  public void finish() {
    if (includeUsage) {
      ObjectNode chunk = heading.write();
      chunk.putArray("choices");
      chunk.set("usage", usage.write());
      usage.writeTimings(chunk);
      stream().data(chunk);
    }
    stream().done();
  }

  private void send(
      int choice,
      ObjectNode delta,
      List<ScoredTokens.Scored> scored,
      @Nullable String finishReason) {
    ObjectNode chunk = heading.write();
    ObjectNode written = chunk.putArray("choices").addObject().put("index", choice);
    written.set("delta", delta);
    if (scored.isEmpty()) {
      written.putNull("logprobs");
    } else {
      choices
          .scores()
          .get(choice)
          .ifPresent(scores -> written.set("logprobs", ChatLogProbabilities.write(scored, scores)));
    }
    written.put("finish_reason", finishReason);
    if (includeUsage) {
      chunk.putNull("usage");
    } else if (finishReason != null && choices.count() == 1) {
      usage.writeTimings(chunk);
    }
    stream().data(chunk);
  }

  private static ObjectNode delta() {
    return JsonNodeFactory.instance.objectNode();
  }

  private EventStream stream() {
    return Objects.requireNonNull(stream, "the stream has not begun");
  }
}
