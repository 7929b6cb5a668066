package dev.tern.server.openai;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.tern.server.Client;
import dev.tern.server.TestServer;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;

/// Compares what the server sends with what OpenAI has published.
@Timeout(300)
class ConformanceTest {
  private static final String CHAT = "/v1/chat/completions";
  private static final String TEXT = "/v1/completions";
  private static final String RESPONSE = "/v1/responses";
  private static final String SAID = "'messages': [{'role': 'user', 'content': 'Hi'}]";

  private static final Map<String, String> EVENTS =
      Map.ofEntries(
          Map.entry("response.created", "ResponseCreatedEvent"),
          Map.entry("response.in_progress", "ResponseInProgressEvent"),
          Map.entry("response.output_item.added", "ResponseOutputItemAddedEvent"),
          Map.entry("response.content_part.added", "ResponseContentPartAddedEvent"),
          Map.entry("response.output_text.delta", "ResponseTextDeltaEvent"),
          Map.entry("response.output_text.done", "ResponseTextDoneEvent"),
          Map.entry("response.content_part.done", "ResponseContentPartDoneEvent"),
          Map.entry("response.output_item.done", "ResponseOutputItemDoneEvent"),
          Map.entry("response.completed", "ResponseCompletedEvent"),
          Map.entry("response.incomplete", "ResponseIncompleteEvent"),
          Map.entry("response.failed", "ResponseFailedEvent"));

  private static PublishedSchemas schemas;
  private static TestServer server;
  private static Client client;

  @BeforeAll
  static void start() throws IOException {
    schemas = PublishedSchemas.read();
    server = TestServer.start();
    client = new Client(server);
  }

  @AfterAll
  static void stop() throws IOException {
    if (server != null) {
      client.close();
      server.close();
    }
  }

  @Test
  void chatCompletionsAreAsPublished() {
    for (String further :
        List.of(
            "",
            ", 'n': 2",
            ", 'logprobs': true, 'top_logprobs': 2",
            ", 'grammar': 'root ::= [a]'")) {
      schemas.assertValid(
          "CreateChatCompletionResponse",
          client.answer(CHAT, "{%s, 'max_tokens': 3%s}".formatted(SAID, further)));
      for (JsonNode chunk :
          client.events(
              CHAT,
              "{%s, 'max_tokens': 3, 'stream': true, 'stream_options': {'include_usage': true}%s}"
                  .formatted(SAID, further))) {
        schemas.assertValid("CreateChatCompletionStreamResponse", chunk);
      }
    }
  }

  @Test
  void textCompletionsAreAsPublished() {
    for (String further : List.of("", ", 'n': 2", ", 'logprobs': 2", ", 'echo': true")) {
      schemas.assertValid(
          "CreateCompletionResponse",
          client.answer(TEXT, "{'prompt': 'Hi', 'max_tokens': 3%s}".formatted(further)));
    }
  }

  @Test
  void responsesAreAsPublished() {
    for (String further :
        List.of(
            "",
            ", 'instructions': 'Be brief.', 'max_output_tokens': 3, 'metadata': {'a': 'b'}",
            ", 'include': ['message.output_text.logprobs'], 'top_logprobs': 2, 'max_output_tokens':"
                + " 3",
            ", 'text': {'format': {'type': 'json_schema', 'name': 'x', 'schema': {'type':"
                + " 'boolean'}}}")) {
      schemas.assertValid(
          "Response",
          client.answer(
              RESPONSE, "{'model': 'tiny', 'input': 'Hi', 'seed': 1%s}".formatted(further)));
      for (JsonNode event :
          client.typedEvents(
              RESPONSE, "{'input': 'Hi', 'stream': true, 'seed': 1%s}".formatted(further))) {
        schemas.assertValid(EVENTS.get(event.get("type").asString()), event);
      }
    }
  }

  @Test
  void modelsAndErrorsAreAsPublished() {
    schemas.assertValid("ListModelsResponse", client.get("/v1/models").body());
    schemas.assertValid("Model", client.get("/v1/models/tiny").body());
    Client.Reply refused = client.post(CHAT, "{}");
    assertEquals(400, refused.status());
    schemas.assertValid("ErrorResponse", refused.body());
    schemas.assertValid("ErrorResponse", client.get("/v1/models/other").body());
  }
}
