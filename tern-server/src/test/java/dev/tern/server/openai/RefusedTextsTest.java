package dev.tern.server.openai;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tern.BatchOptions;
import dev.tern.server.ServerOptions;
import dev.tern.server.TestServer;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RefusedTextsTest {
  private static final BatchOptions TWO =
      BatchOptions.defaults().withMaxRunning(1).withQueueCapacity(1);

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{'prompt': 'a', 'max_tokens': 300, 'ignore_eos': true, 'n': 3}|never has room for more than 2",
        "{'prompt': ['a', 'b', 'c'], 'max_tokens': 300, 'ignore_eos': true}|never has room for more than 2",
      },
      quoteCharacter = '`')
  void areSoManyThatTryingAgainWouldNotHelp(String json, String why)
      throws IOException, InterruptedException {
    HttpResponse<String> answer = ask(json);
    assertEquals(400, answer.statusCode(), answer.body());
    assertTrue(answer.body().contains(why), answer.body());
  }

  @Test
  void areNotThoseThatJustFit() throws IOException, InterruptedException {
    assertEquals(200, ask("{'prompt': 'a', 'max_tokens': 1, 'n': 2}").statusCode());
  }

  @Test
  void haveNoTwoNamesForAToken() throws IOException, InterruptedException {
    HttpResponse<String> answer = ask("{'prompt': 'a', 'logit_bias': {'01': 1, '1': 2}}");
    assertEquals(400, answer.statusCode(), answer.body());
    assertTrue(answer.body().contains("logit_bias"), answer.body());
  }

  private static HttpResponse<String> ask(String json) throws IOException, InterruptedException {
    try (TestServer server = TestServer.start(TWO, ServerOptions.defaults());
        HttpClient client = HttpClient.newHttpClient()) {
      return client.send(
          HttpRequest.newBuilder(URI.create(server.url() + "/v1/completions"))
              .header("Content-Type", "application/json")
              .POST(HttpRequest.BodyPublishers.ofString(json.replace('\'', '"')))
              .build(),
          HttpResponse.BodyHandlers.ofString());
    }
  }
}
