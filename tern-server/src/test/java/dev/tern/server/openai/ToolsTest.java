package dev.tern.server.openai;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tern.server.Client;
import dev.tern.server.TestServer;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Calls of tools over HTTP.
@Timeout(240)
class ToolsTest {
  private static final String CHAT = "/v1/chat/completions";
  private static final String RESPONSE = "/v1/responses";
  private static final String SAID = "'messages': [{'role': 'user', 'content': 'Hi'}]";
  private static final String SCHEMA =
      "{'type': 'object', 'properties': {'city': {'enum': ['Oslo', 'Rome']}}, 'required':"
          + " ['city']}";
  private static final String FUNCTION =
      "'name': 'weather', 'description': 'Tells the weather.', 'parameters': " + SCHEMA;
  private static final String TOOLS =
      "'tools': [{'type': 'function', 'function': {%s}}, {'type': 'function', 'function': {'name': 'time'}}]"
          .formatted(FUNCTION);
  private static final String FLAT_TOOLS =
      "'tools': [{'type': 'function', %s}]".formatted(FUNCTION);

  private static TestServer server;
  private static Client client;

  @BeforeAll
  static void start() throws IOException {
    server = TestServer.startWithTools();
    client = new Client(server);
  }

  @AfterAll
  static void stop() throws IOException {
    client.close();
    server.close();
  }

  private static String chat(String further) {
    return "{%s, %s, 'seed': 3, 'max_tokens': 300%s}".formatted(SAID, TOOLS, further);
  }

  private static void assertCallsWeather(JsonNode function) {
    assertEquals("weather", function.get("name").stringValue());
    JsonNode arguments = new JsonMapper().readTree(function.get("arguments").stringValue());
    assertTrue(List.of("Oslo", "Rome").contains(arguments.get("city").stringValue()));
  }

  @Test
  void argumentsOfADemandedToolFitAlsoWhereItIsNotStrict() {
    String tools =
        "'tools': [{'type': 'function', 'function': {'name': 'time', 'strict': true}}, {'type':"
            + " 'function', 'function': {'strict': false, %s}}]".formatted(FUNCTION);
    for (int seed = 0; seed < 4; seed++) {
      JsonNode answer =
          client.answer(
              CHAT,
              "{%s, %s, 'seed': %d, 'parallel_tool_calls': false, 'tool_choice': {'type':"
                      .formatted(SAID, tools, seed)
                  + " 'function', 'function': {'name': 'weather'}}}");
      assertCallsWeather(answer.at("/choices/0/message/tool_calls/0/function"));
    }
  }

  @Test
  void demandedToolIsCalled() {
    JsonNode answer =
        client.answer(
            CHAT,
            chat(
                ", 'parallel_tool_calls': false, 'tool_choice': {'type': 'function', 'function':"
                    + " {'name': 'weather'}}"));
    JsonNode message = answer.at("/choices/0/message");
    assertTrue(message.get("content").isNull());
    assertEquals(1, message.get("tool_calls").size());
    assertCallsWeather(message.at("/tool_calls/0/function"));
    assertTrue(message.at("/tool_calls/0/id").stringValue().startsWith("call_"));
    assertEquals("tool_calls", answer.at("/choices/0/finish_reason").stringValue());
  }

  @Test
  void someToolIsCalledWhereThatIsRequired() {
    JsonNode answer =
        client.answer(CHAT, chat(", 'parallel_tool_calls': false, 'tool_choice': 'required'"));
    String name = answer.at("/choices/0/message/tool_calls/0/function/name").stringValue();
    assertTrue(List.of("weather", "time").contains(name));
  }

  @Test
  void streamsCallWhatWholeAnswersCall() {
    String choice = ", 'parallel_tool_calls': false, 'tool_choice': 'required'";
    JsonNode whole = client.answer(CHAT, chat(choice));
    List<JsonNode> events = client.events(CHAT, chat(choice + ", 'stream': true"));
    List<JsonNode> calls =
        events.stream()
            .flatMap(event -> event.at("/choices/0/delta/tool_calls").valueStream())
            .toList();
    assertEquals(1, calls.size());
    assertEquals(0, calls.getFirst().get("index").intValue());
    assertEquals(
        whole.at("/choices/0/message/tool_calls/0/function"), calls.getFirst().get("function"));
    assertEquals("tool_calls", events.getLast().at("/choices/0/finish_reason").stringValue());
  }

  @Test
  void modelMaySpeakWhereNothingIsDemanded() {
    JsonNode answer = client.answer(CHAT, chat(", 'max_completion_tokens': 300"));
    assertFalse(answer.at("/choices/0/message/content").stringValue().isEmpty());
    assertFalse(answer.at("/choices/0/message").has("tool_calls"));
  }

  @Test
  void noToolsAreShownWhereNoneMayBeCalled() {
    JsonNode without = client.answer(CHAT, "{%s, 'seed': 3, 'max_tokens': 20}".formatted(SAID));
    JsonNode none =
        client.answer(
            CHAT,
            "{%s, %s, 'seed': 3, 'max_tokens': 20, 'tool_choice': 'none'}".formatted(SAID, TOOLS));
    assertEquals(without.get("choices"), none.get("choices"));
  }

  @Test
  void callsAndTheirAnswersArePartOfTheConversation() {
    String said =
        "{'role': 'user', 'content': 'Hi'}, {'role': 'assistant', 'content': null, 'tool_calls':"
            + " [{'id': 'call_1', 'type': 'function', 'function': {'name': 'weather', 'arguments':"
            + " '{}'}}]}, {'role': 'tool', 'tool_call_id': 'call_1', 'content': [{'type': 'text',"
            + " 'text': 'Rain'}]}";
    JsonNode chat =
        client.answer(
            CHAT,
            "{'messages': [%s], 'tools': [{'type': 'function', 'function': {%s}}], 'seed': 1, 'max_tokens': 20}"
                .formatted(said, FUNCTION));
    JsonNode response =
        client.answer(
            RESPONSE,
            "{'input': [{'role': 'user', 'content': 'Hi'}, {'type': 'function_call', 'id': 'fc_1', 'status': 'completed', 'call_id': 'call_1', 'name': 'weather', 'arguments': '{}'}, {'type': 'function_call_output', 'call_id': 'call_1', 'output': 'Rain'}], %s, 'seed': 1, 'max_output_tokens': 20}"
                .formatted(FLAT_TOOLS));
    assertEquals(
        chat.at("/choices/0/message/content").stringValue(),
        response.at("/output/0/content/0/text").stringValue());
    assertEquals(
        chat.at("/usage/prompt_tokens").intValue(), response.at("/usage/input_tokens").intValue());
  }

  @Test
  void responsesCallTools() {
    String asked =
        "{'input': 'Hi', %s, 'seed': 3, 'tool_choice': {'type': 'function', 'name': 'weather'},"
            + " 'parallel_tool_calls': false%s}";
    JsonNode response = client.answer(RESPONSE, asked.formatted(FLAT_TOOLS, ""));
    assertEquals(1, response.get("output").size());
    assertEquals("function_call", response.at("/output/0/type").stringValue());
    assertCallsWeather(response.at("/output/0"));
    List<JsonNode> events =
        client.typedEvents(RESPONSE, asked.formatted(FLAT_TOOLS, ", 'stream': true"));
    assertEquals(
        List.of(
            "response.created",
            "response.in_progress",
            "response.output_item.added",
            "response.function_call_arguments.delta",
            "response.function_call_arguments.done",
            "response.output_item.done",
            "response.completed"),
        events.stream().map(event -> event.get("type").stringValue()).toList());
    assertCallsWeather(events.getLast().at("/response/output/0"));
    PublishedSchemas schemas = readSchemas();
    schemas.assertValid("Response", response);
    schemas.assertValid("ResponseOutputItemAddedEvent", events.get(2));
    schemas.assertValid("ResponseFunctionCallArgumentsDeltaEvent", events.get(3));
    schemas.assertValid("ResponseFunctionCallArgumentsDoneEvent", events.get(4));
    schemas.assertValid("ResponseOutputItemDoneEvent", events.get(5));
  }

  @Test
  void chatAnswersWithCallsAreAsPublished() {
    PublishedSchemas schemas = readSchemas();
    String choice = ", 'tool_choice': 'required', 'parallel_tool_calls': false";
    schemas.assertValid("CreateChatCompletionResponse", client.answer(CHAT, chat(choice)));
    client
        .events(CHAT, chat(choice + ", 'stream': true"))
        .forEach(event -> schemas.assertValid("CreateChatCompletionStreamResponse", event));
  }

  private static PublishedSchemas readSchemas() {
    try {
      return PublishedSchemas.read();
    } catch (IOException unreadable) {
      throw new AssertionError(unreadable);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "'tools': 5 | tools",
        "'tools': [{'type': 'web_search'}] | tools[0].type",
        "'tools': [{'type': 'function'}] | tools[0].function",
        "'tools': [{'type': 'function', 'function': {}}] | tools[0].function.name",
        "'tools': [{'type': 'function', 'function': {'name': ''}}] | tools[0].function.name",
        "'tools': [{'type': 'function', 'function': {'name': 'x', 'parameters': 5}}] |"
            + " tools[0].function.parameters",
        "'tools': [{'type': 'function', 'function': {'name': 'x', 'parameters': {'type':"
            + " 'string'}}}] | tools[0].function.parameters",
        "'tools': [{'type': 'function', 'function': {'name': 'x', 'y': 1}}] | tools[0].function.y",
        "'tools': [{'type': 'function', 'function': {'name': 'x'}}, {'type': 'function',"
            + " 'function': {'name': 'x'}}] | tools[1].function.name",
        "'tools': [{'type': 'function', 'function': {'name': 'x', 'strict': true}}] |"
            + " tools[0].function.strict",
        "'tools': [{'type': 'function', 'function': {'name': 'x', 'parameters': {'if': {}}}}],"
            + " 'tool_choice': 'required' | tools",
        "'tools': [{'type': 'function', 'function': {'name': 'x', 'strict': true}}, {'type':"
            + " 'function', 'function': {'name': 'y', 'strict': false, 'parameters': {'if': {}}}}],"
            + " 'tool_choice': 'required' | tools",
        "'tools': [{'type': 'function', 'function': {'name': 'x', 'strict': 'no'}}] |"
            + " tools[0].function.strict",
        "'tool_choice': 'required' | tool_choice",
        "'tool_choice': 'always' | tool_choice",
        "'tools': [{'type': 'function', 'function': {'name': 'x'}}], 'tool_choice': {'type':"
            + " 'function', 'function': {'name': 'y'}} | tool_choice.function.name",
        "'tools': [{'type': 'function', 'function': {'name': 'x'}}], 'tool_choice': {'type':"
            + " 'allowed_tools'} | tool_choice.type",
        "'tools': [{'type': 'function', 'function': {'name': 'x'}}], 'response_format': {'type':"
            + " 'json_object'} | response_format.type",
        "'tools': [{'type': 'function', 'function': {'name': 'x'}}], 'logprobs': true | logprobs",
        "'parallel_tool_calls': 1 | parallel_tool_calls",
      })
  void refusesTools(String fields, String parameter) {
    assertRefused("{%s, %s}".formatted(SAID, fields), parameter);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{'role': 'tool', 'content': 'x'} | messages[1].tool_call_id",
        "{'role': 'tool', 'content': 'x', 'tool_call_id': 'y'} | messages[1].tool_call_id",
        "{'role': 'user', 'content': 'x', 'tool_calls': []} | messages[1].tool_calls",
        "{'role': 'assistant', 'tool_calls': []} | messages[1].content",
        "{'role': 'assistant', 'tool_calls': [{'type': 'function'}]} |"
            + " messages[1].tool_calls[0].id",
        "{'role': 'assistant', 'tool_calls': [{'id': 'x', 'type': 'custom'}]} |"
            + " messages[1].tool_calls[0].type",
        "{'role': 'assistant', 'tool_calls': [{'id': 'x', 'type': 'function', 'function': {'name':"
            + " 'x', 'arguments': '{'}}]} | messages[1].tool_calls[0].function.arguments",
        "{'role': 'assistant', 'tool_calls': [{'id': 'x', 'type': 'function', 'function': {'name':"
            + " 'x', 'arguments': '[]'}}]} | messages[1].tool_calls[0].function.arguments",
      })
  void refusesMessages(String message, String parameter) {
    assertRefused(
        "{'messages': [{'role': 'user', 'content': 'Hi'}, %s]}".formatted(message), parameter);
  }

  private static void assertRefused(String json, String parameter) {
    Client.Reply reply = client.post(CHAT, json);
    assertEquals(400, reply.status(), reply.body().toString());
    assertEquals(parameter, reply.body().at("/error/param").asString(), reply.body().toString());
  }

  @Test
  void conversationThatTheTemplateRefusesIsRefused() {
    String message = "{'role': 'user', 'content': 'Hi'}, ".repeat(7);
    Client.Reply reply =
        client.post(
            CHAT, "{'messages': [%s]}".formatted(message.substring(0, message.length() - 2)));
    assertEquals(400, reply.status());
    assertEquals("messages", reply.body().at("/error/param").asString());
    assertTrue(
        reply.body().at("/error/message").asString().contains("at most six messages"),
        reply.body().toString());
    assertFalse(
        reply.body().at("/error/message").asString().contains(".gguf"), reply.body().toString());
  }

  @Test
  void modelWithoutAChatTemplateAnswersCompletionsAlone() throws IOException {
    try (TestServer plain = TestServer.startWithTemplate("");
        Client other = new Client(plain)) {
      Client.Reply reply = other.post(CHAT, "{%s}".formatted(SAID));
      assertEquals(400, reply.status());
      assertTrue(reply.body().at("/error/message").asString().contains("/v1/completions"));
      Client.Reply tools = other.post(CHAT, "{%s, %s}".formatted(SAID, TOOLS));
      assertEquals(400, tools.status());
      other.answer("/v1/completions", "{'prompt': 'Hi', 'max_tokens': 3}");
    }
  }
}
