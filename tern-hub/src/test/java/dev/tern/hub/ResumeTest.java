package dev.tern.hub;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/// Pulls that end early, and those that go on where they ended.
class ResumeTest extends HubTest {
  private static final byte[] CONTENT = randomBytes(4_000_000);

  /// Serves some parts as it should, and after them nothing.
  private HubServer.Answer breakingAfter(int parts) {
    AtomicInteger served = new AtomicInteger();
    return exchange -> {
      if (served.getAndIncrement() < parts) {
        server.sendRange(exchange);
      } else {
        HubServer.send(exchange, 503, new byte[0]);
      }
    };
  }

  private void interruptPull() {
    server.cdnAnswer = breakingAfter(1);
    assertThrows(HubException.class, this::pull);
    server.cdnAnswer = server::sendRange;
    server.requests.clear();
    events.clear();
  }

  @Test
  void goesOnWithinAPullWhenAConnectionIsCut() throws IOException {
    server.withLarge(GGUF, CONTENT);
    AtomicInteger served = new AtomicInteger();
    server.cdnAnswer =
        exchange -> {
          if (served.getAndIncrement() % 2 == 0) {
            server.sendHalf(exchange);
          } else {
            server.sendRange(exchange);
          }
        };
    assertArrayEquals(CONTENT, Files.readAllBytes(pull()));
    // Nothing is asked for twice.
    assertEquals(
        java.util.List.of(
            "bytes=0-1048575",
            "bytes=524288-1048575",
            "bytes=1048576-3999999",
            "bytes=2524288-3999999"),
        server.requestsTo("cdn").stream().map(HubServer.Request::range).toList());
  }

  @Test
  void manyCutsThatEachBringSomethingAreNoReasonToGiveUp() throws IOException {
    server.withLarge(GGUF, CONTENT);
    server.cdnAnswer =
        exchange -> {
          if (server.requestsTo("cdn").size() < 6) {
            server.sendHalf(exchange);
          } else {
            server.sendRange(exchange);
          }
        };
    assertArrayEquals(CONTENT, Files.readAllBytes(pull()));
  }

  @Test
  void goesOnWhereAnEarlierPullEnded() throws IOException {
    server.withLarge(GGUF, CONTENT);
    interruptPull();
    assertNothingLooksWhole();
    assertArrayEquals(CONTENT, Files.readAllBytes(pull()));
    assertEquals(1 << 20, eventsOf(PullEvent.Started.class).getFirst().present());
    assertEquals("bytes=1048576-2097151", server.requestsTo("cdn").getFirst().range());
    try (var files = Files.list(blobs())) {
      assertEquals(1, files.count(), "no traces of the first attempt are left");
    }
  }

  @Test
  void takesTheWholeFileWhenRangesAreNoLongerKnown() throws IOException {
    server.withLarge(GGUF, CONTENT);
    interruptPull();
    server.cdnAnswer = exchange -> HubServer.send(exchange, 200, CONTENT);
    assertArrayEquals(CONTENT, Files.readAllBytes(pull()));
  }

  @Test
  void beginsAnewWhenTheServersTagHasChanged() throws IOException {
    server.withLarge(GGUF, CONTENT);
    HubServer.Answer broken = breakingAfter(1);
    server.cdnAnswer = tagged("\"one\"", broken);
    assertThrows(HubException.class, this::pull);
    server.requests.clear();
    server.cdnAnswer = tagged("\"two\"", server::sendRange);
    assertArrayEquals(CONTENT, Files.readAllBytes(pull()));
    assertEquals(1, eventsOf(PullEvent.StartingAnew.class).size());
    assertTrue(
        server.requestsTo("cdn").stream()
            .anyMatch(request -> request.range().equals("bytes=0-1048575")));
  }

  private static HubServer.Answer tagged(String tag, HubServer.Answer answer) {
    return exchange -> {
      exchange.getResponseHeaders().set("ETag", tag);
      answer.to(exchange);
    };
  }

  @Test
  void bearsAServerThatMarksTheSameContentAlwaysAnew() throws IOException {
    server.withLarge(GGUF, CONTENT);
    AtomicInteger count = new AtomicInteger();
    server.cdnAnswer =
        exchange -> tagged("\"" + count.getAndIncrement() + "\"", server::sendRange).to(exchange);
    assertArrayEquals(CONTENT, Files.readAllBytes(pull()));
  }

  @Test
  void beginsAnewWhenWhatIsLeftIsDamaged() throws IOException {
    server.withLarge(GGUF, CONTENT);
    interruptPull();
    Path data = partial(HubCache.INCOMPLETE);
    byte[] damaged = Files.readAllBytes(data);
    damaged[1000] ^= 1;
    Files.write(data, damaged);
    assertArrayEquals(CONTENT, Files.readAllBytes(pull()));
    assertEquals(1, eventsOf(PullEvent.StartingAnew.class).size());
  }

  private Path partial(String suffix) throws IOException {
    return blobs().resolve(HubServer.sha256(CONTENT) + suffix);
  }

  @Test
  void believesNoNoteThatDoesNotFit() throws IOException {
    server.withLarge(GGUF, CONTENT);
    for (String note :
        new String[] {
          "",
          "nonsense",
          "tern partial download 1\nsize 4000000\ntag \ndone 0-9999999\n",
          "tern partial download 1\nsize 4000000\ntag \ndone 0-4000000\n",
          "tern partial download 1\nsize 5\ntag \ndone 0-5\n",
          "tern partial download 1\nsize 4000000\ntag \ndone 5-0\n",
          "tern partial download 1\nsize 4000000\ntag \ndone 0-99999999999999999999\n",
          "\0\uffff"
        }) {
      interruptPull();
      Files.writeString(partial(".tern.arrived"), note);
      assertArrayEquals(CONTENT, Files.readAllBytes(pull()), note);
      assertEquals(0, eventsOf(PullEvent.Started.class).getFirst().present());
      ModelHub.of(options()).remove(ModelReference.parse(HubServer.REPOSITORY));
    }
  }

  @Test
  void doesNotTakeAHalfFileOfHuggingFacesToolsForItsOwn() throws IOException {
    server.withLarge(GGUF, CONTENT);
    Files.createDirectories(blobs());
    Path theirs = Files.write(partial(".incomplete"), new byte[100]);
    assertArrayEquals(CONTENT, Files.readAllBytes(pull()));
    assertEquals(100, Files.size(theirs));
  }

  @Test
  void interruptingTheThreadEndsAPullAndKeepsWhatArrived() throws Exception {
    byte[] content = randomBytes(40_000_000);
    server.withLarge(GGUF, content);
    server.cdnAnswer =
        exchange -> {
          if (HubServer.header(exchange, "Range").startsWith("bytes=0-")) {
            server.sendRange(exchange);
          } else {
            server.sendSlowly(exchange, 50_000, 20);
          }
        };
    Throwable[] thrown = {null};
    Thread thread =
        Thread.ofPlatform()
            .start(() -> {
              try {
                pull();
              } catch (Throwable ended) {
                thrown[0] = ended;
              }
            });
    while (eventsOf(PullEvent.Progress.class).size() < 3) {
      Thread.sleep(10);
    }
    thread.interrupt();
    assertTrue(thread.join(Duration.ofSeconds(10)), "the pull goes on");
    assertTrue(thrown[0] instanceof java.io.InterruptedIOException, String.valueOf(thrown[0]));
    assertNothingLooksWhole();
    server.cdnAnswer = server::sendRange;
    events.clear();
    assertArrayEquals(content, Files.readAllBytes(pull()));
    assertTrue(eventsOf(PullEvent.Started.class).getFirst().present() > 1 << 20);
  }

  @Test
  void aSecondThreadWaitsAndFetchesNothing() throws Exception {
    server.withLarge(GGUF, CONTENT);
    server.cdnAnswer = exchange -> server.sendSlowly(exchange, 100_000, 10);
    Thread first =
        Thread.ofPlatform()
            .start(() -> {
              try {
                pull();
              } catch (IOException failed) {
                throw new IllegalStateException(failed);
              }
            });
    while (eventsOf(PullEvent.Started.class).isEmpty()) {
      Thread.sleep(5);
    }
    assertArrayEquals(CONTENT, Files.readAllBytes(pull()));
    first.join();
    assertFalse(eventsOf(PullEvent.Waiting.class).isEmpty());
    assertEquals(2, server.requestsTo("cdn").size());
  }
}
