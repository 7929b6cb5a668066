package dev.tern.train.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tern.train.run.EvaluationReport;
import dev.tern.train.run.SampleReport;
import dev.tern.train.run.StepReport;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Logs of runs that end, go on, and are read.
class RunLogTest {
  @TempDir Path folder;

  private static StepReport step(long step) {
    return new StepReport(step, 100, step * 64, step / 50.0, 8.0 / step, 1e-3, 0.5, 1000);
  }

  private static EvaluationReport evaluation(long step) {
    return new EvaluationReport(step, 7.5 / step, 1.25, 640);
  }

  private List<String> lines(String file) throws IOException {
    return Files.readAllLines(folder.resolve(file));
  }

  private List<String> steps(String file) throws IOException {
    return lines(file).stream()
        .map(line -> line.replaceAll("^\\{\"step\":([0-9]+).*", "$1").replaceAll(",.*", ""))
        .toList();
  }

  private void run(RunLog log, long from, long to) throws IOException {
    try (log) {
      for (long step = from; step <= to; step++) {
        log.step(step(step));
        if (step % 20 == 0) {
          log.evaluated(evaluation(step));
          log.sampled(new SampleReport(step, "Once", " upon \"a\"\ntime"));
        }
      }
    }
  }

  @Test
  void holdsStepsAndMeasurements() throws IOException {
    run(RunLog.begin(folder, 10), 1, 25);
    assertEquals(List.of("step", "1", "10", "20", "20"), steps(RunLog.CSV));
    assertEquals(List.of("1", "10", "20", "20"), steps(RunLog.JSON_LINES));
    assertEquals(
        "step,tokens,epoch,loss,validation_loss,bits_per_byte,learning_rate,gradient_norm,tokens_per_second,seconds",
        lines(RunLog.CSV).getFirst());
    String csv = lines(RunLog.CSV).get(2);
    assertTrue(csv.startsWith("10,640,0.2,0.8,,,0.001,0.5,1000.0,"), csv);
    String evaluated = lines(RunLog.CSV).get(4);
    assertTrue(evaluated.startsWith("20,1280,,,0.375,1.25,,,,"), evaluated);
    String json = lines(RunLog.JSON_LINES).get(1);
    assertTrue(
        json.startsWith(
            "{\"step\":10,\"tokens\":640,\"epoch\":0.2,\"loss\":0.8,\"learning_rate\":0.001,\"gradient_norm\":0.5,\"tokens_per_second\":1000.0,\"seconds\":"),
        json);
    assertEquals(
        List.of("{\"step\":20,\"prompt\":\"Once\",\"text\":\" upon \\\"a\\\"\\ntime\"}"),
        lines(RunLog.SAMPLES));
  }

  @Test
  void alwaysHoldsTheLastStep() throws IOException {
    run(RunLog.begin(folder, 1000), 1, 100);
    assertEquals(List.of("1", "20", "40", "60", "80", "100", "100"), steps(RunLog.JSON_LINES));
  }

  @Test
  void isThereWhileARunGoesOn() throws IOException {
    try (RunLog log = RunLog.begin(folder, 1)) {
      log.step(step(1));
      assertEquals(2, lines(RunLog.CSV).size());
      assertEquals(1, lines(RunLog.JSON_LINES).size());
    }
  }

  @Test
  void beginsAnewWithTheFirstReportAndNotBefore() throws IOException {
    run(RunLog.begin(folder, 1), 1, 30);
    RunLog second = RunLog.begin(folder, 1);
    assertEquals(31, lines(RunLog.JSON_LINES).size());
    run(second, 1, 3);
    assertEquals(List.of("1", "2", "3"), steps(RunLog.JSON_LINES));
    assertEquals(List.of(), lines(RunLog.SAMPLES));
  }

  @Test
  void forgetsWhatARunThatIsResumedDoesAgain() throws IOException {
    run(RunLog.begin(folder, 5), 1, 47);
    run(RunLog.resume(folder, 5), 31, 40);
    List<String> expected = List.of("1", "5", "10", "15", "20", "20", "25", "30", "35", "40", "40");
    assertEquals(expected, steps(RunLog.JSON_LINES));
    assertEquals(expected, steps(RunLog.CSV).subList(1, 12));
    assertEquals(12, lines(RunLog.CSV).size());
    assertEquals(List.of("20", "40"), steps(RunLog.SAMPLES));
  }

  @Test
  void keepsAStepWhoseMeasurementIsMadeAgain() throws IOException {
    run(RunLog.begin(folder, 5), 1, 47);
    try (RunLog log = RunLog.resume(folder, 5)) {
      log.evaluated(evaluation(40));
      log.step(step(41));
    }
    List<String> expected = List.of("1", "5", "10", "15", "20", "20", "25", "30", "35", "40", "40");
    assertEquals(expected, steps(RunLog.JSON_LINES));
    assertEquals(expected, steps(RunLog.CSV).subList(1, 12));
    String evaluated = lines(RunLog.JSON_LINES).getLast();
    assertTrue(evaluated.contains("\"validation_loss\""), evaluated);
    assertTrue(evaluated.contains("\"tokens\":2560"), evaluated);
  }

  @Test
  void goesOnWithTheTimeOfEarlierParts() throws IOException {
    Files.writeString(
        folder.resolve(RunLog.JSON_LINES),
        """
        {"step":5,"tokens":320,"loss":2.0,"seconds":100.0}
        {"step":6,"tokens":384,"loss":2.0,"seconds":200.0}
        """);
    run(RunLog.resume(folder, 1), 6, 6);
    LogEntry last = RunHistory.read(folder).entries().getLast();
    assertTrue(last.seconds() >= 100 && last.seconds() < 110, last.toString());
  }

  @Test
  void survivesALineThatWasCut() throws IOException {
    run(RunLog.begin(folder, 1), 1, 5);
    for (String file : List.of(RunLog.CSV, RunLog.JSON_LINES)) {
      Files.write(
          folder.resolve(file),
          new byte[] {'{', '"', 's', 't', 'e', (byte) 0xc3},
          StandardOpenOption.APPEND);
    }
    assertEquals(5, RunHistory.read(folder).entries().size());
    run(RunLog.resume(folder, 1), 6, 7);
    assertEquals(List.of("1", "2", "3", "4", "5", "6", "7"), steps(RunLog.JSON_LINES));
    assertEquals(List.of("step", "1", "2", "3", "4", "5", "6", "7"), steps(RunLog.CSV));
  }

  @Test
  void goesOnWhereThereIsNoLog() throws IOException {
    run(RunLog.resume(folder.resolve("new"), 1), 6, 7);
    assertEquals(3, Files.readAllLines(folder.resolve("new").resolve(RunLog.CSV)).size());
  }

  @Test
  void staysJsonWhenARunDiverges() throws IOException {
    try (RunLog log = RunLog.begin(folder, 1)) {
      log.step(new StepReport(1, 2, 64, 0, Double.NaN, 1e-3, Double.POSITIVE_INFINITY, 10));
    }
    assertTrue(lines(RunLog.CSV).get(1).startsWith("1,64,0.0,NaN,,,0.001,Infinity,10.0,"));
    assertFalse(lines(RunLog.JSON_LINES).getFirst().contains("NaN"));
    assertTrue(RunHistory.read(folder).entries().getFirst().isStep());
  }

  @Test
  void endsTheRunWhenItCannotBeWritten() throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "");
    RunLog log = RunLog.begin(file, 1);
    assertThrows(UncheckedIOException.class, () -> log.step(step(1)));
  }

  @Test
  void saysWhereThereIsNoRun() throws IOException {
    IOException none = assertThrows(IOException.class, () -> RunHistory.read(folder));
    assertTrue(none.getMessage().contains("is no folder of a run"), none.getMessage());
    Files.writeString(folder.resolve(RunLog.JSON_LINES), "nonsense\n[1]\n{\"step\":1.5}\n");
    IOException empty = assertThrows(IOException.class, () -> RunHistory.read(folder));
    assertTrue(empty.getMessage().contains("no step in this log"), empty.getMessage());
  }
}
