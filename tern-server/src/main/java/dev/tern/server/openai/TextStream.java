package dev.tern.server.openai;

import dev.tern.GenerationResult;
import dev.tern.Token;
import dev.tern.server.api.Call;
import dev.tern.server.api.EventStream;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/// Sends texts piece by piece, and where asked what they cost.
final class TextStream implements Answer {
  private final Call call;
  private final Heading heading;
  private final Choices choices;
  private final List<String> beginnings;
  private final boolean includeUsage;
  private final UsageCount usage;
  private @Nullable EventStream stream;

  /// Prepares to send.
  ///
  /// @param beginnings what the texts of each prompt begin with
  TextStream(
      Call call, Heading heading, Choices choices, List<String> beginnings, boolean includeUsage) {
    this.call = call;
    this.heading = heading;
    this.choices = choices;
    this.beginnings = List.copyOf(beginnings);
    this.includeUsage = includeUsage;
    this.usage = new UsageCount(choices.perPrompt());
  }

  @Override
  public void begin() {
    stream = call.stream();
    for (int choice = 0; choice < choices.count(); choice++) {
      String beginning = beginnings.get(choice / choices.perPrompt());
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
      int choice, String text, List<ScoredTokens.Scored> scored, @Nullable String finishReason) {
    ObjectNode chunk = heading.write();
    ObjectNode written =
        chunk.putArray("choices").addObject().put("index", choice).put("text", text);
    written.putNull("logprobs");
    if (!scored.isEmpty()) {
      choices
          .scores()
          .get(choice)
          .ifPresent(scores -> written.set("logprobs", TextLogProbabilities.write(scored, scores)));
    }
    written.put("finish_reason", finishReason);
    if (includeUsage) {
      chunk.putNull("usage");
    } else if (finishReason != null && choices.count() == 1) {
      usage.writeTimings(chunk);
    }
    stream().data(chunk);
  }

  private EventStream stream() {
    return Objects.requireNonNull(stream, "the stream has not begun");
  }
}
