package dev.tern.hub;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Real processes that pull: killed without a warning, or two at once.
class KilledPullTest extends HubTest {
  private static final byte[] CONTENT = randomBytes(20_000_000);
  private static final int KILLS = 4;

  private Process startPull() throws IOException {
    options();
    return PullingProcess.start(environment);
  }

  private static void awaitLine(Process process, String line) throws IOException {
    BufferedReader out = process.inputReader(StandardCharsets.UTF_8);
    StringBuilder all = new StringBuilder();
    for (String read = out.readLine(); read != null; read = out.readLine()) {
      all.append(read).append('\n');
      if (read.equals(line)) {
        return;
      }
    }
    throw new AssertionError(line + " was expected in\n" + all);
  }

  @Test
  @Timeout(60)
  void leaveNothingThatLooksWholeWhenKilledAtAnyMoment() throws Exception {
    server.withLarge(GGUF, CONTENT);
    server.cdnAnswer = exchange -> server.sendSlowly(exchange, 30_000, 8);
    Random moments = new Random(42);
    long present = 0;
    for (int i = 0; i < KILLS; i++) {
      Process process = startPull();
      awaitLine(process, "Progress");
      Thread.sleep(moments.nextInt(400));
      process.destroyForcibly();
      assertTrue(process.waitFor(10, TimeUnit.SECONDS));
      assertNothingLooksWhole();
      Path note = blobs().resolve(HubServer.sha256(CONTENT) + ".tern.arrived");
      long now = Files.exists(note) ? PartialFile.noted(paths(), CONTENT.length) : 0;
      assertTrue(now >= present, "%d bytes had arrived, now %d".formatted(present, now));
      present = now;
    }
    server.cdnAnswer = server::sendRange;
    assertArrayEquals(CONTENT, Files.readAllBytes(pull()));
    assertEquals(present, eventsOf(PullEvent.Started.class).getFirst().present());
    assertTrue(present > 0, "nothing was kept of %d attempts".formatted(KILLS));
    try (var files = Files.list(blobs())) {
      assertEquals(1, files.count());
    }
  }

  @Test
  @Timeout(60)
  void sayThatTheDiskIsFullAndKeepWhatFits() throws Exception {
    server.withLarge(GGUF, CONTENT);
    options();
    // A disk that takes no more than 4 MB of a file.
    List<String> limit = List.of("bash", "-c", "ulimit -f 4000; exec \"$0\" \"$@\"");
    Process process = PullingProcess.start(limit, environment);
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(1, process.waitFor());
    assertTrue(out.contains("cannot be written to " + cacheFolder()), out);
    assertTrue(out.contains("make room"), out);
    assertNothingLooksWhole();
    assertArrayEquals(CONTENT, Files.readAllBytes(pull()));
    assertTrue(eventsOf(PullEvent.Started.class).getFirst().present() >= 1 << 20);
  }

  private PartialFile.PartialFiles paths() {
    return new HubCache(cacheFolder())
        .partial(HubServer.REPOSITORY, Checksum.of(HubServer.sha256(CONTENT)).orElseThrow());
  }

  @Test
  @Timeout(60)
  void fetchAFileOnceWhenTwoWantIt() throws Exception {
    server.withLarge(GGUF, CONTENT);
    server.cdnAnswer = exchange -> server.sendSlowly(exchange, 500_000, 20);
    Process first = startPull();
    awaitLine(first, "Started");
    Path model = pull();
    assertArrayEquals(CONTENT, Files.readAllBytes(model));
    awaitLine(first, "Finished");
    assertEquals(
        List.of(model.toString()), first.inputReader(StandardCharsets.UTF_8).lines().toList());
    assertEquals(0, first.waitFor());
    assertEquals(1, eventsOf(PullEvent.Waiting.class).size());
    // Nothing is left for whoever waited.
    assertEquals(0, eventsOf(PullEvent.Started.class).size());
    assertEquals(3, server.requestsTo("cdn").size());
  }
}
