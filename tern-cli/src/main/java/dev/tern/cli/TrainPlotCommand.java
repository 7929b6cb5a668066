package dev.tern.cli;

import dev.tern.train.report.LossPlot;
import dev.tern.train.report.RunHistory;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `tern train plot`: a picture of one or several runs.
@Command(
    name = "plot",
    description = "Draw the loss of training runs, several in one picture.",
    mixinStandardHelpOptions = true,
    sortOptions = false)
final class TrainPlotCommand implements Callable<Integer> {
  private final StandardStreams streams;

  @Spec private CommandSpec spec;

  @Parameters(arity = "1..*", paramLabel = "RUN", description = "Folders of runs.")
  private List<Path> runs = new ArrayList<>();

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FILE",
      description = "The picture, .png or .svg (default: ${DEFAULT-VALUE}).",
      defaultValue = "loss.png")
  private Path output = Path.of("");

  @Option(
      names = "--x",
      paramLabel = "AXIS",
      description = "step, tokens or time (default: ${DEFAULT-VALUE}).",
      defaultValue = "step")
  private Axis axis = Axis.STEP;

  /// What the loss is drawn over.
  enum Axis {
    STEP,
    TOKENS,
    TIME
  }

  TrainPlotCommand(StandardStreams streams) {
    this.streams = streams;
  }

  @Override
  public Integer call() throws IOException {
    String name = output.toString().toLowerCase(Locale.ROOT);
    if (!name.endsWith(".png") && !name.endsWith(".svg")) {
      throw new ParameterException(
          spec.commandLine(), "--output: '%s' ends in neither .png nor .svg".formatted(output));
    }
    List<RunHistory> histories = new ArrayList<>();
    for (Path run : runs) {
      histories.add(RunHistory.read(run));
    }
    LossPlot.of(histories, LossPlot.Horizontal.valueOf(axis.name())).write(output);
    streams.out().println(output);
    return ExitCode.OK;
  }
}
