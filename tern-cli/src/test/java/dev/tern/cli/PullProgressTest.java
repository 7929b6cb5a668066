package dev.tern.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tern.hub.PullEvent;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// What a pull shows on standard error.
class PullProgressTest {
  private static final String CLEAR = "\r\u001b[K";

  private static String shown(boolean person, boolean quiet, PullEvent... events) {
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    StandardStreams streams =
        Run.streams(
            new ByteArrayInputStream(new byte[0]),
            new ByteArrayOutputStream(),
            err,
            person,
            Map.of());
    try (PullProgress progress = new PullProgress(streams, quiet)) {
      for (PullEvent event : events) {
        progress.on(event);
      }
    }
    return err.toString(StandardCharsets.UTF_8);
  }

  private static final PullEvent[] A_PULL = {
    new PullEvent.Started("some-model-of-a-very-long-name-i2_s.gguf", 500_000_000, 1_000_000_000),
    new PullEvent.Progress("some-model-of-a-very-long-name-i2_s.gguf", 750_000_000, 1_000_000_000),
    new PullEvent.Verifying("some-model-of-a-very-long-name-i2_s.gguf", 100_000_000, 1_000_000_000),
    new PullEvent.Finished("some-model-of-a-very-long-name-i2_s.gguf", 1_000_000_000)
  };

  @Test
  void aPersonSeesABarWithBytesRateAndTimeLeft() {
    String shown = shown(true, false, A_PULL);
    String bar = "[###############-----]  75 %  750 MB of 1.00 GB, ";
    assertTrue(shown.contains("500 MB are here already\n"), shown);
    assertTrue(shown.contains(CLEAR + "...y-long-name-i2_s.gguf "), shown);
    assertTrue(shown.contains(bar), shown);
    assertTrue(shown.matches("(?s).*/s, \\d+ s left.*"), shown);
    assertTrue(shown.contains("[##------------------]  10 %  checking"), shown);
    assertTrue(shown.endsWith("1.00 GB in 0 s, checksum right\n"), shown);
    // A line of a narrow terminal.
    shown
        .lines()
        .flatMap(line -> java.util.Arrays.stream(line.split("\r", -1)))
        .filter(line -> line.contains("]"))
        .forEach(line -> assertTrue(line.length() < 110, line));
  }

  @Test
  void nobodyGetsBarsButLines() {
    String shown = shown(false, false, A_PULL);
    assertEquals(2, shown.lines().count(), shown);
    assertTrue(shown.startsWith("fetching some-model-of"), shown);
  }

  @Test
  void quietSaysNothing() {
    assertEquals("", shown(true, true, A_PULL));
  }

  @Test
  void namesFromTheHubCannotSteerTheTerminal() {
    String shown =
        shown(
            true,
            false,
            new PullEvent.Waiting("evil\u001b[2J"),
            new PullEvent.Progress("evil\u001b[2J", 1, 2),
            new PullEvent.Retrying("evil\u001b[2J", Duration.ofSeconds(2)));
    assertTrue(shown.contains("evil\\u001b[2J"), shown);
    assertTrue(!shown.replace(CLEAR, "").contains("\u001b"), shown);
    assertTrue(shown.contains("trying again in 2 s"), shown);
  }
}
