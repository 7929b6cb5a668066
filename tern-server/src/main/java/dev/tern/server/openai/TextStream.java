package dev.tern.server.openai;

import dev.tern.GenerationResult;
import dev.tern.Token;
import dev.tern.server.api.Call;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// Sends texts piece by piece.
final class TextStream implements Answer {
  private final Choices choices;
  private final List<String> beginnings;
  private final UsageCount usage;
  private final Chunks chunks;

  /// Prepares to send.
  ///
  /// @param beginnings what the texts of each prompt begin with
  TextStream(
      Call call, Heading heading, Choices choices, List<String> beginnings, boolean includeUsage) {
    this.choices = choices;
    this.beginnings = List.copyOf(beginnings);
    this.usage = new UsageCount(choices);
    this.chunks = new Chunks(call, heading, usage, includeUsage);
  }

  @Override
  public void begin() {
    chunks.begin();
    for (int choice = 0; choice < choices.count(); choice++) {
      String beginning = beginnings.get(choices.promptOf(choice));
      if (!beginning.isEmpty()) {
        send(choice, beginning, List.of(), null);
      }
    }
  }

  @Override
  public void token(int choice, Token token) {
    List<ScoredTokens.Scored> scored = choices.add(choice, token);
    if (!token.text().isEmpty() || !scored.isEmpty()) {
      send(choice, token.text(), scored, null);
    }
  }

  @Override
  public void ended(int choice, GenerationResult result) {
    usage.add(choice, result);
    send(choice, "", choices.end(choice, result), UsageCount.finishReason(result));
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
      int choice, String text, List<ScoredTokens.Scored> scored, @Nullable String finishReason) {
    ObjectNode written =
        JsonNodeFactory.instance.objectNode().put("index", choice).put("text", text);
    written.putNull("logprobs");
    if (!scored.isEmpty()) {
      choices
          .scores(choice)
          .ifPresent(scores -> written.set("logprobs", TextLogProbabilities.write(scored, scores)));
    }
    chunks.send(written.put("finish_reason", finishReason), finishReason != null);
  }
}
