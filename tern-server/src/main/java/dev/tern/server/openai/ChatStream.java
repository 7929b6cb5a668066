package dev.tern.server.openai;

import dev.tern.GenerationResult;
import dev.tern.Token;
import dev.tern.server.api.Call;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// Sends answers of a conversation piece by piece: chunks with a role, with text, with the reason
/// of the end.
final class ChatStream implements Answer {
  private final Choices choices;
  private final List<Speech> speeches;
  private final UsageCount usage;
  private final Chunks chunks;

  /// Prepares to send.
  ///
  /// @param speeches begins to tell calls from words in a text
  ChatStream(
      Call call,
      Heading heading,
      Choices choices,
      IntFunction<Speech> speeches,
      boolean includeUsage) {
    this.choices = choices;
    this.speeches = IntStream.range(0, choices.count()).mapToObj(speeches).toList();
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
    List<Speech.Part> parts = speeches.get(choice).append(token.text());
    if (parts.isEmpty() && !scored.isEmpty()) {
      send(choice, delta().put("content", ""), scored, null);
    }
    send(choice, parts, scored);
  }

  @Override
  public void ended(int choice, GenerationResult result) {
    usage.add(choice, result);
    Speech speech = speeches.get(choice);
    send(choice, speech.finish(), List.of());
    String reason = UsageCount.finishReason(result, speech);
    send(choice, delta(), choices.end(choice, result), reason);
  }

  private void send(int choice, List<Speech.Part> parts, List<ScoredTokens.Scored> scored) {
    for (Speech.Part part : parts) {
      ObjectNode delta = delta();
      switch (part) {
        case Speech.Content(String text) -> delta.put("content", text);
        case Speech.Call call -> {
          ObjectNode written = delta.putArray("tool_calls").addObject().put("index", call.index());
          written.setAll(ChatFormat.write(call));
        }
      }
      send(choice, delta, scored, null);
    }
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
