package dev.tern.cli;

import dev.tern.BatchEngine;
import dev.tern.BatchOptions;
import dev.tern.LoadOptions;
import dev.tern.TernModel;
import dev.tern.server.OfflineBatch;
import dev.tern.server.batch.BatchInput;
import dev.tern.server.batch.BatchProgress;
import dev.tern.server.batch.BatchTarget;
import dev.tern.server.engine.ServedModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// A file of requests that is being answered from the command line.
final class BatchSession {
  private final String name;
  private final LoadOptions loadOptions;
  private final BatchOptions batchOptions;
  private final StandardStreams streams;
  private final boolean quiet;

  BatchSession(
      String name,
      LoadOptions loadOptions,
      BatchOptions batchOptions,
      StandardStreams streams,
      boolean quiet) {
    this.name = name;
    this.loadOptions = loadOptions;
    this.batchOptions = batchOptions;
    this.streams = streams;
    this.quiet = quiet;
  }

  /// Answers.
  ///
  /// @return the exit code, which is the signal's where one ended it
  int run(BatchFiles files) throws IOException {
    Path path = ModelArgument.locate(name, streams, quiet);
    ModelOptions.requireFile(path);
    try (TernModel model = ModelOptions.load(path, loadOptions, streams.err(), quiet);
        BatchEngine engine = model.newBatchEngine(batchOptions);
        Interruption interruption = new Interruption()) {
      ServedModel served =
          new ServedModel(
              ServeSession.id(name, path),
              Files.getLastModifiedTime(path).toInstant(),
              model,
              engine,
              (_, _) -> {});
      OfflineBatch batch = new OfflineBatch(served);
      interruption.guard(Thread.currentThread()::interrupt);
      String key =
          BatchKey.of(path, served.id(), loadOptions, batchOptions, engine.contextLength());
      return answer(batch, files, key);
    }
  }

  private int answer(OfflineBatch batch, BatchFiles files, String key) throws IOException {
    StatusLine status = new StatusLine(streams);
    long begun = System.nanoTime();
    try {
      BatchInput checked = BatchInput.check(files.input(), batch.urls());
      BatchTarget target = new BatchTarget(files.output(), files.force(), key);
      BatchProgress end = batch.run(checked, target, atOnce(), soFar -> show(status, soFar));
      status.clear();
      if (!quiet) {
        streams.err().println(summary(end, files.output(), (System.nanoTime() - begun) / 1e9));
      }
      return ExitCode.OK;
    } catch (InterruptedException stopped) {
      status.clear();
      streams.err().println("stopped; the same command goes on from here");
      streams.flush();
      return ExitCode.OK;
    } finally {
      status.clear();
    }
  }

  /// As many as are computed, and as many again that are ready to follow.
  private int atOnce() {
    return batchOptions.maxRunning()
        + Math.min(batchOptions.maxRunning(), batchOptions.queueCapacity());
  }

  private void show(StatusLine status, BatchProgress soFar) {
    if (!quiet) {
      status.show(
          "%,d of %,d answered%s"
              .formatted(soFar.answered(), soFar.total(), refusals(soFar, ", %,d refused")));
    }
  }

  private static String summary(BatchProgress end, Path output, double seconds) {
    return "%,d requests answered in %s%s%s, %.1f s"
        .formatted(
            end.answered(),
            Printable.line(output.toString()),
            end.resumed() == 0 ? "" : ", %,d of them before".formatted(end.resumed()),
            refusals(end, ", %,d refused (see their status_code)"),
            seconds);
  }

  private static String refusals(BatchProgress progress, String text) {
    return progress.refused() == 0 ? "" : text.formatted(progress.refused());
  }
}
