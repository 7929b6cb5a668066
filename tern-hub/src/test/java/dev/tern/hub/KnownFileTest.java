package dev.tern.hub;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Files that are no model of a hub.
class KnownFileTest extends HubTest {
  private static final byte[] CONTENT = randomBytes(3_000_000);
  private static final String PATH = "/maven2/group/engine.jar";

  private Path target;

  @BeforeEach
  void serve() {
    target = folder.resolve("engine").resolve("engine.jar");
    environment.put("HF_TOKEN", "hf_secret");
    server.hubAnswer = exchange -> HubServer.sendRange(exchange, CONTENT);
  }

  private KnownFile file(String sha256) {
    return new KnownFile(
        URI.create(server.endpoint() + PATH),
        CONTENT.length,
        sha256,
        "set MIRROR to another host",
        "set PLACE to another folder");
  }

  private void fetch() throws IOException {
    file(HubServer.sha256(CONTENT)).fetch(target, options(), events::add);
  }

  @Test
  void arriveWholeAndAreFetchedOnce() throws IOException {
    fetch();
    assertArrayEquals(CONTENT, Files.readAllBytes(target));
    assertEquals(1, eventsOf(PullEvent.Finished.class).size());
    int asked = server.requests.size();
    fetch();
    assertEquals(asked, server.requests.size());
    assertEquals(List.of(new PullEvent.Present("engine.jar")), eventsOf(PullEvent.Present.class));
    try (var files = Files.list(target.getParent())) {
      assertEquals(
          List.of("engine.jar", "engine.jar.tern.lock"),
          files.map(file -> file.getFileName().toString()).sorted().toList());
    }
  }

  @Test
  void areAskedForWithoutTheToken() throws IOException {
    fetch();
    assertFalse(server.requests.isEmpty());
    server.requests.forEach(request -> assertEquals("", request.authorization()));
  }

  @Test
  void followRedirects() throws IOException {
    server.hubAnswer = exchange -> HubServer.redirect(exchange, server.cdnAddress() + PATH);
    server.cdnAnswer = exchange -> HubServer.sendRange(exchange, CONTENT);
    fetch();
    assertArrayEquals(CONTENT, Files.readAllBytes(target));
  }

  @Test
  void goOnWhereTheyWereCut() throws IOException {
    AtomicInteger served = new AtomicInteger();
    server.hubAnswer =
        exchange -> {
          if (served.getAndIncrement() == 0) {
            HubServer.sendRange(exchange, CONTENT);
          } else {
            HubServer.send(exchange, 503, new byte[0]);
          }
        };
    HubException failure = assertThrows(HubException.class, this::fetch);
    assertEquals(HubException.Reason.NETWORK, failure.reason());
    assertFalse(Files.exists(target));
    server.hubAnswer = exchange -> HubServer.sendRange(exchange, CONTENT);
    server.requests.clear();
    fetch();
    assertArrayEquals(CONTENT, Files.readAllBytes(target));
    assertEquals("bytes=1048576-2097151", server.requests.getFirst().range());
  }

  @Test
  void withAWrongChecksumAreThrownAway() {
    HubException failure =
        assertThrows(
            HubException.class, () -> file("ab".repeat(32)).fetch(target, options(), events::add));
    assertEquals(HubException.Reason.DAMAGED, failure.reason());
    assertFalse(Files.exists(target));
    assertFalse(Files.exists(target.resolveSibling("engine.jar.tern.incomplete")));
  }

  @Test
  void thatAreNotThereNameTheWayOut() {
    server.hubAnswer = exchange -> HubServer.send(exchange, 404, new byte[0]);
    HubException failure = assertThrows(HubException.class, this::fetch);
    assertEquals(HubException.Reason.NOT_FOUND, failure.reason());
    assertTrue(failure.getMessage().contains("status 404"), failure.getMessage());
    assertTrue(failure.getMessage().contains("set MIRROR"), failure.getMessage());
  }

  @Test
  void needRoom() {
    KnownFile huge =
        new KnownFile(
            URI.create(server.endpoint() + PATH),
            Long.MAX_VALUE,
            "ab".repeat(32),
            "set MIRROR to another host",
            "set PLACE to another folder");
    HubException failure =
        assertThrows(HubException.class, () -> huge.fetch(target, options(), events::add));
    assertEquals(HubException.Reason.CACHE, failure.reason());
    assertTrue(failure.getMessage().contains("set PLACE"), failure.getMessage());
    assertTrue(server.requests.isEmpty());
  }

  @Test
  void mayBePutThereByHandIfTheyAreRight() throws IOException {
    environment.put("HF_HUB_OFFLINE", "1");
    Files.createDirectories(target.getParent());
    Files.write(target, new byte[CONTENT.length]);
    HubException failure = assertThrows(HubException.class, this::fetch);
    assertEquals(HubException.Reason.OFFLINE, failure.reason());
    Files.write(target, CONTENT);
    fetch();
    assertTrue(server.requests.isEmpty());
  }

  @Test
  void haveASha256() {
    assertThrows(IllegalArgumentException.class, () -> file("ab".repeat(20)));
    assertThrows(IllegalArgumentException.class, () -> file("AB".repeat(32)));
  }
}
