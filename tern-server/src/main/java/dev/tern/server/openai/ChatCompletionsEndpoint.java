package dev.tern.server.openai;

import dev.tern.server.api.Call;
import dev.tern.server.api.Endpoint;
import dev.tern.server.engine.ServedModel;
import java.util.List;

/// `POST /v1/chat/completions`: goes on with a conversation.
public final class ChatCompletionsEndpoint implements Endpoint {
  private final Generations generations;
  private final GrammarFields grammars = new GrammarFields();

  /// Makes the endpoint.
  ///
  /// @param generations answers
  public ChatCompletionsEndpoint(Generations generations) {
    this.generations = generations;
  }

  @Override
  public void answer(Call call) throws InterruptedException {
    ServedModel served = generations.served();
    ChatRequest request = ChatRequest.read(new Fields("", call.body()), served, grammars);
    Prompt prompt =
        Prompt.of(
            ChatPrompts.encode(request.messages(), "messages", served),
            request.choices(),
            request.options());
    Choices choices = Choices.of(List.of(prompt), served.model().tokenizer());
    Answer answer =
        request.streaming().stream()
            ? new ChatStream(
                call,
                Heading.of("chatcmpl-", "chat.completion.chunk", call, served),
                choices,
                request.streaming().includeUsage())
            : new WholeReply(
                call,
                Heading.of("chatcmpl-", "chat.completion", call, served),
                choices,
                new ChatFormat());
    generations.run(
        call, List.of(prompt), new Generations.Origins("messages", request.grammarField()), answer);
  }
}
