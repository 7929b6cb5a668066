package dev.tern.server.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tern.server.api.ApiException;
import dev.tern.server.api.CallReport;
import dev.tern.server.api.Document;
import dev.tern.server.api.EventStream;
import java.io.IOException;
import java.net.BindException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CallsTest {
  @Test
  void toUnknownPathsAreRefused() throws Exception {
    try (Served served = Served.with(HttpOptions.defaults());
        RawClient client = served.client().get("/secret/path?a=b")) {
      RawClient.Answer answer = client.answer();
      assertEquals(404, answer.status());
      assertTrue(answer.body().startsWith("{\"error\":{"), answer.body());
      assertEquals("none", served.report().route(), "labels stay few");
    }
  }

  @Test
  void byUnknownMethodsAreRefused() throws Exception {
    try (Served served = Served.with(HttpOptions.defaults());
        RawClient client = served.client()) {
      client.send("BREW /echo HTTP/1.1\r\nHost: localhost\r\n\r\n");
      RawClient.Answer answer = client.answer();
      assertEquals(405, answer.status());
      assertEquals("POST", answer.headers().get("allow"));
      assertTrue(answer.body().contains("\"code\":\"method_not_allowed\""), answer.body());
      assertEquals("OTHER", served.report().method());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"FOO", "GET", "POST", "HEAD", "PUT", "OPTIONS", "TRACE", "PROPFIND"})
  void toUnknownPathsAreRefusedByAnyMethod(String method) throws Exception {
    try (Served served = Served.with(HttpOptions.defaults());
        RawClient client = served.client()) {
      client.send(method + " /nothing HTTP/1.1\r\nHost: localhost\r\n\r\n");
      RawClient.Answer answer = method.equals("HEAD") ? client.head() : client.answer();
      assertEquals(404, answer.status());
      assertTrue(
          method.equals("HEAD") || answer.body().contains("\"code\":\"unknown_url\""),
          answer.body());
      assertEquals("{\"ok\":true}", client.get("/ok").answer().body(), "the connection goes on");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"/ok", "/open", "/page", "/asset.js", "/echo"})
  void byHeadAreAnsweredWithoutABody(String path) throws Exception {
    Document page = Document.of("text/plain; charset=utf-8", "page");
    try (Served served = Served.with(HttpOptions.defaults(), Route.openPage("/page", () -> page));
        RawClient client = served.client().get(path)) {
      RawClient.Answer whole = client.answer();
      client.send("HEAD " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
      RawClient.Answer head = client.head();
      assertEquals(whole.status(), head.status());
      for (String name : List.of("content-length", "content-type")) {
        assertEquals(whole.headers().get(name), head.headers().get(name));
      }
      assertEquals(whole.headers().get("allow"), head.headers().get("allow"));
      assertEquals("{\"ok\":true}", client.get("/ok").answer().body(), "no body came between");
    }
  }

  @Test
  void areToldWhichMethodsThereAre() throws Exception {
    try (Served served = Served.with(HttpOptions.defaults());
        RawClient client = served.client().post("/ok", "{}")) {
      RawClient.Answer answer = client.answer();
      assertEquals(405, answer.status());
      assertEquals("GET, HEAD", answer.headers().get("allow"));
    }
  }

  @Test
  void haveTheIdThatTheClientGave() throws IOException {
    try (Served served = Served.with(HttpOptions.defaults());
        RawClient client = served.client()) {
      String id = "a".repeat(120) + "._-Z9";
      assertEquals(
          id, client.get("/ok", "X-Request-Id: " + id).answer().headers().get("x-request-id"));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a b", "a\"b", "../a", "\u00e4"})
  void haveAnIdOfTheirOwnWhereThatIsNotSane(String id) throws IOException {
    try (Served served = Served.with(HttpOptions.defaults());
        RawClient client = served.client().get("/ok", "X-Request-Id: " + id)) {
      assertTrue(client.answer().headers().get("x-request-id").startsWith("req_"));
    }
  }

  @Test
  void thatFailTellNothingOfTheMachine() throws Exception {
    try (Served served =
            Served.with(call -> {
              throw new IllegalStateException("/home/tern/secret.txt");
            });
        RawClient client = served.client().post("/test", "{}")) {
      RawClient.Answer answer = client.answer();
      assertEquals(500, answer.status());
      assertTrue(
          answer
              .body()
              .contains(
                  "internal server error (request " + answer.headers().get("x-request-id") + ")"),
          answer.body());
      assertFalse(answer.body().contains("secret"));
      assertFalse(answer.body().contains("xception"));
      assertEquals(500, served.report().status());
    }
  }

  @Test
  void thatFailInAStreamEndItWithAnError() throws Exception {
    try (Served served =
            Served.with(call -> {
              call.stream().comment("begun");
              throw new IllegalStateException("secret");
            });
        RawClient client =
            served
                .client()
                .send("POST /test HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")) {
      String all = client.rest();
      assertTrue(all.contains(": begun\n\n"), all);
      assertTrue(all.contains("data: {\"error\":{\"message\":\"internal server error"), all);
      assertFalse(all.contains("secret"), all);
    }
  }

  @Test
  void areStreamedToTheirEndWhereTheConnectionIsClosedBehindThem() throws Exception {
    try (Served served =
            Served.with(call -> {
              EventStream stream = call.stream();
              stream.comment("one");
              stream.done();
            });
        RawClient client =
            served
                .client()
                .send("POST /test HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")) {
      String all = client.rest();
      assertTrue(all.contains("\r\nTransfer-Encoding: chunked\r\n"), all);
      assertTrue(all.endsWith("\r\n0\r\n\r\n"), all);
    }
  }

  @Test
  void areRefusedWithWhenToTryAgain() throws Exception {
    try (Served served =
            Served.with(call -> {
              throw ApiException.busy("full", Duration.ofSeconds(3));
            });
        RawClient client = served.client().post("/test", "{}")) {
      RawClient.Answer answer = client.answer();
      assertEquals(429, answer.status());
      assertEquals("3", answer.headers().get("retry-after"));
    }
  }

  @Test
  void areReported() throws Exception {
    try (Served served =
            Served.with(call -> {
              call.used(7, 5);
              call.reply(call.body());
            });
        RawClient client = served.client().post("/test", "{\"a\":1}")) {
      RawClient.Answer answer = client.answer();
      CallReport report = served.report();
      assertEquals("POST", report.method());
      assertEquals("/test", report.route());
      assertEquals(200, report.status());
      assertEquals(answer.headers().get("x-request-id"), report.id());
      assertEquals("127.0.0.1", report.client());
      assertEquals(Optional.of(new CallReport.Usage(7, 5)), report.usage());
      assertTrue(report.bytes() >= answer.body().length());
    }
  }

  @Test
  void toPagesAreAnsweredAsTheyAre() throws IOException {
    Document page =
        new Document("text/html; charset=utf-8", new byte[] {'<', '>'}, Map.of("ETag", "1"));
    try (Served served = Served.with(HttpOptions.defaults(), Route.openPage("/", () -> page));
        RawClient client = served.client().get("/")) {
      RawClient.Answer answer = client.answer();
      assertEquals("text/html; charset=utf-8", answer.headers().get("content-type"));
      assertEquals("1", answer.headers().get("etag"));
      assertEquals("<>", answer.body());
    }
  }

  @Test
  void endByThemselvesWhenTheServerStops() throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    try (Served served =
            Served.with(call -> {
              begun.countDown();
              Assertions.assertTrue(go.await(20, TimeUnit.SECONDS));
              call.reply(call.body());
            });
        RawClient client = served.client().post("/test", "{}");
        RawClient late = served.client().get("/open");
        RawClient health = served.client()) {
      assertEquals(200, late.answer().status());
      assertTrue(begun.await(20, TimeUnit.SECONDS));
      assertFalse(served.server().drain(Duration.ofNanos(1)) && go.getCount() == 0);
      assertEquals(503, late.get("/ok").answer().status(), "no more are taken");
      assertEquals(200, health.get("/open").answer().status(), "health is still told");
      go.countDown();
      assertEquals(503, client.answer().status(), "it was told, as it took longer than it might");
    }
  }

  @Test
  void areWaitedForWhenTheServerStops() throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    try (Served served =
            Served.with(call -> {
              begun.countDown();
              Assertions.assertTrue(go.await(20, TimeUnit.SECONDS));
              call.reply(call.body());
            });
        RawClient client = served.client().post("/test", "{}")) {
      assertTrue(begun.await(20, TimeUnit.SECONDS));
      CompletableFuture<Boolean> drained =
          CompletableFuture.supplyAsync(() -> {
            try {
              return served.server().drain(Duration.ofSeconds(20));
            } catch (InterruptedException never) {
              throw new IllegalStateException(never);
            }
          });
      go.countDown();
      assertEquals(200, client.answer().status());
      assertTrue(drained.get(20, TimeUnit.SECONDS));
    }
  }

  @Test
  void cannotBeTakenWhereAnotherServerIs() throws IOException {
    try (Served served = Served.with(HttpOptions.defaults())) {
      BindException taken =
          Assertions.assertThrows(
              BindException.class,
              () ->
                  HttpServer.start(
                      HttpOptions.defaults().withPort(served.port()),
                      List.of(),
                      List.of(),
                      List.of(),
                      new HttpServer.Readiness()));
      assertTrue(taken.getMessage().contains("port " + served.port()), taken.getMessage());
    }
  }
}
