package dev.tern.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tern.train.data.TokenCounts;
import dev.tern.train.run.EvaluationReport;
import dev.tern.train.run.RunOverview;
import dev.tern.train.run.SampleReport;
import dev.tern.train.run.StepReport;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// What a person sees of a training.
class TrainProgressTest {
  private static String shown(boolean person, boolean quiet) {
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    StandardStreams streams =
        Run.streams(
            new ByteArrayInputStream(new byte[0]),
            new ByteArrayOutputStream(),
            err,
            person,
            Map.of());
    try (TrainProgress progress = new TrainProgress(streams, quiet)) {
      progress.preparing("learning tokens", 1, 4);
      TokenCounts text = new TokenCounts(10, 12_800, 12_790, 50_000);
      progress.beginning(
          new RunOverview(4_200_000, 4096, text, new TokenCounts(0, 0, 0, 0), 256, 100, 40));
      progress.step(new StepReport(41, 100, 41 * 256, 0.8, 2.5, 1.5e-3, 1, 9000));
      progress.step(new StepReport(50, 100, 50 * 256, 1, 3.5, 1e-3, 1, 9000));
      progress.evaluated(new EvaluationReport(50, 2, 0.75, 1000));
      progress.sampled(new SampleReport(50, "Once", " upon\na " + "time ".repeat(100)));
      progress.notice("something");
    }
    return err.toString(StandardCharsets.UTF_8);
  }

  @Test
  void isABarForAPerson() {
    String shown = shown(true, false);
    assertTrue(shown.contains("[#####---------------]  25 % learning tokens"), shown);
    assertTrue(shown.contains("[##########----------]  50 %  step 50 of 100  loss 3.000"), shown);
    assertTrue(shown.contains("rate 1.00e-03"), shown);
    assertTrue(shown.contains(" left"), shown);
    assertTrue(shown.endsWith("\n"), shown);
  }

  @Test
  void isLinesOfWhatStaysForALog() {
    String shown = shown(false, false);
    assertFalse(shown.contains("\u001b"), shown);
    assertTrue(
        shown.contains(
            "4.2 M parameters, 4,096 tokens in the vocabulary; 12.8 k tokens of text, 256 in a step, 2.0 passes in 100 steps"),
        shown);
    assertTrue(shown.contains("going on after step 40"), shown);
    assertTrue(shown.contains("note: there is no validation text"), shown);
    assertTrue(
        shown.contains("step 50: validation loss 2.0000, perplexity 7.39, 0.7500 bits per byte"),
        shown);
    assertTrue(shown.contains("step 50 writes: Once upon\\na time"), shown);
    assertTrue(shown.contains("note: something"), shown);
    assertTrue(shown.lines().allMatch(line -> line.length() < 230), shown);
  }

  @Test
  void isNothingForWhoWantsNone() {
    assertEquals("", shown(true, true));
  }
}
