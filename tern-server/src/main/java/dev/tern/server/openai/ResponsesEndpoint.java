package dev.tern.server.openai;

import dev.tern.server.api.Call;
import dev.tern.server.api.Endpoint;
import dev.tern.server.engine.ServedModel;
import java.util.List;

/// `POST /v1/responses`: answers an input, and keeps nothing of it.
public final class ResponsesEndpoint implements Endpoint {
  private final Generations generations;
  private final int mostMessages;

  /// Makes the endpoint.
  ///
  /// @param generations answers
  /// @param mostMessages how many messages a conversation may have
  public ResponsesEndpoint(Generations generations, int mostMessages) {
    this.generations = generations;
    this.mostMessages = mostMessages;
  }

  @Override
  public void answer(Call call) throws InterruptedException {
    ServedModel served = generations.served();
    ResponseRequest request =
        ResponseRequest.read(
            new Fields("", call.body()), served, generations.grammars(), mostMessages);
    List<Prompt> prompts =
        List.of(
            Prompt.of(
                ChatPrompts.encode(
                    request.messages(), request.tools().request().definitions(), "input", served),
                1,
                request.options()));
    Choices choices = Choices.of(prompts, served.model().tokenizer());
    ResponseObject response = ResponseObject.of(call, request, served);
    Speech speech = request.tools().speech(call.id(), 0);
    String grammarField = request.tools().request().isPresent() ? "tools" : "text.format";
    generations.run(
        call,
        prompts,
        new Generations.Origins("input", grammarField),
        new ResponseAnswer(call, response, choices, speech, request.stream()));
  }
}
