package dev.tern.server.openai;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tern.server.Client;
import dev.tern.server.TestServer;
import java.io.IOException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Which fields of requests are accepted, and how the others are refused.
@Timeout(120)
class RequestFieldsTest {
  private static final String CHAT = "/v1/chat/completions";
  private static final String TEXT = "/v1/completions";
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

  private static void assertRefused(String path, String json, String parameter) {
    Client.Reply reply = client.post(path, json);
    assertEquals(400, reply.status(), reply.body().toString());
    assertEquals(parameter, reply.body().at("/error/param").asString(), reply.body().toString());
    assertEquals("invalid_request_error", reply.body().at("/error/type").asString());
    assertTrue(
        reply
            .body()
            .at("/error/message")
            .asString()
            .contains(parameter.substring(parameter.lastIndexOf('.') + 1)),
        reply.body().toString());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "'model': 'tiny'",
        "'model': null",
        "'temperature': 0",
        "'temperature': 2, 'top_p': 0.5, 'top_k': 0, 'min_p': 0",
        "'repeat_penalty': 1.1, 'repeat_last_n': -1",
        "'repetition_penalty': 1.1",
        "'presence_penalty': -2, 'frequency_penalty': 2",
        "'seed': -5",
        "'seed': 9223372036854775807",
        "'logit_bias': {}",
        "'stop': 'x'",
        "'stop': []",
        "'stop': null",
        "'n': 1",
        "'stream': false",
        "'user': 'me', 'metadata': {'a': 'b'}, 'service_tier': 'auto', 'store': false",
        "'safety_identifier': 'x', 'prompt_cache_key': 'y'",
        "'grammar': 'root ::= [a-z]'",
      })
  void bothAccept(String fields) {
    client.answer(
        CHAT,
        "{'messages': [{'role': 'user', 'content': 'Hi'}], 'max_tokens': 1, %s}".formatted(fields));
    client.answer(TEXT, "{'prompt': 'Hi', 'max_tokens': 1, %s}".formatted(fields));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "'max_completion_tokens': 1, 'modalities': ['text']",
        "'max_completion_tokens': 1, 'max_tokens': 1",
        "'max_tokens': 1, 'response_format': {'type': 'text'}",
        "'max_tokens': 1, 'response_format': {'type': 'json_object'}",
        "'max_tokens': 1, 'logprobs': false",
        "'max_tokens': 1, 'logprobs': true, 'top_logprobs': 20",
      })
  void chatAccepts(String fields) {
    client.answer(CHAT, "{'messages': [{'role': 'user', 'content': 'Hi'}], %s}".formatted(fields));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "'temperature': -1 | temperature",
        "'temperature': 2.5 | temperature",
        "'temperature': 'hot' | temperature",
        "'temperature': 1e400 | temperature",
        "'top_p': 1.5 | top_p",
        "'top_k': -1 | top_k",
        "'top_k': 1.5 | top_k",
        "'top_k': 99999999999 | top_k",
        "'min_p': 2 | min_p",
        "'repeat_penalty': 0 | repeat_penalty",
        "'repeat_penalty': 1, 'repetition_penalty': 1 | repetition_penalty",
        "'presence_penalty': 3 | presence_penalty",
        "'frequency_penalty': -3 | frequency_penalty",
        "'seed': 1.5 | seed",
        "'seed': 99999999999999999999 | seed",
        "'logit_bias': [] | logit_bias",
        "'logit_bias': {'x': 1} | logit_bias.x",
        "'logit_bias': {'300': 1} | logit_bias.300",
        "'logit_bias': {'65': 101} | logit_bias.65",
        "'logit_bias': {'65': null} | logit_bias.65",
        "'stop': 5 | stop",
        "'stop': '' | stop",
        "'stop': ['a', ''] | stop[1]",
        "'stop': ['1','2','3','4','5','6','7','8','9','10','11','12','13','14','15','16','17'] |"
            + " stop",
        "'n': 0 | n",
        "'n': 17 | n",
        "'stream': 'yes' | stream",
        "'stream_options': {} | stream_options",
        "'stream': true, 'stream_options': {'include_usage': 1} | stream_options.include_usage",
        "'stream': true, 'stream_options': {'include_obfuscation': true} |"
            + " stream_options.include_obfuscation",
        "'stream': true, 'stream_options': {'x': true} | stream_options.x",
        "'max_tokens': -1 | max_tokens",
        "'store': true | store",
        "'metadata': {'a': 1} | metadata.a",
        "'service_tier': 'flex' | service_tier",
        "'model': 5 | model",
        "'foo': 1 | foo",
        "'grammar': 'root ::= (' | grammar",
        "'grammar': 'root ::= root' | grammar",
      })
  void bothRefuse(String fields, String parameter) {
    assertRefused(
        CHAT, "{'messages': [{'role': 'user', 'content': 'Hi'}], %s}".formatted(fields), parameter);
    assertRefused(TEXT, "{'prompt': 'Hi', %s}".formatted(fields), parameter);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "'audio': {} | audio",
        "'modalities': ['text', 'audio'] | modalities",
        "'prediction': {} | prediction",
        "'web_search_options': {} | web_search_options",
        "'moderation': {} | moderation",
        "'verbosity': 'low' | verbosity",
        "'reasoning_effort': 'low' | reasoning_effort",
        "'prompt_cache_retention': '24h' | prompt_cache_retention",
        "'functions': [] | functions",
        "'function_call': 'auto' | function_call",
        "'logprobs': 1 | logprobs",
        "'top_logprobs': 1 | top_logprobs",
        "'logprobs': true, 'top_logprobs': 21 | top_logprobs",
        "'max_completion_tokens': 1, 'max_tokens': 2 | max_tokens",
        "'response_format': 'json' | response_format",
        "'response_format': {} | response_format.type",
        "'response_format': {'type': 'xml'} | response_format.type",
        "'response_format': {'type': 'text', 'x': 1} | response_format.x",
        "'response_format': {'type': 'json_schema'} | response_format.json_schema",
        "'response_format': {'type': 'json_schema', 'json_schema': {'name': 'x'}} |"
            + " response_format.json_schema.schema",
        "'response_format': {'type': 'json_schema', 'json_schema': {'name': 'x', 'schema': {'if':"
            + " {}}}} | response_format.json_schema.schema",
        "'response_format': {'type': 'json_schema', 'json_schema': {'name': 'x', 'strict': false,"
            + " 'schema': {'if': {}}}} | response_format.json_schema.schema",
        "'response_format': {'type': 'json_object'}, 'grammar': 'root ::= [a]' | grammar",
      })
  void chatRefuses(String fields, String parameter) {
    assertRefused(
        CHAT, "{'messages': [{'role': 'user', 'content': 'Hi'}], %s}".formatted(fields), parameter);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "'hello' | messages",
        "[] | messages",
        "[null] | messages[0]",
        "['x'] | messages[0]",
        "[{'content': 'x'}] | messages[0].role",
        "[{'role': 'robot', 'content': 'x'}] | messages[0].role",
        "[{'role': 'user'}] | messages[0].content",
        "[{'role': 'user', 'content': null}] | messages[0].content",
        "[{'role': 'user', 'content': 5}] | messages[0].content",
        "[{'role': 'user', 'content': 'x', 'name': 'Bob'}] | messages[0].name",
        "[{'role': 'user', 'content': 'x', 'colour': 'red'}] | messages[0].colour",
        "[{'role': 'user', 'content': 'x'}, {'role': 'assistant', 'content': 'x', 'audio': {}}] |"
            + " messages[1].audio",
        "[{'role': 'user', 'content': [{'type': 'image_url', 'image_url': {}}]}] |"
            + " messages[0].content[0].type",
        "[{'role': 'user', 'content': [{'type': 'text'}]}] | messages[0].content[0].text",
        "[{'role': 'user', 'content': [{'type': 'text', 'text': 'x', 'y': 1}]}] |"
            + " messages[0].content[0].y",
      })
  void chatRefusesMessages(String messages, String parameter) {
    assertRefused(CHAT, "{'messages': %s}".formatted(messages), parameter);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "'prompt': 5 | prompt",
        "'prompt': [] | prompt",
        "'prompt': [[]] | prompt[0]",
        "'prompt': [1, 'x'] | prompt[1]",
        "'prompt': [1, 300] | prompt[1]",
        "'prompt': ['x', 5] | prompt[1]",
        "'prompt': [null] | prompt[0]",
        "'max_tokens': 5 | prompt",
        "'prompt': 'x', 'suffix': 'y' | suffix",
        "'prompt': 'x', 'best_of': 2 | best_of",
        "'prompt': 'x', 'n': 2, 'best_of': 1 | best_of",
        "'prompt': 'x', 'echo': 1 | echo",
        "'prompt': 'x', 'echo': true, 'logprobs': 1 | logprobs",
        "'prompt': 'x', 'logprobs': true | logprobs",
        "'prompt': 'x', 'logprobs': 21 | logprobs",
        "'prompt': 'x', 'response_format': {'type': 'text'} | response_format",
        "'prompt': 'x', 'json_schema': 'y' | json_schema",
        "'prompt': 'x', 'messages': [] | messages",
      })
  void textRefuses(String fields, String parameter) {
    assertRefused(TEXT, "{%s}".formatted(fields), parameter);
  }

  @Test
  void messagesAreTextInParts() {
    String parts =
        "{'messages': [{'role': 'developer', 'content': 'Be brief.'}, {'role': 'user', 'content':"
            + " [{'type': 'text', 'text': 'He'}, {'type': 'text', 'text': 'llo'}]}], 'max_tokens':"
            + " 8, 'seed': 1}";
    String whole =
        "{'messages': [{'role': 'system', 'content': 'Be brief.'}, {'role': 'user', 'content':"
            + " 'Hello'}], 'max_tokens': 8, 'seed': 1}";
    assertEquals(
        client.answer(CHAT, whole).get("choices"), client.answer(CHAT, parts).get("choices"));
  }

  @ParameterizedTest
  @ValueSource(strings = {CHAT, TEXT})
  void anotherModelIsNotFound(String path) {
    Client.Reply reply = client.post(path, "{'model': 'gpt-4', 'messages': [], 'prompt': 'x'}");
    assertEquals(404, reply.status());
    assertEquals("model_not_found", reply.body().at("/error/code").asString());
  }

  @Test
  void promptThatIsTooLongIsRefused() {
    String longText = "x".repeat(600);
    Client.Reply text = client.post(TEXT, "{'prompt': '%s'}".formatted(longText));
    assertEquals(400, text.status());
    assertEquals("context_length_exceeded", text.body().at("/error/code").asString());
    assertEquals("prompt", text.body().at("/error/param").asString());
    Client.Reply chat =
        client.post(
            CHAT,
            "{'stream': true, 'messages': [{'role': 'user', 'content': '%s'}]}"
                .formatted(longText));
    assertEquals(400, chat.status());
    assertEquals("messages", chat.body().at("/error/param").asString());
  }

  @Test
  void oneModelIsDescribed() {
    assertEquals("tiny", client.get("/v1/models/tiny").body().get("id").asString());
    assertEquals(404, client.get("/v1/models/a/b").status());
  }

  @Test
  void textsAndTokensAreTurnedIntoEachOther() {
    assertEquals(
        "{\"tokens\":[72,105]}", client.answer("/tokenize", "{'content': 'Hi'}").toString());
    assertEquals(
        "{\"tokens\":[{\"id\":296,\"piece\":\"<|begin_of_text|>\"},{\"id\":195,\"piece\":[195]},{\"id\":164,\"piece\":[164]}]}",
        client
            .answer("/tokenize", "{'content': 'ä', 'add_special': true, 'with_pieces': true}")
            .toString());
    assertEquals(
        "{\"content\":\"Hiä\"}",
        client.answer("/detokenize", "{'tokens': [72, 105, 195, 164]}").toString());
    assertRefused("/tokenize", "{'content': 5}", "content");
    assertRefused("/tokenize", "{'content': '', 'x': 1}", "x");
    assertRefused("/detokenize", "{'tokens': [-1]}", "tokens[0]");
  }
}
