package dev.tern.server.openai;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.tern.BatchOptions;
import dev.tern.EmbeddingOptions;
import dev.tern.server.Client;
import dev.tern.server.ServerOptions;
import dev.tern.server.TestServer;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/// Vectors of texts over HTTP.
@Timeout(120)
class EmbeddingsTest {
  private static final String PATH = "/v1/embeddings";
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

  private static float[] expected(String text) {
    return server.model().embed(List.of(text), EmbeddingOptions.defaults()).getFirst().vector();
  }

  private static float[] vector(JsonNode answer, int index) {
    JsonNode numbers = answer.at("/data/%d/embedding".formatted(index));
    float[] vector = new float[numbers.size()];
    for (int i = 0; i < vector.length; i++) {
      vector[i] = numbers.get(i).floatValue();
    }
    return vector;
  }

  @Test
  void vectorsAreWhatTheLibraryGives() {
    JsonNode answer = client.answer(PATH, "{'input': 'Hello <|eot_id|>', 'model': 'tiny'}");
    assertArrayEquals(expected("Hello <|eot_id|>"), vector(answer, 0));
    assertEquals(17, answer.at("/usage/prompt_tokens").intValue());
    JsonNode tokens = client.answer(PATH, "{'input': [296, 72, 105]}");
    assertArrayEquals(expected("Hi"), vector(tokens, 0));
  }

  @Test
  void manyTextsKeepTheirOrder() {
    List<String> texts = IntStream.range(0, 40).mapToObj(i -> "text " + i).toList();
    String input = texts.stream().collect(Collectors.joining("', '", "['", "']"));
    JsonNode answer = client.answer(PATH, "{'input': %s}".formatted(input));
    assertEquals(40, answer.get("data").size());
    for (int i = 0; i < 40; i += 13) {
      assertEquals(i, answer.at("/data/%d/index".formatted(i)).intValue());
      assertArrayEquals(expected(texts.get(i)), vector(answer, i));
    }
  }

  @Test
  void vectorsMayBeShortAndInBase64() {
    JsonNode answer =
        client.answer(PATH, "{'input': 'Hi', 'dimensions': 16, 'encoding_format': 'base64'}");
    byte[] bytes = Base64.getDecoder().decode(answer.at("/data/0/embedding").stringValue());
    float[] vector = new float[16];
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(vector);
    assertArrayEquals(
        server
            .model()
            .embed(List.of("Hi"), EmbeddingOptions.defaults().withDimensions(16))
            .getFirst()
            .vector(),
        vector);
  }

  @Test
  void answersAreAsPublished() throws IOException {
    PublishedSchemas.read()
        .assertValid("CreateEmbeddingResponse", client.answer(PATH, "{'input': ['Hi', 'there']}"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "'user': 'me' | input",
        "'input': [] | input",
        "'input': 5 | input",
        "'input': [[1], [300]] | input[1][0]",
        "'input': ['x', null] | input[1]",
        "'input': 'x', 'dimensions': 0 | dimensions",
        "'input': 'x', 'dimensions': 129 | dimensions",
        "'input': 'x', 'encoding_format': 'int8' | encoding_format",
        "'input': 'x', 'stream': true | stream",
      })
  void refusesWhatItCannotDo(String fields, String parameter) {
    Client.Reply reply = client.post(PATH, "{%s}".formatted(fields));
    assertEquals(400, reply.status(), reply.body().toString());
    assertEquals(parameter, reply.body().at("/error/param").asString());
  }

  @Test
  void textsAreAsLongAsTheServerLetsRequestsBe() throws IOException {
    try (TestServer small =
            TestServer.start(
                BatchOptions.defaults().withContextLength(16), ServerOptions.defaults());
        Client asking = new Client(small)) {
      asking.answer(PATH, "{'input': '%s'}".formatted("y".repeat(10)));
      Client.Reply reply = asking.post(PATH, "{'input': '%s'}".formatted("y".repeat(17)));
      assertEquals(400, reply.status());
      assertEquals("context_length_exceeded", reply.body().at("/error/code").asString());
    }
  }

  @Test
  void noMoreCallsWaitThanThereIsRoomFor() throws Exception {
    try (TestServer small =
            TestServer.start(
                BatchOptions.defaults().withMaxRunning(1).withQueueCapacity(0),
                ServerOptions.defaults());
        Client asking = new Client(small)) {
      String texts = String.join("', '", Collections.nCopies(2048, "y".repeat(40)));
      HttpRequest large = asking.request(PATH, "{'input': ['%s']}".formatted(texts));
      CompletableFuture<HttpResponse<String>> answer = send(asking, large);
      Client.Reply reply;
      do {
        if (answer.isDone()) {
          // One of the short calls had the place; it is free now.
          assertEquals(429, answer.get().statusCode(), "computed before another one was refused");
          answer = send(asking, large);
        }
        reply = asking.post(PATH, "{'input': 'x'}");
      } while (reply.status() == 200);
      assertEquals(429, reply.status(), reply.body().toString());
      answer.cancel(true);
    }
  }

  private static CompletableFuture<HttpResponse<String>> send(Client client, HttpRequest request) {
    return client.http().sendAsync(request, HttpResponse.BodyHandlers.ofString());
  }

  @Test
  void textThatIsTooLongIsRefused() {
    Client.Reply reply = client.post(PATH, "{'input': ['x', '%s']}".formatted("y".repeat(600)));
    assertEquals(400, reply.status());
    assertEquals("context_length_exceeded", reply.body().at("/error/code").asString());
  }
}
