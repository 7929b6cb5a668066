package dev.tern.server.openai;

import dev.tern.server.api.Call;
import dev.tern.server.api.Endpoint;
import dev.tern.server.engine.ServedModel;
import java.util.List;

/// `POST /v1/completions`: goes on with texts.
public final class CompletionsEndpoint implements Endpoint {
  private final Generations generations;

  /// Makes the endpoint.
  ///
  /// @param generations answers
  public CompletionsEndpoint(Generations generations) {
    this.generations = generations;
  }

  @Override
  public void answer(Call call) throws InterruptedException {
    ServedModel served = generations.served();
    TextRequest request =
        TextRequest.read(new Fields("", call.body()), served, generations.grammars());
    List<Prompt> prompts = request.prompts();
    Choices choices = Choices.of(prompts, served.model().tokenizer());
    Heading heading = Heading.of("cmpl-", "text_completion", call, served);
    Answer answer =
        request.streaming().stream()
            ? new TextStream(
                call, heading, choices, request.beginnings(), request.streaming().includeUsage())
            : new WholeReply(call, heading, choices, new TextFormat(choices, request.beginnings()));
    generations.run(
        call, prompts, new Generations.Origins("prompt", request.grammarField()), answer);
  }
}
