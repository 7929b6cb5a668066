package dev.tern.cli;

import dev.tern.BatchEngine;
import dev.tern.BatchOptions;
import dev.tern.TernModel;
import dev.tern.server.OfflineBatch;
import dev.tern.server.batch.BatchInput;
import dev.tern.server.batch.BatchProgress;
import dev.tern.server.batch.BatchTarget;
import dev.tern.server.engine.ServedModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.LongAdder;

/// A file of requests that is being answered from the command line.
final class BatchSession {
  private final ServeSession.Model chosen;
  private final StandardStreams streams;
  private final boolean quiet;
  private final LongAdder prompts = new LongAdder();
  private final LongAdder generated = new LongAdder();

  BatchSession(ServeSession.Model chosen, StandardStreams streams, boolean quiet) {
    this.chosen = chosen;
    this.streams = streams;
    this.quiet = quiet;
  }

  /// Answers.
  ///
  /// @return the exit code, which is the signal's where one ended it
  int run(BatchFiles files) throws IOException {
    Path path = ModelArgument.locate(chosen.name(), streams, quiet);
    ModelOptions.requireFile(path);
    StatusLine status = new StatusLine(streams);
    try {
      BatchInput input = BatchInput.check(files.input(), OfflineBatch.urls(), chosen.id(path));
      return answer(input, files, path, status);
    } catch (InterruptedException stopped) {
      status.clear();
      streams.err().println("stopped; the same command goes on from here");
      streams.flush();
      return ExitCode.OK;
    } finally {
      status.clear();
    }
  }

  private int answer(BatchInput input, BatchFiles files, Path path, StatusLine status)
      throws IOException, InterruptedException {
    try (TernModel model = ModelOptions.load(path, chosen.loadOptions(), streams.err(), quiet);
        BatchEngine engine = model.newBatchEngine(chosen.batchOptions());
        Interruption interruption = new Interruption()) {
      ServedModel served =
          new ServedModel(
              chosen.id(path),
              Files.getLastModifiedTime(path).toInstant(),
              model,
              engine,
              (result, _) -> {
                prompts.add(result.usage().promptTokens());
                generated.add(result.usage().generatedTokens());
              });
      interruption.guard(Thread.currentThread()::interrupt);
      String key =
          BatchKey.of(
              path,
              served.id(),
              chosen.loadOptions(),
              chosen.batchOptions(),
              engine.contextLength());
      BatchTarget target = new BatchTarget(files.output(), files.force(), key);
      long begun = System.nanoTime();
      BatchProgress end =
          new OfflineBatch(served).run(input, target, atOnce(), soFar -> show(status, soFar));
      status.clear();
      if (!quiet) {
        double seconds = (System.nanoTime() - begun) / 1e9;
        streams.err().println(closingLine(model, counts(end, files.output()), seconds));
      }
      return ExitCode.OK;
    }
  }

  /// As many as are computed, and as many again that are ready to follow.
  private int atOnce() {
    BatchOptions options = chosen.batchOptions();
    return options.maxRunning() + Math.min(options.maxRunning(), options.queueCapacity());
  }

  private void show(StatusLine status, BatchProgress soFar) {
    if (!quiet) {
      status.show(
          "%,d of %,d answered%s"
              .formatted(soFar.answered(), soFar.total(), refusals(soFar, ", %,d refused")));
    }
  }

  private String closingLine(TernModel model, String counts, double seconds) {
    List<String> parts = new ArrayList<>(RunSummary.what(model));
    parts.add(counts);
    parts.add("prompts %,d tok".formatted(prompts.sum()));
    parts.add(
        String.format(
            Locale.ROOT,
            "generated %,d tok, %.1f tok/s",
            generated.sum(),
            generated.sum() / Math.max(seconds, 1e-9)));
    parts.add(String.format(Locale.ROOT, "%.1f s", seconds));
    parts.add("memory " + ByteCount.format(ProcessMemory.resident()));
    return String.join(" | ", parts);
  }

  private static String counts(BatchProgress end, Path output) {
    return "%,d requests answered in %s%s%s"
        .formatted(
            end.answered(),
            Printable.line(output.toString()),
            end.resumed() == 0 ? "" : ", %,d of them before".formatted(end.resumed()),
            refusals(end, ", %,d refused (see their status_code)"));
  }

  private static String refusals(BatchProgress progress, String text) {
    return progress.refused() == 0 ? "" : text.formatted(progress.refused());
  }
}
