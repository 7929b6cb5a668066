package dev.tern.server.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MalformedRequestsTest {
  private static Served served;

  @BeforeAll
  static void start() throws IOException {
    served = Served.with(HttpOptions.defaults());
  }

  @AfterAll
  static void stop() {
    served.close();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "hello\r\n\r\n",
        "\u0016\u0003\u0001\u0002\u0000\r\n\r\n",
        "GET /ok\r\n\r\n",
        "GET /ok HTTP/2.0\r\nHost: localhost\r\n\r\n",
        "GET /ok HTTP/1.1\r\n\r\n",
        "GET /ok HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n",
        "GET /ok HTTP/1.1\r\nHost: localhost\r\nno colon\r\n\r\n",
        "GET /ok HTTP/1.1\r\nHost: localhost\r\nBad\u0001Name: x\r\n\r\n",
        "GET /o\u0001k HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: many\r\n\r\n",
        "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: -1\r\n\r\n",
        "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
      })
  void areRefusedInTheShapeOfAllRefusals(String request) throws IOException {
    try (RawClient client = served.client().send(request)) {
      RawClient.Answer answer = client.answer();
      assertEquals(400, answer.status(), answer.body());
      assertEquals("application/json", answer.headers().get("content-type"));
      assertTrue(answer.body().startsWith("{\"error\":{\"message\":\""), answer.body());
      assertFalse(answer.body().contains("xception"), answer.body());
      assertEquals("", client.rest(), "nothing follows, and the connection is closed");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Content-Length: 2\r\nContent-Length: 3",
        "Content-Length: 2\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: gzip",
        "Transfer-Encoding: gzip, chunked",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
      })
  void whoseEndIsDoubtfulAreRefusedAndNothingIsReadAfterThem(String framing) throws IOException {
    try (RawClient client =
        served
            .client()
            .send(
                "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                    + framing
                    + "\r\n\r\n{}GET /ok HTTP/1.1\r\nHost: localhost\r\n\r\n")) {
      // Helidon knows by itself that it has no gzip.
      assertTrue(Set.of(400, 501).contains(client.answer().status()));
      assertEquals("", client.rest());
    }
  }

  @Test
  void ofAnOlderVersionAreRefused() throws IOException {
    try (RawClient client = served.client().send("GET /ok HTTP/1.0\r\nHost: localhost\r\n\r\n")) {
      RawClient.Answer answer = client.answer();
      assertEquals(505, answer.status());
      assertTrue(answer.body().contains("only HTTP/1.1"), answer.body());
    }
  }

  @Test
  void withALongFirstLineAreRefused() throws IOException {
    try (RawClient client = served.client().send("GET /" + "a".repeat(5000) + " HTTP/1.1\r\n")) {
      assertEquals(414, client.answer().status());
    }
  }

  @Test
  void withLargeHeadersAreRefused() throws IOException {
    try (RawClient client = served.client()) {
      client.send("GET /ok HTTP/1.1\r\nHost: localhost\r\nA: " + "a".repeat(20_000) + "\r\n\r\n");
      RawClient.Answer answer = client.answer();
      assertTrue(answer.status() == 400 || answer.status() == 431, answer.toString());
    }
  }

  @Test
  void doNotKeepOthersFromBeingAnswered() throws IOException {
    try (RawClient client = served.client().get("/ok")) {
      assertEquals(200, client.answer().status());
      assertEquals(200, client.get("/ok").answer().status());
    }
  }
}
