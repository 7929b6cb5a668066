package dev.tern.server.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tern.server.api.Call;
import dev.tern.server.api.EventStream;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What clients see of a server that is being stopped.
@SuppressWarnings("try")
@Timeout(60)
class DrainTest {
  private static final Duration LONG = Duration.ofSeconds(50);

  private final CountDownLatch begun = new CountDownLatch(1);
  private final CountDownLatch go = new CountDownLatch(1);

  private void answerLate(Call call) throws InterruptedException {
    begun.countDown();
    await(go);
    call.reply(call.body());
  }

  private static void await(CountDownLatch latch) throws InterruptedException {
    assertTrue(latch.await(40, TimeUnit.SECONDS));
  }

  /// {@return whether all calls ended by themselves; the drain has begun}
  private static CompletableFuture<Boolean> drain(Served served, Duration quiet)
      throws InterruptedException {
    CompletableFuture<Boolean> drained =
        CompletableFuture.supplyAsync(() -> {
          try {
            return served.server().drain(LONG, quiet);
          } catch (InterruptedException never) {
            throw new IllegalStateException(never);
          }
        });
    while (served.isReady()) {
      Thread.sleep(1);
    }
    return drained;
  }

  private static void assertLast(int status, RawClient client) throws IOException {
    RawClient.Answer answer = client.answer();
    assertEquals(status, answer.status(), answer.toString());
    assertEquals("close", answer.headers().get("connection"));
    assertEquals(status == 503 ? "5" : null, answer.headers().get("retry-after"));
    assertEquals("", client.rest(), "the connection is closed");
  }

  @ParameterizedTest
  @ValueSource(strings = {"/open", "/asset.js", "/nothing"})
  void keepsConnectionsBeforeIt(String path) throws IOException {
    try (Served served = Served.with(HttpOptions.defaults());
        RawClient client = served.client().get(path)) {
      assertEquals("keep-alive", client.answer().headers().get("connection"));
      assertEquals(200, client.get("/ok").answer().status());
    }
  }

  @Test
  void eachAnswerIsTheLastOfItsConnection() throws Exception {
    try (Served served = Served.with(this::answerLate);
        RawClient slow = served.client().post("/test", "{}");
        RawClient kept = served.client().get("/ok");
        RawClient alive = served.client();
        RawClient page = served.client();
        RawClient nothing = served.client()) {
      assertEquals(200, kept.answer().status());
      await(begun);
      CompletableFuture<Boolean> drained = drain(served, Duration.ZERO);
      assertLast(503, kept.get("/ok"));
      assertLast(200, alive.get("/open"));
      assertLast(200, page.get("/asset.js"));
      assertLast(404, nothing.get("/nothing"));
      go.countDown();
      assertLast(200, slow);
      assertTrue(drained.get());
    }
  }

  @Test
  void waitsForARequestByEachKeptConnection() throws Exception {
    try (Served served = Served.with(HttpOptions.defaults());
        RawClient kept = served.client().get("/ok");
        RawClient gone = served.client().get("/ok")) {
      assertEquals(200, kept.answer().status());
      assertEquals(200, gone.answer().status());
      CompletableFuture<Boolean> drained = drain(served, LONG);
      assertLast(503, kept.get("/ok"));
      assertFalse(drained.isDone());
      gone.close();
      assertTrue(drained.get());
    }
  }

  @Test
  void endsAStreamAndAnswersWhatFollowsIt() throws Exception {
    try (Served served =
            Served.with(call -> {
              call.body();
              EventStream stream = call.stream();
              stream.comment("begun");
              begun.countDown();
              await(go);
              stream.done();
            });
        RawClient client = served.client().post("/test", "{}")) {
      await(begun);
      CompletableFuture<Boolean> drained = drain(served, LONG);
      go.countDown();
      RawClient.Answer head = client.answer();
      assertEquals(200, head.status());
      assertEquals("keep-alive", head.headers().get("connection"));
      client.get("/ok");
      String rest = client.rest();
      assertTrue(rest.contains("data: [DONE]"), rest);
      assertTrue(rest.contains("HTTP/1.1 503 "), rest);
      assertTrue(rest.contains("Connection: close"), rest);
      assertTrue(drained.get());
    }
  }

  @Test
  void saysSoInAStreamThatBeginsLate() throws Exception {
    try (Served served =
            Served.with(call -> {
              call.body();
              begun.countDown();
              await(go);
              call.stream().done();
            });
        RawClient client = served.client().post("/test", "{}")) {
      await(begun);
      CompletableFuture<Boolean> drained = drain(served, Duration.ZERO);
      go.countDown();
      assertEquals("close", client.answer().headers().get("connection"));
      assertTrue(client.rest().contains("data: [DONE]"));
      assertTrue(drained.get());
    }
  }

  @Test
  void isToldToCallsThatRunWhenTheServerIsClosed() throws Exception {
    CountDownLatch told = new CountDownLatch(1);
    try (Served served =
            Served.with(call -> {
              call.body();
              call.onGone(told::countDown);
              begun.countDown();
              await(told);
            });
        RawClient client = served.client().post("/test", "{}")) {
      await(begun);
      served.server().close();
      assertLast(503, client);
    }
  }

  @Test
  void takesNoTimeWhereThereIsNoConnection() throws Exception {
    try (Served served = Served.with(HttpOptions.defaults())) {
      assertTrue(served.server().drain(LONG, LONG));
    }
  }
}
