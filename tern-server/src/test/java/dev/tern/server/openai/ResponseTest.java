package dev.tern.server.openai;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.tern.server.Client;
import dev.tern.server.TestServer;
import java.io.IOException;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/// Responses over HTTP.
@Timeout(120)
class ResponseTest {
  private static final String PATH = "/v1/responses";
  private static TestServer server;
  private static Client client;

  @BeforeAll
  static void start() throws IOException {
    server = TestServer.start();
    client = new Client(server);
  }

  @AfterAll
  static void stop() throws IOException {
    client.close();
    server.close();
  }

  private static String text(JsonNode response) {
    return response.at("/output/0/content/0/text").stringValue();
  }

  @Test
  void saysWhatAChatSays() {
    JsonNode chat =
        client.answer(
            "/v1/chat/completions",
            "{'messages': [{'role': 'system', 'content': 'Be brief.'}, {'role': 'user', 'content':"
                + " 'Hi'}, {'role': 'assistant', 'content': 'Yes?'}, {'role': 'user', 'content':"
                + " 'Who?'}], 'max_tokens': 20, 'seed': 3}");
    JsonNode response =
        client.answer(
            PATH,
            "{'instructions': 'Be brief.', 'input': [{'role': 'user', 'content': 'Hi'}, {'type':"
                + " 'message', 'id': 'msg_1', 'status': 'completed', 'role': 'assistant',"
                + " 'content': [{'type': 'output_text', 'text': 'Yes?', 'annotations': [],"
                + " 'logprobs': []}]}, {'role': 'user', 'content': [{'type': 'input_text', 'text':"
                + " 'Who?'}]}], 'max_output_tokens': 20, 'seed': 3}");
    assertEquals(chat.at("/choices/0/message/content").stringValue(), text(response));
    assertEquals("incomplete", response.get("status").stringValue());
    assertEquals("max_output_tokens", response.at("/incomplete_details/reason").stringValue());
    assertEquals(20, response.at("/usage/output_tokens").intValue());
    assertEquals(
        chat.at("/usage/prompt_tokens").intValue(), response.at("/usage/input_tokens").intValue());
  }

  @Test
  void eventsComeInOrderAndSayTheSame() {
    JsonNode whole = client.answer(PATH, "{'input': 'Hi', 'max_output_tokens': 12, 'seed': 3}");
    List<JsonNode> events =
        client.typedEvents(
            PATH, "{'input': 'Hi', 'max_output_tokens': 12, 'seed': 3, 'stream': true}");
    assertEquals(
        IntStream.range(0, events.size()).boxed().toList(),
        events.stream().map(event -> event.get("sequence_number").intValue()).toList());
    assertEquals(
        List.of(
            "response.created",
            "response.in_progress",
            "response.output_item.added",
            "response.content_part.added",
            "response.output_text.delta",
            "response.output_text.done",
            "response.content_part.done",
            "response.output_item.done",
            "response.incomplete"),
        events.stream().map(event -> event.get("type").stringValue()).distinct().toList());
    assertEquals(
        text(whole),
        events.stream()
            .filter(event -> event.get("type").stringValue().endsWith(".delta"))
            .map(event -> event.get("delta").stringValue())
            .collect(Collectors.joining()));
    assertEquals(text(whole), text(events.getLast().get("response")));
  }

  @Test
  void textKeepsToItsFormat() {
    JsonNode response =
        client.answer(
            PATH,
            "{'input': 'Hi', 'text': {'format': {'type': 'json_schema', 'name': 'x', 'strict':"
                + " true, 'schema': {'enum': ['left', 'right']}}}}");
    assertEquals("completed", response.get("status").stringValue());
    assertEquals(true, List.of("\"left\"", "\"right\"").contains(text(response)));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "'foo': 1 | foo",
        "'store': true | store",
        "'previous_response_id': 'x' | previous_response_id",
        "'conversation': 'x' | conversation",
        "'prompt': {} | prompt",
        "'background': true | background",
        "'reasoning': {'effort': 'low'} | reasoning",
        "'truncation': 'auto' | truncation",
        "'max_tool_calls': 1 | max_tool_calls",
        "'max_output_tokens': -1 | max_output_tokens",
        "'temperature': 3 | temperature",
        "'instructions': 5 | instructions",
        "'include': ['file_search_call.results'] | include[0]",
        "'top_logprobs': 2 | top_logprobs",
        "'text': {'verbosity': 'low'} | text.verbosity",
        "'text': {'format': {'type': 'json_schema', 'name': 'x'}} | text.format.schema",
        "'text': {'format': {'type': 'text', 'x': 1}} | text.format.x",
        "'n': 2 | n",
        "'messages': [] | messages",
      })
  void refusesWhatItCannotDo(String fields, String parameter) {
    Client.Reply reply = client.post(PATH, "{'input': 'Hi', %s}".formatted(fields));
    assertEquals(400, reply.status(), reply.body().toString());
    assertEquals(parameter, reply.body().at("/error/param").asString());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "5 | input",
        "[] | input",
        "[{'type': 'item_reference', 'id': 'x'}] | input[0].type",
        "[{'role': 'robot', 'content': 'x'}] | input[0].role",
        "[{'role': 'user'}] | input[0].content",
        "[{'role': 'user', 'content': 'x', 'y': 1}] | input[0].y",
        "[{'role': 'user', 'content': [{'type': 'input_image'}]}] | input[0].content[0].type",
      })
  void refusesInput(String input, String parameter) {
    Client.Reply reply = client.post(PATH, "{'input': %s}".formatted(input));
    assertEquals(400, reply.status(), reply.body().toString());
    assertEquals(parameter, reply.body().at("/error/param").asString());
  }
}
