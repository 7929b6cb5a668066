package dev.tern.cli;

import dev.tern.file.WholeFile;
import dev.tern.train.config.ConfigWriter;
import dev.tern.train.config.TrainingConfig;
import dev.tern.train.engine.TrainingEngineException;
import dev.tern.train.report.LossPlot;
import dev.tern.train.report.RunHistory;
import dev.tern.train.report.RunLog;
import dev.tern.train.run.DivergedException;
import dev.tern.train.run.Start;
import dev.tern.train.run.TrainingRun;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.logging.Level;
import java.util.logging.Logger;

/// A training run from the command line: shows it, logs it, draws it, and ends it when it is asked
/// to.
final class TrainSession {
  /// DJL warns of GPUs that nobody has asked for, and of what [TrainingEngineException] says
  /// better. Kept, because Java forgets loggers that nobody holds.
  private static final Logger DJL = Logger.getLogger("ai.djl");

  /// A step and a checkpoint of a large model take their time.
  private static final long PATIENCE_SECONDS = 600;

  private final TrainingConfig config;
  private final String configName;
  private final StandardStreams streams;
  private final TrainProgress progress;

  private TrainSession(
      TrainingConfig config, String configName, StandardStreams streams, TrainProgress progress) {
    this.config = config;
    this.configName = configName;
    this.streams = streams;
    this.progress = progress;
  }

  /// Trains.
  ///
  /// @param configName how the person named the configuration
  /// @return the exit code
  static int run(
      TrainingConfig config, Start start, String configName, StandardStreams streams, boolean quiet)
      throws IOException {
    try (TrainProgress progress = new TrainProgress(streams, quiet)) {
      TrainSession session = new TrainSession(config, configName, streams, progress);
      return guarded(() -> session.run(start), streams);
    }
  }

  /// Writes the model of the newest checkpoint.
  ///
  /// @return the exit code
  static int export(TrainingConfig config, StandardStreams streams, boolean quiet)
      throws IOException {
    try (TrainProgress progress = new TrainProgress(streams, quiet)) {
      TrainSession session = new TrainSession(config, "", streams, progress);
      return guarded(session::export, streams);
    }
  }

  private interface Work {
    int run() throws IOException;
  }

  private static int guarded(Work work, StandardStreams streams) throws IOException {
    quietDjl();
    try {
      return work.run();
    } catch (UncheckedIOException broken) {
      IOException cause = broken.getCause();
      throw cause == null ? new IOException(broken) : cause;
    } catch (DivergedException diverged) {
      return Failures.report(diverged, ExitCode.CHECK_FAILED, streams.err());
    } catch (TrainingEngineException missing) {
      return Failures.report(missing, exitCode(missing), streams.err());
    }
  }

  private static int exitCode(TrainingEngineException missing) {
    return switch (missing.reason()) {
      case FETCH -> ExitCode.NOT_FETCHED;
      case PLATFORM, LOAD -> ExitCode.UNSUPPORTED;
      case SETTING, DEVICE -> ExitCode.USAGE;
      case CACHE -> ExitCode.BAD_FILE;
    };
  }

  private static void quietDjl() {
    DJL.setLevel(System.getenv(Failures.DEBUG_VARIABLE) == null ? Level.OFF : Level.INFO);
  }

  private int run(Start start) throws IOException {
    try (Interruption interruption = new Interruption(PATIENCE_SECONDS);
        RunLog log = log(start);
        TrainingRun run = TrainingRun.open(config, start, new LoggedProgress(log, progress))) {
      write(config.output().resolve("config.yaml"), ConfigWriter.write(config));
      interruption.guard(() -> {
        progress.line("stopping after this step");
        run.stop();
      });
      run.run();
      if (run.isDone()) {
        draw();
        printModel(run);
      } else {
        progress.line(
            "stopped after step %d of %d; to go on: tern train %s --resume"
                .formatted(run.progress().step(), config.run().steps(), configName));
      }
      return ExitCode.OK;
    }
  }

  private int export() throws IOException {
    try (TrainingRun run = TrainingRun.open(config, Start.RESUME, progress)) {
      run.export();
      printModel(run);
      return ExitCode.OK;
    }
  }

  private void printModel(TrainingRun run) {
    streams.out().println(run.folder().model(config.name()));
    streams.flush();
  }

  private RunLog log(Start start) {
    int every = config.run().logEvery();
    return start == Start.RESUME
        ? RunLog.resume(config.output(), every)
        : RunLog.begin(config.output(), every);
  }

  /// A picture that cannot be drawn is no reason to lose a model. Java does not draw while the
  /// process ends, so a run that is stopped gets none.
  private void draw() {
    if (!Files.exists(config.output().resolve(RunLog.JSON_LINES))) {
      return;
    }
    try {
      LossPlot plot =
          LossPlot.of(List.of(RunHistory.read(config.output())), LossPlot.Horizontal.STEP);
      plot.write(config.output().resolve("loss.png"));
      plot.write(config.output().resolve("loss.svg"));
    } catch (IOException noPicture) {
      progress.notice("there is no picture of the loss: " + noPicture.getMessage());
    }
  }

  private static void write(Path file, String text) throws IOException {
    ByteBuffer bytes = StandardCharsets.UTF_8.encode(text);
    WholeFile.write(
        file,
        channel -> {
          while (bytes.hasRemaining()) {
            channel.write(bytes);
          }
        });
  }
}
