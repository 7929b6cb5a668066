package dev.tern.cli;

import dev.tern.train.config.ConfigReader;
import dev.tern.train.config.TrainingConfig;
import dev.tern.train.run.Start;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `tern train`: trains a model. What needs the training engine is in [TrainSession], so that
/// nobody loads it who does not train.
@Command(
    name = "train",
    description = {
      "Train a 1-bit model as a file says, and write it as a GGUF file.",
      "The first training fetches PyTorch (110 MB) from Maven Central. Ctrl-C stops after the step and leaves a checkpoint."
    },
    footer = {
      "",
      "  tern train --example > story.yaml     a configuration to begin with",
      "  tern train story.yaml --set run.steps=100"
    },
    mixinStandardHelpOptions = true,
    sortOptions = false)
final class TrainCommand implements Callable<Integer> {
  private final StandardStreams streams;

  @Spec private CommandSpec spec;

  @Parameters(
      arity = "0..1",
      paramLabel = "CONFIG",
      description = "A training run, in YAML; docs/training.md explains its keys.")
  private @Nullable Path config;

  @Option(names = "--example", description = "Print a complete configuration, with comments.")
  private boolean example;

  @Option(
      names = "--set",
      paramLabel = "KEY=VALUE",
      description =
          "A setting in place of the file's, such as run.steps=100 or data.train.0.path=a.txt; as often as needed.")
  private List<String> settings = new ArrayList<>();

  @Option(names = "--resume", description = "Go on from the newest checkpoint.")
  private boolean resume;

  @Option(
      names = "--restart",
      description = "Begin again where there are checkpoints, which are deleted.")
  private boolean restart;

  @Option(
      names = "--export",
      description = "Train nothing; write the model as it is at the newest checkpoint.")
  private boolean export;

  @Option(
      names = "--device",
      paramLabel = "DEVICE",
      description = "cpu or gpu (default: as the file says).")
  private @Nullable String device;

  @Option(
      names = {"-t", "--threads"},
      paramLabel = "N",
      description = "Threads that compute (default: as the file says).")
  private @Nullable Integer threads;

  @Option(
      names = "--dry-run",
      description = "Print all settings, and what they come to; train nothing.")
  private boolean dryRun;

  @Option(
      names = {"-q", "--quiet"},
      description = "Print nothing but the model's file.")
  private boolean quiet;

  private TrainCommand(StandardStreams streams) {
    this.streams = streams;
  }

  /// {@return the command with those below it}
  static CommandLine of(StandardStreams streams) {
    return new CommandLine(new TrainCommand(streams))
        .addSubcommand("tokenizer", new TrainTokenizerCommand(streams))
        .addSubcommand("plot", new TrainPlotCommand(streams));
  }

  @Override
  public Integer call() throws IOException {
    if (example) {
      streams.out().print(ConfigReader.example());
      return ExitCode.OK;
    }
    if (config == null) {
      throw new ParameterException(
          spec.commandLine(),
          "the configuration is missing; tern train --example > story.yaml makes one");
    }
    if (resume && restart) {
      throw new ParameterException(
          spec.commandLine(), "--resume goes on and --restart begins again: name one of them");
    }
    TrainingConfig read = ConfigReader.read(config, overrides());
    if (dryRun) {
      TrainPreview.print(read, streams);
      return ExitCode.OK;
    }
    if (export) {
      if (resume || restart) {
        throw new ParameterException(
            spec.commandLine(), "--export trains nothing: leave out --resume and --restart");
      }
      return TrainSession.export(read, streams, quiet);
    }
    Start start = resume ? Start.RESUME : restart ? Start.RESTART : Start.FRESH;
    return TrainSession.run(read, start, String.valueOf(config), streams, quiet);
  }

  private List<String> overrides() {
    List<String> all = new ArrayList<>(settings);
    if (device != null) {
      String name = device.toLowerCase(Locale.ROOT);
      if (!name.equals("cpu") && !name.equals("gpu")) {
        throw new ParameterException(
            spec.commandLine(), "--device: '%s' is neither cpu nor gpu".formatted(device));
      }
      all.add("run.device=" + name);
    }
    if (threads != null) {
      if (threads < 1) {
        throw new ParameterException(
            spec.commandLine(), "--threads: %d is too small; at least 1".formatted(threads));
      }
      all.add("run.threads=" + threads);
    }
    return all;
  }
}
