package dev.tern.server.openai;

import dev.tern.GenerationResult;
import dev.tern.Token;
import dev.tern.server.api.Call;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;

/// Sends a response as a whole.
final class ResponseReply implements Answer {
  private final Call call;
  private final ResponseObject response;
  private final Choices choices;
  private final UsageCount usage;
  private final List<ScoredTokens.Scored> scored = new ArrayList<>();
  private @Nullable GenerationResult result;

  ResponseReply(Call call, ResponseObject response, Choices choices) {
    this.call = call;
    this.response = response;
    this.choices = choices;
    this.usage = new UsageCount(choices);
  }

  @Override
  public void begin() {}

  @Override
  public void token(int choice, Token token) {
    scored.addAll(choices.add(choice, token));
  }

  @Override
  public void ended(int choice, GenerationResult outcome) {
    usage.add(choice, outcome);
    scored.addAll(choices.end(choice, outcome));
    result = outcome;
  }

  @Override
  public void quiet() {}

  @Override
  public void finish() {
    GenerationResult outcome = Objects.requireNonNull(result, "the text has not ended");
    ArrayNode logprobs = JsonNodeFactory.instance.arrayNode();
    choices.scores(0).ifPresent(scores -> ChatLogProbabilities.writeAll(logprobs, scored, scores));
    call.reply(
        response.ended(
            outcome,
            List.of(
                response.message(
                    ResponseObject.statusOf(outcome),
                    ResponseObject.part(outcome.text(), logprobs))),
            usage));
  }
}
