package dev.tern.server.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AccessTest {
  private static final String PAGE = "https://chat.example.com";

  private static Served withKeys(String... keys) throws IOException {
    return Served.with(
        HttpOptions.defaults().withAccess(Access.defaults().withApiKeys(Set.of(keys))));
  }

  @Test
  void isRefusedWithoutAKey() throws IOException {
    try (Served served = withKeys("secret");
        RawClient client = served.client().get("/ok")) {
      RawClient.Answer answer = client.answer();
      assertEquals(401, answer.status());
      assertEquals("Bearer", answer.headers().get("www-authenticate"));
      assertTrue(answer.body().contains("\"code\":\"invalid_api_key\""), answer.body());
      assertFalse(answer.body().contains("secret"));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Bearer",
        "Bearer ",
        "Bearer secre",
        "Bearer secrets",
        "Basic secret",
        "secret",
        ""
      })
  void isRefusedWithAnythingElse(String header) throws IOException {
    try (Served served = withKeys("secret", "other");
        RawClient client = served.client().get("/ok", "Authorization: " + header)) {
      assertEquals(401, client.answer().status());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"Bearer secret", "bearer other", "Bearer  secret "})
  void isGivenWithAnyOfTheKeys(String header) throws IOException {
    try (Served served = withKeys("secret", "other");
        RawClient client = served.client().get("/ok", "Authorization: " + header)) {
      assertEquals(200, client.answer().status());
    }
  }

  @Test
  void needsNoKeyWhereTheRouteIsOpen() throws IOException {
    try (Served served = withKeys("secret");
        RawClient client = served.client().get("/open")) {
      assertEquals(200, client.answer().status());
    }
  }

  @Test
  void isRefusedBeforeTheBodyIsRead() throws IOException {
    try (Served served = withKeys("secret");
        RawClient client = served.client().post("/echo", "x".repeat(5_000_000))) {
      assertEquals(401, client.answer().status());
      assertEquals("", client.rest());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"0.0.0.0", "::"})
  void ofOtherMachinesNeedsAKeyOrAWish(String host) throws IOException {
    HttpOptions options = HttpOptions.defaults().withHost(host);
    IllegalArgumentException refusal =
        assertThrows(IllegalArgumentException.class, () -> HttpServer.requireSafe(options));
    assertTrue(refusal.getMessage().contains("--api-key"), refusal.getMessage());
    HttpServer.requireSafe(options.withAccess(Access.defaults().withApiKeys(Set.of("secret"))));
    HttpServer.requireSafe(options.withAccess(Access.defaults().withInsecure(true)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.1", "127.8.8.8", "::1", "localhost"})
  void ofThisMachineNeedsNone(String host) throws IOException {
    HttpServer.requireSafe(HttpOptions.defaults().withHost(host));
  }

  private static int askAs(Served served, String host) throws IOException {
    try (RawClient client = served.client()) {
      return client.send("GET /ok HTTP/1.1\r\nHost: " + host + "\r\n\r\n").answer().status();
    }
  }

  @Test
  void byAForeignNameIsRefused() throws IOException {
    try (Served served = Served.with(HttpOptions.defaults())) {
      for (String own : new String[] {"localhost", "LOCALHOST:80", "127.0.0.1:8080", "[::1]:1"}) {
        assertEquals(200, askAs(served, own), own);
      }
      for (String foreign :
          new String[] {
            "evil.example", "localhost.evil.example", "127.0.0.1.evil.example:80", "10.0.0.1"
          }) {
        assertEquals(403, askAs(served, foreign), foreign);
      }
    }
  }

  @Test
  void byAnAllowedNameIsGiven() throws IOException {
    Access access = Access.defaults().withAllowedHosts(Set.of("Tern.Example"));
    try (Served served = Served.with(HttpOptions.defaults().withAccess(access))) {
      assertEquals(200, askAs(served, "tern.example:8080"));
      assertEquals(403, askAs(served, "other.example"));
    }
  }

  @Test
  void byTheNameThatItListensAtIsGiven() throws IOException {
    Access access = Access.defaults().withAllowedHosts(Set.of("tern.example")).withInsecure(true);
    HttpOptions options = HttpOptions.defaults().withHost("0.0.0.0").withAccess(access);
    try (Served served = Served.with(options)) {
      assertEquals(200, askAs(served, "0.0.0.0:80"));
      assertEquals(200, askAs(served, "tern.example"));
      assertEquals(403, askAs(served, "10.0.0.1"));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"::1", "[::1]", "[0:0:0:0:0:0:0:1]"})
  void ofIpv6IsTheSameHoweverItIsSpelt(String host) {
    assertEquals("[0:0:0:0:0:0:0:1]", HostNames.canonical(host).orElseThrow());
    assertEquals(
        HostNames.bare(host), HttpOptions.defaults().withHost(host).host(), "without brackets");
  }

  @ParameterizedTest
  @ValueSource(strings = {"tern.example:80", "http://tern.example", "", " ", "[tern]", "a b", "*"})
  void takesOnlyNamesWithoutPorts(String name) {
    assertThrows(
        IllegalArgumentException.class, () -> Access.defaults().withAllowedHosts(Set.of(name)));
  }

  @Test
  void ofANameThatNobodyHasIsRefused() {
    HttpOptions options =
        HttpOptions.defaults()
            .withHost("no-such-machine.invalid")
            .withAccess(Access.defaults().withInsecure(true));
    IllegalArgumentException refusal =
        assertThrows(IllegalArgumentException.class, () -> HttpServer.requireSafe(options));
    assertTrue(refusal.getMessage().startsWith("--host: "), refusal.getMessage());
  }

  @Test
  void fromPagesIsOffUnlessTheyAreNamed() throws IOException {
    try (Served served = Served.with(HttpOptions.defaults());
        RawClient client = served.client().get("/ok", "Origin: " + PAGE)) {
      assertNull(client.answer().headers().get("access-control-allow-origin"));
    }
  }

  @Test
  void fromNamedPagesIsTold() throws IOException {
    Access access = Access.defaults().withCorsOrigins(Set.of(PAGE)).withApiKeys(Set.of("secret"));
    try (Served served = Served.with(HttpOptions.defaults().withAccess(access));
        RawClient client = served.client()) {
      RawClient.Answer answer = client.get("/ok", "Origin: " + PAGE).answer();
      assertEquals(401, answer.status(), "a page needs a key like all");
      assertEquals(PAGE, answer.headers().get("access-control-allow-origin"));
      assertEquals("Origin", answer.headers().get("vary"));
      RawClient.Answer other = client.get("/ok", "Origin: " + PAGE + ".evil").answer();
      assertNull(other.headers().get("access-control-allow-origin"));
      assertEquals("Origin", other.headers().get("vary"));
    }
  }

  @Test
  void isPromisedToNamedPagesBeforeTheyAsk() throws IOException {
    Access access = Access.defaults().withCorsOrigins(Set.of(PAGE)).withApiKeys(Set.of("secret"));
    String question =
        "OPTIONS /ok HTTP/1.1\r\nHost: localhost\r\nOrigin: %s\r\nAccess-Control-Request-Method: POST\r\nAccess-Control-Request-Headers: authorization,x-stainless-os\r\n\r\n";
    try (Served served = Served.with(HttpOptions.defaults().withAccess(access));
        RawClient client = served.client()) {
      RawClient.Answer answer = client.send(question.formatted(PAGE)).answer();
      assertEquals(204, answer.status());
      assertEquals(PAGE, answer.headers().get("access-control-allow-origin"));
      assertEquals(
          "authorization,x-stainless-os", answer.headers().get("access-control-allow-headers"));
      RawClient.Answer other = client.send(question.formatted("https://evil.example")).answer();
      assertEquals(405, other.status());
      assertNull(other.headers().get("access-control-allow-origin"));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"*", "null", "chat.example.com", "https://chat.example.com/page"})
  void takesOnlyOrigins(String text) {
    assertThrows(
        IllegalArgumentException.class, () -> Access.defaults().withCorsOrigins(Set.of(text)));
  }
}
