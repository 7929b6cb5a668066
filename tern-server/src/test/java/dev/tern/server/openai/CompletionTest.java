package dev.tern.server.openai;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tern.GenerationOptions;
import dev.tern.server.Client;
import dev.tern.server.TestServer;
import dev.tern.tokenizer.EncodeOptions;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Chat and text completions over HTTP.
@Timeout(120)
class CompletionTest {
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

  private static String chat(String further) {
    return "{'messages': [{'role': 'user', 'content': 'Hello'}], 'max_tokens': 24%s}"
        .formatted(further);
  }

  private static String text(String further) {
    return "{'prompt': 'Once upon', 'max_tokens': 24%s}".formatted(further);
  }

  private static String content(JsonNode answer) {
    return answer.at("/choices/0/message/content").stringValue();
  }

  private static String said(List<JsonNode> events, String pointer, int choice) {
    return events.stream()
        .flatMap(event -> event.get("choices").valueStream())
        .filter(each -> each.get("index").intValue() == choice)
        .map(each -> each.at(pointer))
        .filter(JsonNode::isString)
        .map(JsonNode::stringValue)
        .collect(Collectors.joining());
  }

  @Test
  void textIsWhatTheLibraryGives() {
    String expected =
        server
            .model()
            .generate("Once upon", GenerationOptions.builder().seed(5).maxTokens(24).build())
            .text();
    JsonNode answer = client.answer(TEXT, text(", 'seed': 5"));
    assertEquals(expected, answer.at("/choices/0/text").stringValue());
    assertEquals("text_completion", answer.get("object").stringValue());
    assertEquals("length", answer.at("/choices/0/finish_reason").stringValue());
    assertEquals(24, answer.at("/usage/completion_tokens").intValue());
    assertEquals(10, answer.at("/usage/prompt_tokens").intValue());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", ", 'n': 3", ", 'stop': ['a', 'e', ' ']", ", 'temperature': 0"})
  void streamsSayWhatWholeAnswersSay(String further) {
    JsonNode whole = client.answer(CHAT, chat(", 'seed': 7" + further));
    List<JsonNode> events = client.events(CHAT, chat(", 'seed': 7, 'stream': true" + further));
    for (JsonNode choice : whole.get("choices")) {
      int index = choice.get("index").intValue();
      assertEquals(
          choice.at("/message/content").stringValue(), said(events, "/delta/content", index));
      assertEquals("assistant", said(events, "/delta/role", index));
      assertEquals(
          choice.get("finish_reason").stringValue(), said(events, "/finish_reason", index));
    }
    JsonNode wholeText = client.answer(TEXT, text(", 'seed': 7" + further));
    List<JsonNode> pieces = client.events(TEXT, text(", 'seed': 7, 'stream': true" + further));
    for (JsonNode choice : wholeText.get("choices")) {
      assertEquals(
          choice.get("text").stringValue(), said(pieces, "/text", choice.get("index").intValue()));
    }
  }

  @Test
  void chunksOfAStreamAreOfOneAnswer() {
    List<JsonNode> events =
        client.events(CHAT, chat(", 'stream': true, 'stream_options': {'include_usage': true}"));
    assertEquals(1, events.stream().map(each -> each.get("id")).distinct().count());
    assertEquals(1, events.stream().map(each -> each.get("created")).distinct().count());
    assertTrue(
        events.stream()
            .allMatch(each -> each.get("object").stringValue().equals("chat.completion.chunk")));
    assertEquals(
        "{\"role\":\"assistant\",\"content\":\"\"}",
        events.getFirst().at("/choices/0/delta").toString());
    JsonNode last = events.getLast();
    assertTrue(last.get("choices").isEmpty());
    assertEquals(24, last.at("/usage/completion_tokens").intValue());
    assertTrue(
        events.subList(0, events.size() - 1).stream().allMatch(each -> each.get("usage").isNull()));
  }

  @Test
  void seedsRepeatTextsAndDifferentSeedsDoNot() {
    String once = content(client.answer(CHAT, chat(", 'seed': 1")));
    assertEquals(once, content(client.answer(CHAT, chat(", 'seed': 1"))));
    assertNotEquals(once, content(client.answer(CHAT, chat(", 'seed': 2"))));
    JsonNode several = client.answer(CHAT, chat(", 'seed': 1, 'n': 2"));
    assertEquals(once, content(several));
    assertEquals(
        content(client.answer(CHAT, chat(", 'seed': 2"))),
        several.at("/choices/1/message/content").stringValue());
  }

  @Test
  void textIsTheSameAmongOthers() {
    List<String> alone =
        IntStream.range(0, 8)
            .mapToObj(seed -> content(client.answer(CHAT, chat(", 'seed': " + seed))))
            .toList();
    List<CompletableFuture<String>> together =
        IntStream.range(0, 8)
            .mapToObj(seed ->
                CompletableFuture.supplyAsync(
                    () -> content(client.answer(CHAT, chat(", 'seed': " + seed)))))
            .toList();
    assertEquals(alone, together.stream().map(CompletableFuture::join).toList());
  }

  @Test
  void stopTextsEndTheTextAndAreNoPartOfIt() {
    String whole = content(client.answer(CHAT, chat(", 'seed': 3")));
    String stop = whole.substring(5, 7);
    JsonNode answer =
        client.answer(
            CHAT,
            chat(", 'seed': 3, 'stop': " + new JsonMapper().writeValueAsString(List.of(stop))));
    assertEquals(whole.substring(0, whole.indexOf(stop)), content(answer));
    assertEquals("stop", answer.at("/choices/0/finish_reason").stringValue());
  }

  @Test
  void biasedTokenIsChosenAlways() {
    assertEquals("A".repeat(24), content(client.answer(CHAT, chat(", 'logit_bias': {'65': 100}"))));
  }

  @Test
  void grammarsAndSchemasAreKept() {
    String yes = ", 'grammar': 'root ::= \\'yes\\' | \\'no\\''";
    for (int seed = 0; seed < 4; seed++) {
      String answer = content(client.answer(CHAT, chat(yes + ", 'seed': " + seed)));
      assertTrue(List.of("yes", "no").contains(answer), answer);
    }
    String schema =
        "{'type': 'object', 'properties': {'age': {'type': 'integer', 'minimum': 0, 'maximum':"
            + " 99}}, 'required': ['age'], 'additionalProperties': false}";
    JsonNode answer =
        client.answer(
            CHAT,
            chat(
                ", 'response_format': {'type': 'json_schema', 'json_schema': {'name': 'x', 'strict': true, 'schema': %s}}, 'seed': 1"
                    .formatted(schema)));
    assertTrue(new JsonMapper().readTree(content(answer)).get("age").isIntegralNumber());
    assertEquals("stop", answer.at("/choices/0/finish_reason").stringValue());
    JsonNode text = client.answer(TEXT, text(", 'seed': 1, 'json_schema': " + schema));
    assertTrue(new JsonMapper().readTree(text.at("/choices/0/text").stringValue()).has("age"));
  }

  @Test
  void promptsMayBeTokensAndMany() {
    JsonNode one = client.answer(TEXT, text(", 'seed': 4"));
    int[] ids = server.model().tokenizer().encode("Once upon", EncodeOptions.PROMPT);
    String tokens = IntStream.of(ids).boxed().toList().toString();
    JsonNode same =
        client.answer(TEXT, "{'prompt': %s, 'max_tokens': 24, 'seed': 4}".formatted(tokens));
    assertEquals(one.at("/choices/0/text"), same.at("/choices/0/text"));
    JsonNode many =
        client.answer(
            TEXT,
            "{'prompt': ['Two', 'Once upon'], 'max_tokens': 24, 'seed': 4, 'n': 2, 'echo': true}");
    assertEquals(4, many.get("choices").size());
    assertEquals(
        "Once upon" + one.at("/choices/0/text").stringValue(),
        many.at("/choices/2/text").stringValue());
    assertEquals(4 + 10, many.at("/usage/prompt_tokens").intValue());
  }

  @Test
  void logProbabilitiesComeWithTheirTokens() {
    JsonNode answer = client.answer(CHAT, chat(", 'seed': 2, 'logprobs': true, 'top_logprobs': 3"));
    JsonNode content = answer.at("/choices/0/logprobs/content");
    assertEquals(24, content.size());
    assertEquals(3, content.get(0).get("top_logprobs").size());
    assertTrue(content.get(0).get("logprob").doubleValue() < 0);
    List<JsonNode> events =
        client.events(
            CHAT, chat(", 'seed': 2, 'logprobs': true, 'top_logprobs': 3, 'stream': true"));
    List<JsonNode> streamed =
        events.stream()
            .flatMap(each -> each.at("/choices/0/logprobs/content").valueStream())
            .toList();
    assertEquals(content.valueStream().toList(), streamed);
    JsonNode text = client.answer(TEXT, text(", 'logprobs': 2"));
    assertEquals(24, text.at("/choices/0/logprobs/tokens").size());
    assertEquals(0, text.at("/choices/0/logprobs/text_offset/0").intValue());
    assertTrue(text.at("/choices/0/logprobs/top_logprobs/0").size() <= 2);
  }

  @Test
  void tokensThatAreNoTextAreNamedByTheirBytes() {
    JsonNode logprobs =
        client.answer(TEXT, text(", 'seed': 2, 'logprobs': 20")).at("/choices/0/logprobs");
    int unnamed = 0;
    for (int place = 0; place < logprobs.get("tokens").size(); place++) {
      JsonNode likeliest = logprobs.get("top_logprobs").get(place);
      assertEquals(20, likeliest.size(), "none is hidden behind another's name");
      String chosen = logprobs.get("tokens").get(place).stringValue();
      if (likeliest.has(chosen)) {
        assertEquals(logprobs.get("token_logprobs").get(place), likeliest.get(chosen));
      }
      for (String name : likeliest.propertyNames()) {
        assertFalse(name.contains("\ufffd"), name);
        unnamed += name.matches("bytes:\\\\x[89a-f][0-9a-f]") ? 1 : 0;
      }
    }
    assertTrue(unnamed > 0, "half of the model's tokens are single bytes above 127");
  }

  @Test
  void clientThatGoesFreesThePlace() throws Exception {
    HttpResponse<InputStream> response =
        client
            .http()
            .send(
                client.request(
                    CHAT,
                    "{'messages': [{'role': 'user', 'content': 'Hi'}], 'stream': true,"
                        + " 'ignore_eos': true, 'n': 4}"),
                HttpResponse.BodyHandlers.ofInputStream());
    assertTrue(response.body().read() >= 0);
    response.body().close();
    while (server.engine().statistics().running() > 0) {
      Thread.sleep(10);
    }
    assertFalse(content(client.answer(CHAT, chat(", 'seed': 1"))).isEmpty());
  }
}
