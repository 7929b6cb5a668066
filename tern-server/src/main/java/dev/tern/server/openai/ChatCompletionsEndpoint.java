package dev.tern.server.openai;

import dev.tern.server.api.Call;
import dev.tern.server.api.Endpoint;
import dev.tern.server.engine.ServedModel;
import java.util.List;
import java.util.function.IntFunction;

/// `POST /v1/chat/completions`: goes on with a conversation.
public final class ChatCompletionsEndpoint implements Endpoint {
  private final Generations generations;
  private final int mostMessages;

  /// Makes the endpoint.
  ///
  /// @param generations answers
  /// @param mostMessages how many messages a conversation may have
  public ChatCompletionsEndpoint(Generations generations, int mostMessages) {
    this.generations = generations;
    this.mostMessages = mostMessages;
  }

  @Override
  public void answer(Call call) throws InterruptedException {
    ServedModel served = generations.served();
    ChatRequest request =
        ChatRequest.read(new Fields("", call.body()), served, generations.grammars(), mostMessages);
    Prompt prompt =
        Prompt.of(
            ChatPrompts.encode(
                request.messages(), request.tools().request().definitions(), "messages", served),
            request.choices(),
            request.options());
    Choices choices = Choices.of(List.of(prompt), served.model().tokenizer());
    IntFunction<Speech> speeches = choice -> request.tools().speech(call.id(), choice);
    Answer answer =
        request.streaming().stream()
            ? new ChatStream(
                call,
                Heading.of("chatcmpl-", "chat.completion.chunk", call, served),
                choices,
                speeches,
                request.streaming().includeUsage())
            : new WholeReply(
                call,
                Heading.of("chatcmpl-", "chat.completion", call, served),
                choices,
                new ChatFormat(speeches));
    generations.run(
        call, List.of(prompt), new Generations.Origins("messages", request.grammarField()), answer);
  }
}
