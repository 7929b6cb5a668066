package dev.tern.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Test;

class StatusLineTest {
  private static String written(boolean interactive) {
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    StatusLine line =
        new StatusLine(
            Run.streams(
                new ByteArrayInputStream(new byte[0]),
                new ByteArrayOutputStream(),
                err,
                interactive,
                Map.of()));
    line.clear();
    line.show("1 %");
    line.show("1 %");
    line.show("2 %");
    line.clear();
    line.clear();
    return err.toString(StandardCharsets.UTF_8);
  }

  @Test
  void aPersonSeesOneLineThatChangesAndGoesAway() {
    String clear = "\r\u001b[K";
    assertEquals(clear + "1 %" + clear + "2 %" + clear, written(true));
  }

  @Test
  void nobodySeesNothing() {
    assertEquals("", written(false));
  }
}
