package dev.tern.server.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tern.server.api.ClientGoneException;
import dev.tern.server.api.EventStream;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.StringNode;

// A client that leaves, or only waits, is the point.
@SuppressWarnings("try")
class SlowClientsTest {
  private static final Duration LONG = Duration.ofSeconds(60);
  private static final Duration SHORT = Duration.ofMillis(300);

  private static HttpOptions impatient() {
    return HttpOptions.defaults().withTimeouts(Served.timeouts(LONG, SHORT, LONG));
  }

  @Test
  void thatSendNothingAreDisconnected() throws IOException {
    try (Served served = Served.with(impatient());
        RawClient client = served.client()) {
      assertTrue(client.rest().contains("408"));
    }
  }

  @Test
  void thatDoNotEndTheHeadAreRefused() throws IOException {
    try (Served served = Served.with(impatient());
        RawClient client = served.client().send("GET /ok HTTP/1.1\r\nHost: local")) {
      RawClient.Answer answer = client.answer();
      assertEquals(408, answer.status());
      assertTrue(answer.body().startsWith("{\"error\":{"), answer.body());
      assertEquals("", client.rest());
    }
  }

  @Test
  void thatSendByteByByteDoNotGetMoreTime() throws IOException {
    try (Served served = Served.with(impatient());
        RawClient client = served.client().send("GET /ok HTTP/1.1\r\nHost: localhost\r\n")) {
      client.socket().setSoTimeout(20);
      int first = -1;
      while (first < 0) {
        try {
          first = client.send("A: b\r\n").socket().getInputStream().read();
        } catch (java.net.SocketTimeoutException notYet) {
          // Another header keeps the server waiting.
        }
      }
      assertEquals('H', first, "it is answered although it never came to an end");
    }
  }

  @Test
  void thatDoNotEndTheBodyAreRefused() throws IOException {
    try (Served served = Served.with(impatient());
        RawClient client = served.client()) {
      client.send(
          "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{\"a\":");
      RawClient.Answer answer = client.answer();
      assertEquals(408, answer.status(), answer.body());
      assertTrue(answer.body().contains("request_timeout"), answer.body());
    }
  }

  @Test
  void thatDoNotReadBlockNobodyAndAreGoneAfterAWhile() throws Exception {
    CountDownLatch gone = new CountDownLatch(1);
    CountDownLatch thrown = new CountDownLatch(1);
    HttpOptions options = HttpOptions.defaults().withTimeouts(Served.timeouts(LONG, LONG, SHORT));
    Route flood =
        Served.post(call -> {
          call.body();
          call.onGone(gone::countDown);
          EventStream stream = call.stream();
          try {
            while (true) {
              stream.data(StringNode.valueOf("x".repeat(100_000)));
            }
          } catch (ClientGoneException noticed) {
            thrown.countDown();
            throw noticed;
          }
        });
    try (Served served = Served.with(options, flood);
        RawClient lazy = served.client().post("/test", "{}");
        RawClient other = served.client().get("/ok")) {
      assertEquals(200, other.answer().status());
      assertTrue(thrown.await(20, TimeUnit.SECONDS), "the write fails");
      assertTrue(gone.await(20, TimeUnit.SECONDS), "the call is told");
    }
  }

  @Test
  void areToldWhenTheRequestTookTooLong() throws Exception {
    CountDownLatch gone = new CountDownLatch(1);
    HttpOptions options = HttpOptions.defaults().withTimeouts(Served.timeouts(SHORT, LONG, LONG));
    Route slow =
        Served.post(call -> {
          call.body();
          call.onGone(gone::countDown);
          gone.await();
          call.reply(JsonNodeFactory.instance.objectNode());
        });
    try (Served served = Served.with(options, slow);
        RawClient client = served.client().post("/test", "{}")) {
      RawClient.Answer answer = client.answer();
      assertEquals(504, answer.status());
      assertTrue(answer.body().contains("\"code\":\"timeout\""), answer.body());
      assertEquals(200, client.get("/ok").answer().status(), "the connection goes on");
    }
  }

  @Test
  void areToldInsideAStreamWhenTheRequestTookTooLong() throws Exception {
    CountDownLatch gone = new CountDownLatch(1);
    HttpOptions options = HttpOptions.defaults().withTimeouts(Served.timeouts(SHORT, LONG, LONG));
    Route slow =
        Served.post(call -> {
          call.body();
          call.onGone(gone::countDown);
          EventStream stream = call.stream();
          stream.data(JsonNodeFactory.instance.objectNode().put("first", true));
          gone.await();
          stream.data(JsonNodeFactory.instance.objectNode().put("late", true));
        });
    try (Served served = Served.with(options, slow);
        RawClient client = served.client().post("/test", "{}")) {
      // The stream ends although the connection stays, so this reads its last chunk.
      StringBuilder stream = new StringBuilder();
      byte[] bytes = new byte[1000];
      while (!stream.toString().contains("\r\n0\r\n\r\n")) {
        int read = client.socket().getInputStream().read(bytes);
        stream.append(new String(bytes, 0, read, java.nio.charset.StandardCharsets.UTF_8));
      }
      String all = stream.toString();
      assertTrue(all.contains("data: {\"first\":true}"), all);
      assertTrue(all.contains("data: {\"error\":{"), all);
      assertTrue(all.contains("\"code\":\"timeout\""), all);
      assertTrue(all.contains("data: [DONE]"), all);
      assertTrue(!all.contains("late"), all);
    }
  }
}
