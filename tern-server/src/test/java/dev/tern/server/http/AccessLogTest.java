package dev.tern.server.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.tern.server.api.CallReport;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.node.JsonNodeFactory;

class AccessLogTest {
  private static final CallReport REPORT =
      new CallReport(
          "id",
          Instant.EPOCH,
          "POST",
          "/v1/completions",
          200,
          Duration.ofNanos(1_500_000),
          99,
          Optional.of(new CallReport.Usage(3, 4)),
          "127.0.0.1",
          Optional.of(JsonNodeFactory.instance.objectNode().put("prompt", "my\nsecret")));

  @Test
  void isALineOfJsonWithoutWhatPeopleWrote() {
    assertEquals(
        "{\"time\":\"1970-01-01T00:00:00Z\",\"request_id\":\"id\",\"client\":\"127.0.0.1\",\"method\":\"POST\",\"route\":\"/v1/completions\",\"status\":200,\"duration_ms\":1.5,\"bytes\":99,\"prompt_tokens\":3,\"generated_tokens\":4}",
        new AccessLog(false).line(REPORT));
  }

  @Test
  void hasWhatPeopleWroteWhereThatIsAskedFor() {
    String line = new AccessLog(true).line(REPORT);
    assertEquals(
        "{\"prompt\":\"my\\nsecret\"}}",
        line.substring(line.indexOf("\"body\":") + "\"body\":".length()));
    assertFalse(line.contains("\n"));
  }
}
