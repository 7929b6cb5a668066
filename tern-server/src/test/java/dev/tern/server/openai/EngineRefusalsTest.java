package dev.tern.server.openai;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tern.KvMemoryException;
import dev.tern.server.Client;
import dev.tern.server.TestServer;
import dev.tern.server.api.ApiException;
import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(60)
class EngineRefusalsTest {
  private static final Generations.Origins ORIGINS = new Generations.Origins("prompt", "grammar");

  @Test
  void ofWhatNobodyExpectsAreForTheLog() {
    for (RuntimeException unexpected :
        new RuntimeException[] {
          new IllegalStateException("the text is not running"),
          new IllegalArgumentException("the grammar does not allow the token 7 here"),
          new IndexOutOfBoundsException(7),
        }) {
      assertSame(unexpected, EngineRefusals.translate(unexpected, ORIGINS));
    }
    IOException checked = new IOException("never");
    assertSame(checked, EngineRefusals.translate(checked, ORIGINS).getCause());
  }

  @Test
  void forWantOfMemoryAreForLater() {
    KvMemoryException shortage = new KvMemoryException(4096, new OutOfMemoryError("mmap failed"));
    RuntimeException refusal = EngineRefusals.translate(shortage, ORIGINS);
    ApiException answer = assertInstanceOf(ApiException.class, refusal);
    assertSame(shortage, answer.getCause());
    assertEquals(503, answer.status());
    assertEquals("out_of_memory", answer.body().at("/error/code").asString());
    assertTrue(!answer.body().toString().contains("mmap"), answer.body().toString());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "/v1/completions | {'prompt': 'a'}",
        "/v1/completions | {'prompt': 'a', 'stream': true}",
        "/v1/chat/completions | {'messages': [{'role': 'user', 'content': 'a'}]}",
        "/v1/responses | {'input': 'a'}",
      })
  void ofAnEngineThatTakesNoMoreSendElsewhere(String path, String json) throws Exception {
    try (TestServer server = TestServer.start();
        Client client = new Client(server)) {
      assertTrue(server.engine().drain(Duration.ofSeconds(20)));
      assertStopping(client.post(path, json));
      server.engine().close();
      assertStopping(client.post(path, json));
    }
  }

  private static void assertStopping(Client.Reply reply) {
    assertEquals(503, reply.status(), reply.body().toString());
    assertEquals("shutting_down", reply.body().at("/error/code").asString());
  }

  @Test
  void areNotAskedForWithEmptyPrompts() throws Exception {
    try (TestServer server = TestServer.startWithTemplate("{% if false %}x{% endif %}", false);
        Client client = new Client(server)) {
      Client.Reply reply =
          client.post("/v1/chat/completions", "{'messages': [{'role': 'user', 'content': 'a'}]}");
      assertEquals(400, reply.status(), reply.body().toString());
      assertEquals("messages", reply.body().at("/error/param").asString());
    }
  }
}
