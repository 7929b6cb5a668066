package dev.tern.server.openai;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tern.BatchOptions;
import dev.tern.BatchRequest;
import dev.tern.GenerationOptions;
import dev.tern.GenerationResult;
import dev.tern.StopReason;
import dev.tern.server.ServerOptions;
import dev.tern.server.TestServer;
import dev.tern.server.api.ApiException;
import dev.tern.server.api.Call;
import dev.tern.server.api.ClientGoneException;
import dev.tern.server.api.EventStream;
import dev.tern.server.engine.ServedModel;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// Calls that do not come over HTTP, so that their clients can behave as they like.
@Timeout(120)
class GenerationsTest {
  private final List<GenerationResult> ended = new CopyOnWriteArrayList<>();
  private TestServer server;

  @BeforeEach
  void start() throws IOException {
    server =
        TestServer.start(
            BatchOptions.defaults().withMaxRunning(2).withQueueCapacity(0),
            ServerOptions.defaults());
  }

  @AfterEach
  void stop() throws IOException {
    server.close();
  }

  private ChatCompletionsEndpoint endpoint(Duration quiet) {
    return new ChatCompletionsEndpoint(generations(quiet), 3);
  }

  private Generations generations(Duration quiet) {
    return new Generations(
        new ServedModel(
            "tiny",
            Instant.EPOCH,
            server.model(),
            server.engine(),
            (result, _) -> ended.add(result)),
        quiet);
  }

  /// A client in the test's own process.
  private static class LocalCall implements Call, EventStream {
    private final String json;
    final List<String> comments = new ArrayList<>();
    final List<JsonNode> data = new ArrayList<>();
    int promptTokens;
    int generatedTokens;

    LocalCall(String further) {
      this.json =
          "{'messages': [{'role': 'user', 'content': 'Hi'}], 'ignore_eos': true%s}"
              .formatted(further)
              .replace('\'', '"');
    }

    @Override
    public String id() {
      return "call";
    }

    @Override
    public ObjectNode body() {
      return (ObjectNode) new JsonMapper().readTree(json);
    }

    @Override
    public void reply(JsonNode answer) {
      data.add(answer);
    }

    @Override
    public EventStream stream() {
      return this;
    }

    @Override
    public void onGone(Runnable action) {
      // Never goes.
    }

    @Override
    public void used(int prompt, int generated) {
      promptTokens = prompt;
      generatedTokens = generated;
    }

    @Override
    public void data(JsonNode event) {
      data.add(event);
    }

    @Override
    public void event(String name, JsonNode event) {
      data.add(event);
    }

    @Override
    public void comment(String text) {
      comments.add(text);
    }

    @Override
    public void done() {}
  }

  private void awaitEnd(int texts) throws InterruptedException {
    while (ended.size() < texts || server.engine().statistics().running() > 0) {
      Thread.sleep(5);
    }
  }

  @Test
  void streamThatCannotBeWrittenCancelsAllTexts() throws InterruptedException {
    LocalCall call =
        new LocalCall(", 'n': 2, 'stream': true") {
          @Override
          public void data(JsonNode event) {
            super.data(event);
            if (data.size() == 5) {
              throw new ClientGoneException("gone");
            }
          }
        };
    assertThrows(ClientGoneException.class, () -> endpoint(Duration.ofSeconds(10)).answer(call));
    awaitEnd(2);
    assertTrue(
        ended.stream().allMatch(result -> result.stopReason() == StopReason.CANCELLED),
        ended.toString());
  }

  @Test
  void clientThatGoesWhileItWaitsCancelsItsText() throws InterruptedException {
    LocalCall call =
        new LocalCall("") {
          @Override
          public void onGone(Runnable action) {
            Thread.ofVirtual().start(action);
          }
        };
    assertThrows(ClientGoneException.class, () -> endpoint(Duration.ofSeconds(10)).answer(call));
    awaitEnd(1);
    assertEquals(StopReason.CANCELLED, ended.getFirst().stopReason());
  }

  @Test
  void requestThatFindsNoRoomIsRefusedAsAWhole() throws InterruptedException {
    CountDownLatch read = new CountDownLatch(1);
    BatchRequest other =
        server
            .engine()
            .submit(
                "other",
                GenerationOptions.builder().ignoreEos(true).maxTokens(2).build(),
                _ -> awaitQuietly(read));
    try {
      LocalCall call = new LocalCall(", 'n': 2, 'max_tokens': 400");
      ApiException refusal =
          assertThrows(ApiException.class, () -> endpoint(Duration.ofSeconds(10)).answer(call));
      assertEquals(429, refusal.status());
      assertTrue(refusal.retryAfter().isPresent());
      awaitEnd(1);
      assertEquals(StopReason.CANCELLED, ended.getFirst().stopReason());
    } finally {
      read.countDown();
    }
    assertEquals(StopReason.MAX_TOKENS, other.await().stopReason());
  }

  /// Who has not read everything keeps a place.
  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException ending) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void moreTextsThanThereIsEverRoomForAreRefusedForGood() throws InterruptedException {
    LocalCall call = new LocalCall(", 'n': 3, 'max_tokens': 400");
    ApiException refusal =
        assertThrows(ApiException.class, () -> endpoint(Duration.ofSeconds(10)).answer(call));
    assertEquals(400, refusal.status());
    assertEquals("n", refusal.body().at("/error/param").stringValue());
    awaitEnd(2);
    assertTrue(
        ended.stream().allMatch(result -> result.stopReason() == StopReason.CANCELLED),
        ended.toString());
  }

  @Test
  void commentsShowThatTheServerIsAlive() throws InterruptedException {
    LocalCall call = new LocalCall(", 'stream': true, 'max_tokens': 40");
    endpoint(Duration.ofNanos(1)).answer(call);
    assertTrue(call.comments.contains("waiting"));
  }

  @Test
  void conversationsMayNotBeTooLong() {
    LocalCall call =
        new LocalCall("") {
          @Override
          public ObjectNode body() {
            ObjectNode body = super.body();
            ArrayNode messages = (ArrayNode) body.get("messages");
            messages.add(messages.get(0)).add(messages.get(0)).add(messages.get(0));
            return body;
          }
        };
    ApiException refusal =
        assertThrows(ApiException.class, () -> endpoint(Duration.ZERO).answer(call));
    assertEquals("messages", refusal.body().at("/error/param").stringValue());
  }

  @Test
  void engineThatIsClosedIsShuttingDown() {
    server.engine().close();
    ApiException refusal =
        assertThrows(
            ApiException.class, () -> endpoint(Duration.ofSeconds(10)).answer(new LocalCall("")));
    assertEquals(503, refusal.status());
  }

  @Test
  void streamOfAResponseSaysThatItHasFailed() throws InterruptedException {
    LocalCall call =
        new LocalCall("") {
          @Override
          public ObjectNode body() {
            return new JsonMapper()
                .createObjectNode()
                .put("input", "Hi")
                .put("stream", true)
                .put("ignore_eos", true);
          }

          @Override
          public void event(String name, JsonNode event) {
            super.event(name, event);
            if (name.equals("response.created")) {
              server.engine().close();
            }
          }
        };
    new ResponsesEndpoint(generations(Duration.ZERO), 3).answer(call);
    JsonNode last = call.data.getLast();
    assertEquals("response.failed", last.get("type").stringValue());
    assertEquals("server_error", last.at("/response/error/code").stringValue());
  }

  @Test
  void streamOfAChatThatFailsIsRefused() {
    LocalCall call =
        new LocalCall(", 'stream': true") {
          @Override
          public void data(JsonNode event) {
            super.data(event);
            server.engine().close();
          }
        };
    ApiException refusal =
        assertThrows(ApiException.class, () -> endpoint(Duration.ZERO).answer(call));
    assertEquals(503, refusal.status());
  }

  @Test
  void answerThatDoesNotStreamIsOneReply() throws InterruptedException {
    LocalCall call = new LocalCall(", 'max_tokens': 4");
    endpoint(Duration.ofSeconds(10)).answer(call);
    assertEquals(1, call.data.size());
    assertEquals(4, call.data.getFirst().at("/usage/completion_tokens").intValue());
    assertEquals(call.data.getFirst().at("/usage/prompt_tokens").intValue(), call.promptTokens);
    assertEquals(4, call.generatedTokens);
  }
}
