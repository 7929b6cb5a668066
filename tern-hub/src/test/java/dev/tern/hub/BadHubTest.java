package dev.tern.hub;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tern.hub.HubException.Reason;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Pulls from a hub that refuses, fails, or does what none should.
class BadHubTest extends HubTest {
  private static final byte[] CONTENT = randomBytes(300_000);

  /// Answers the first requests with a status, the others as it should.
  private HubServer.Answer failing(int times, int status, HubServer.Answer then) {
    AtomicInteger left = new AtomicInteger(times);
    return exchange -> {
      if (left.getAndDecrement() > 0) {
        HubServer.send(exchange, status, new byte[0]);
      } else {
        then.to(exchange);
      }
    };
  }

  @ParameterizedTest
  @ValueSource(ints = {408, 429, 500, 502, 503, 504})
  void triesAgainWhatMayPass(int status) throws IOException {
    server.withLarge(GGUF, CONTENT);
    server.listingAnswer = failing(2, status, server::sendListing);
    server.hubAnswer = failing(1, status, server::leadOn);
    server.cdnAnswer = failing(2, status, server::sendRange);
    assertArrayEquals(CONTENT, Files.readAllBytes(pull()));
    assertEquals(5, eventsOf(PullEvent.Retrying.class).size());
  }

  @Test
  void givesUpAfterSomeAttempts() throws IOException {
    server.withLarge(GGUF, CONTENT);
    server.cdnAnswer = failing(100, 503, server::sendRange);
    assertRefused(Reason.NETWORK, "failed 4 times", "has trouble (503)");
  }

  @Test
  void waitsAsLongAsTheHubAsks() throws IOException {
    server.withLarge(GGUF, CONTENT);
    HubServer.Answer busy = failing(1, 429, server::sendListing);
    server.listingAnswer =
        exchange -> {
          exchange.getResponseHeaders().set("Retry-After", "1");
          busy.to(exchange);
        };
    long start = System.nanoTime();
    pull();
    assertTrue(System.nanoTime() - start >= 1_000_000_000L);
    assertEquals(Duration.ofSeconds(1), eventsOf(PullEvent.Retrying.class).getFirst().pause());
  }

  @ParameterizedTest
  @CsvSource({"Retry-After, 4000", "RateLimit, \"api\";r=0;t=4000"})
  void doesNotWaitForAnHour(String header, String value) throws IOException {
    server.listingAnswer =
        exchange -> {
          exchange.getResponseHeaders().set(header, value);
          HubServer.send(exchange, 429, new byte[0]);
        };
    assertRefused(Reason.NETWORK, "in 67 minutes", "HF_TOKEN");
  }

  @ParameterizedTest
  @CsvSource({"401", "403"})
  void saysWhereToAcceptConditions(int status) throws IOException {
    server.listingAnswer =
        exchange -> {
          exchange.getResponseHeaders().set("X-Error-Code", "GatedRepo");
          HubServer.send(exchange, status, new byte[0]);
        };
    assertRefused(Reason.ACCESS, "gated", server.endpoint() + "/owner/some-model", "set HF_TOKEN");
    environment.put("HF_TOKEN", "hf_x");
    assertRefused(Reason.ACCESS, "gated", "HF_TOKEN belongs to the account");
  }

  @Test
  void namesWhatDoesNotExist() throws IOException {
    server.listingAnswer = exchange -> HubServer.send(exchange, 404, new byte[0]);
    assertRefused(Reason.NOT_FOUND, "no repository owner/some-model", "HF_TOKEN");
    server.listingAnswer =
        exchange -> {
          exchange.getResponseHeaders().set("X-Error-Code", "RevisionNotFound");
          HubServer.send(exchange, 404, new byte[0]);
        };
    assertRefused(Reason.NOT_FOUND, "no revision 'main'");
  }

  @Test
  void saysThatATokenIsNotAccepted() throws IOException {
    environment.put("HF_TOKEN", "hf_x");
    server.listingAnswer = exchange -> HubServer.send(exchange, 401, new byte[0]);
    assertRefused(Reason.ACCESS, "HF_TOKEN", "valid");
  }

  @Test
  void asksTheHubForANewLinkWhenOneHasExpired() throws IOException {
    byte[] content = randomBytes(3_000_000);
    server.withLarge(GGUF, content);
    AtomicInteger served = new AtomicInteger();
    server.cdnAnswer =
        exchange -> {
          if (served.getAndIncrement() == 1) {
            HubServer.send(exchange, 403, new byte[0]);
          } else {
            server.sendRange(exchange);
          }
        };
    assertArrayEquals(content, Files.readAllBytes(pull()));
    assertEquals(3, server.requestsTo("hub").size());
    assertEquals(0, eventsOf(PullEvent.Retrying.class).size());
  }

  @Test
  void throwsAwayWhatHasAWrongChecksum() throws IOException {
    server.withLarge(GGUF, CONTENT);
    server.cdnAnswer = exchange -> HubServer.sendRange(exchange, randomBytes(300_000, 7));
    assertRefused(Reason.DAMAGED, GGUF, "wrong checksum");
    try (var left = Files.list(blobs())) {
      assertEquals(0, left.count());
    }
  }

  private static byte[] randomBytes(int count, long seed) {
    byte[] bytes = new byte[count];
    new java.util.Random(seed).nextBytes(bytes);
    return bytes;
  }

  @Test
  void checksSmallFilesAsGitDoes() throws IOException {
    server.withSmall(GGUF, "small");
    server.hubAnswer =
        exchange -> HubServer.sendRange(exchange, "SMALL".getBytes(StandardCharsets.UTF_8));
    assertRefused(Reason.DAMAGED, "wrong checksum");
  }

  @Test
  void takesTheWholeFileFromAServerWithoutRanges() throws IOException {
    byte[] content = randomBytes(3_000_000);
    server.withLarge(GGUF, content);
    server.cdnAnswer = exchange -> HubServer.send(exchange, 200, content);
    assertArrayEquals(content, Files.readAllBytes(pull()));
    assertEquals(1, server.requestsTo("cdn").size());
  }

  @Test
  void doesNotBelieveARangeThatLies() throws IOException {
    server.withLarge(GGUF, CONTENT);
    for (String range :
        new String[] {
          "bytes 1-300000/300001",
          "bytes 0-299999/999",
          "bytes 5-9/300000",
          "bytes 0-300000/300000",
          "x",
          ""
        }) {
      server.cdnAnswer =
          exchange -> {
            if (!range.isEmpty()) {
              exchange.getResponseHeaders().set("Content-Range", range);
            }
            HubServer.send(exchange, 206, CONTENT);
          };
      assertRefused(Reason.PROTOCOL, GGUF, "as it should");
    }
  }

  @Test
  void doesNotTakeAFileOfAnotherLength() throws IOException {
    server.withLarge(GGUF, CONTENT);
    server.cdnAnswer = exchange -> HubServer.send(exchange, 200, randomBytes(200_000));
    assertRefused(Reason.PROTOCOL, "200000 bytes where the hub promises 300000");
    server.cdnAnswer =
        exchange -> {
          // A body without a length that goes on and on.
          exchange.sendResponseHeaders(200, 0);
          for (int i = 0; i < 100; i++) {
            exchange.getResponseBody().write(CONTENT);
          }
        };
    assertRefused(Reason.PROTOCOL, "more bytes come");
    server.cdnAnswer = exchange -> HubServer.send(exchange, 416, new byte[0]);
    assertRefused(Reason.PROTOCOL, "shorter than the 300000 bytes");
  }

  @Test
  void doesNotTakeWhatTheHubCallsSomethingElse() throws IOException {
    server.withLarge(GGUF, CONTENT);
    server.hubAnswer =
        exchange -> {
          exchange.getResponseHeaders().set("X-Linked-Etag", "\"" + "b".repeat(64) + "\"");
          HubServer.redirect(exchange, server.cdnAddress() + exchange.getRequestURI().getPath());
        };
    assertRefused(Reason.PROTOCOL, "another checksum");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "file:///etc/passwd",
        "ftp://127.0.0.1/x",
        "http://user@127.0.0.1/",
        "http:x",
        "jar:x"
      })
  void doesNotFollowWhereNobodyShouldLead(String target) throws IOException {
    server.withLarge(GGUF, CONTENT);
    server.hubAnswer = exchange -> HubServer.redirect(exchange, target);
    assertRefused(Reason.PROTOCOL, "leads to");
  }

  @Test
  void doesNotFollowInCircles() throws IOException {
    server.withLarge(GGUF, CONTENT);
    server.hubAnswer =
        exchange -> HubServer.redirect(exchange, exchange.getRequestURI().toString());
    assertRefused(Reason.PROTOCOL, "circles");
    AtomicInteger count = new AtomicInteger();
    server.hubAnswer = exchange -> HubServer.redirect(exchange, "/x" + count.getAndIncrement());
    assertRefused(Reason.PROTOCOL, "circles");
  }

  @Test
  void endsASilence() throws IOException {
    server.withLarge(GGUF, CONTENT);
    server.cdnAnswer =
        exchange -> {
          HubServer.announceRange(exchange, CONTENT);
          exchange.getResponseBody().write(CONTENT, 0, 10_000);
          exchange.getResponseBody().flush();
          sleep();
        };
    HubOptions impatient = options().withPatience(Duration.ofMillis(200), 2, Duration.ofMillis(1));
    HubException refusal =
        org.junit.jupiter.api.Assertions.assertThrows(
            HubException.class,
            () ->
                ModelHub.of(impatient)
                    .pull(ModelReference.parse(HubServer.REPOSITORY), events::add));
    assertTrue(refusal.getMessage().contains("sent nothing for 200 ms"), refusal.getMessage());
    server.cdnAnswer = _ -> sleep();
    refusal =
        org.junit.jupiter.api.Assertions.assertThrows(
            HubException.class,
            () ->
                ModelHub.of(impatient)
                    .pull(ModelReference.parse(HubServer.REPOSITORY), events::add));
    assertTrue(refusal.getMessage().contains("did not answer for 200 ms"), refusal.getMessage());
    assertNothingLooksWhole();
  }

  private static void sleep() {
    try {
      Thread.sleep(2000);
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "<html>not a hub</html>",
        "[1, 2]",
        "{\"sha\": 5, \"siblings\": []}",
        "{\"sha\": \"../../../x\", \"siblings\": []}",
        "{\"sha\": \"0123456789abcdef0123456789abcdef01234567\", \"siblings\": {}}",
        "{\"sha\": \"0123456789abcdef0123456789abcdef01234567\""
      })
  void recognizesWhatIsNoListing(String body) throws IOException {
    server.listingAnswer =
        exchange -> HubServer.send(exchange, 200, body.getBytes(StandardCharsets.UTF_8));
    assertRefused(Reason.PROTOCOL, HubServer.REPOSITORY, "HF_ENDPOINT");
  }

  @Test
  void recognizesJsonThatIsNestedWithoutEnd() throws IOException {
    server.listingAnswer =
        exchange ->
            HubServer.send(exchange, 200, "[".repeat(1_000_000).getBytes(StandardCharsets.UTF_8));
    assertRefused(Reason.PROTOCOL, "is not JSON");
  }

  @Test
  void doesNotReadAListWithoutEnd() throws IOException {
    byte[] blanks = new byte[1 << 20];
    java.util.Arrays.fill(blanks, (byte) ' ');
    server.listingAnswer =
        exchange -> {
          exchange.sendResponseHeaders(200, 0);
          for (int i = 0; i < 40; i++) {
            exchange.getResponseBody().write(blanks);
          }
        };
    assertRefused(Reason.PROTOCOL, "more than 33.6 MB");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "../evil.gguf",
        "/etc/evil.gguf",
        "a//evil.gguf",
        "C:evil.gguf",
        "a\\evil.gguf",
        "ev\0il.gguf",
        "con/evil.gguf",
        "aux.gguf",
        "a/../../evil.gguf",
        "line\nbreak.gguf",
        "\ud800.gguf",
        "x./evil.gguf"
      })
  void doesNotTakeNamesThatLeadElsewhere(String name) throws IOException {
    server.withLarge(name, CONTENT);
    assertRefused(Reason.PROTOCOL, "because of its name");
  }

  @Test
  void doesNotTakeNamesThatAreTooLong() throws IOException {
    server.withLarge("x".repeat(300) + ".gguf", CONTENT);
    assertRefused(Reason.PROTOCOL, "too long");
  }

  @Test
  void doesNotTakeNamesThatDifferInCaseOnly() throws IOException {
    server
        .withSmall("config.json", "{}")
        .withLarge("model-a.safetensors", CONTENT)
        .withLarge("model-A.safetensors", randomBytes(100));
    assertRefused(Reason.PROTOCOL, "one on many systems");
  }

  @Test
  void seesThatTheDiskIsTooSmallBeforeAnythingIsFetched() throws IOException {
    server.listingAnswer =
        exchange ->
            HubServer.send(
                exchange,
                200,
                "{\"sha\":\"%s\",\"siblings\":[{\"rfilename\":\"%s\",\"lfs\":{\"sha256\":\"%s\",\"size\":%d}}]}"
                    .formatted(HubServer.COMMIT, GGUF, "a".repeat(64), 1L << 60)
                    .getBytes(StandardCharsets.UTF_8));
    assertRefused(Reason.CACHE, "1152.9 PB is needed", cacheFolder().toString());
    assertEquals(1, server.requests.size());
  }

  @Test
  void saysThatTheCacheCannotBeWritten() throws IOException {
    server.withLarge(GGUF, CONTENT);
    Files.writeString(folder.resolve("file"), "no folder");
    environment.put("HF_HUB_CACHE", folder.resolve("file").toString());
    assertRefused(Reason.CACHE, "file cannot be used", "HF_HUB_CACHE");
    environment.put("HF_HUB_CACHE", folder.resolve("file/below").toString());
    assertRefused(Reason.CACHE, "cannot be used", "HF_HUB_CACHE");
  }

  @Test
  void saysThatNobodyIsThere() throws IOException {
    environment.put("HF_ENDPOINT", "http://127.0.0.1:9");
    assertRefused(Reason.NETWORK, "127.0.0.1 cannot be reached");
  }
}
