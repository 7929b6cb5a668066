package dev.tern.train.report;

import dev.tern.hub.PullEvent;
import dev.tern.train.export.ExportProof;
import dev.tern.train.run.EvaluationReport;
import dev.tern.train.run.RunOverview;
import dev.tern.train.run.SampleReport;
import dev.tern.train.run.StepReport;
import dev.tern.train.run.TrainingListener;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Keeps what a run reports, in its folder: steps and measurements in `log.csv` and `log.jsonl`,
/// samples in `samples.jsonl`.
///
/// A run that is resumed goes on after its last checkpoint, which may be before what was logged
/// last. So the first thing that it reports decides what stays of the log: what is older.
///
/// For use by one thread. A file that cannot be written ends the run with an
/// [UncheckedIOException].
public final class RunLog implements TrainingListener, AutoCloseable {
  /// The table.
  public static final String CSV = "log.csv";

  /// The same as objects, one a line.
  public static final String JSON_LINES = "log.jsonl";

  /// Texts that the model has written.
  public static final String SAMPLES = "samples.jsonl";

  private static final JsonMapper JSON = new JsonMapper();

  private final Path folder;
  private final int every;
  private final boolean resumed;
  private @Nullable OpenFiles files;
  private long tokens;
  private double secondsBefore;
  private final long started = System.nanoTime();

  private record OpenFiles(LineFile csv, LineFile json, LineFile samples) {}

  private RunLog(Path folder, int every, boolean resumed) {
    this.folder = folder;
    this.every = every;
    this.resumed = resumed;
  }

  /// {@return a log that replaces what is there with the first thing that is reported}
  ///
  /// @param folder of the run
  /// @param every how many steps there are between those that are logged; the first and the last
  ///   always are
  public static RunLog begin(Path folder, int every) {
    return new RunLog(folder, every, false);
  }

  /// {@return a log that goes on}
  ///
  /// @param folder of the run
  /// @param every how many steps there are between those that are logged; the last always is
  public static RunLog resume(Path folder, int every) {
    return new RunLog(folder, every, true);
  }

  @Override
  public void fetching(PullEvent event) {}

  @Override
  public void unpacking(long done, long size) {}

  @Override
  public void preparing(String what, long done, long total) {}

  @Override
  public void beginning(RunOverview overview) {}

  @Override
  public void step(StepReport report) {
    write(() -> {
      OpenFiles open = open(report.step(), true);
      tokens = report.tokens();
      if (report.step() == 1 || report.step() == report.steps() || report.step() % every == 0) {
        append(open, LogEntry.of(report, seconds()));
      }
    });
  }

  @Override
  public void evaluated(EvaluationReport report) {
    write(() -> {
      OpenFiles open = open(report.step(), false);
      append(open, LogEntry.of(report, tokens, seconds()));
    });
  }

  @Override
  public void sampled(SampleReport report) {
    write(() -> {
      Map<String, Object> line = new LinkedHashMap<>();
      line.put("step", report.step());
      line.put("prompt", report.prompt());
      line.put("text", report.text());
      open(report.step(), false).samples().append(JSON.writeValueAsString(line));
    });
  }

  @Override
  public void checkpoint(long step, Path checkpoint) {}

  @Override
  public void exported(Path gguf, ExportProof proof) {}

  @Override
  public void notice(String message) {}

  private interface Writing {
    void run() throws IOException;
  }

  private static void write(Writing writing) {
    try {
      writing.run();
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  private double seconds() {
    return secondsBefore + (System.nanoTime() - started) / 1e9;
  }

  private static void append(OpenFiles open, LogEntry entry) throws IOException {
    open.csv().append(entry.csv());
    open.json().append(entry.json());
  }

  private OpenFiles open(long step, boolean isStep) throws IOException {
    if (files == null) {
      Files.createDirectories(folder);
      files = resumed ? resume(step, isStep) : begin();
    }
    return files;
  }

  private OpenFiles begin() throws IOException {
    return new OpenFiles(
        LineFile.begin(folder.resolve(CSV), List.of(LogEntry.csvHeader())),
        LineFile.begin(folder.resolve(JSON_LINES), List.of()),
        LineFile.begin(folder.resolve(SAMPLES), List.of()));
  }

  /// A measurement or sample of step 100 comes after step 100, so that step stays.
  private OpenFiles resume(long first, boolean isStep) throws IOException {
    for (String line : LineFile.wholeLines(folder.resolve(JSON_LINES))) {
      LogEntry.parse(line)
          .filter(entry -> isOlder(entry.step(), entry.isStep(), first, isStep))
          .ifPresent(entry -> {
            secondsBefore = entry.seconds();
            tokens = entry.tokens();
          });
    }
    if (!Files.exists(folder.resolve(CSV))) {
      LineFile.begin(folder.resolve(CSV), List.of(LogEntry.csvHeader())).close();
    }
    return new OpenFiles(
        LineFile.resume(
            folder.resolve(CSV),
            line ->
                line.equals(LogEntry.csvHeader())
                    || isOlder(
                        LogEntry.stepOfCsv(line), LogEntry.isStepOfCsv(line), first, isStep)),
        LineFile.resume(
            folder.resolve(JSON_LINES),
            line ->
                LogEntry.parse(line)
                    .filter(entry -> isOlder(entry.step(), entry.isStep(), first, isStep))
                    .isPresent()),
        LineFile.resume(
            folder.resolve(SAMPLES),
            line -> sampleStep(line).filter(step -> step < first).isPresent()));
  }

  private static boolean isOlder(long step, boolean isStep, long first, boolean firstIsStep) {
    return step >= 0 && (step < first || (step == first && isStep && !firstIsStep));
  }

  private static Optional<Long> sampleStep(String line) {
    try {
      JsonNode step = JSON.readTree(line).path("step");
      return step.isIntegralNumber() ? Optional.of(step.longValue()) : Optional.empty();
    } catch (JacksonException _) {
      return Optional.empty();
    }
  }

  @Override
  public void close() throws IOException {
    if (files != null) {
      try (LineFile _ = files.csv();
          LineFile _ = files.json();
          LineFile _ = files.samples()) {
        files = null;
      }
    }
  }
}
