package dev.tern.cli;

import dev.tern.eval.OutputMeasurement;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `tern diff`: what two models have in common.
@Command(
    name = "diff",
    description = {
      "Compare two models: weights tensor by tensor, codes and scales where both have them; then what both expect at every place of some short texts, and what they write behind them.",
      "Like diff(1), it returns 0 for equal weights, 1 for different ones and 2 for every error."
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:every ternary value, scale and other weight is equal",
      "1:weights differ",
      "2:wrong options, or a file that cannot be read or compared"
    },
    mixinStandardHelpOptions = true,
    sortOptions = false)
final class DiffCommand implements Callable<Integer> {
  /// What `--tensors-only` goes with: nothing that is about outputs.
  private static final Set<String> OF_TENSORS =
      Set.of("--tensors-only", "--json", "--verbose", "--i2s-layout");

  private final StandardStreams streams;

  @Spec private CommandSpec spec;

  @Parameters(index = "0", paramLabel = "A", description = ModelArgument.DESCRIPTION)
  private String firstName = "";

  @Parameters(index = "1", paramLabel = "B", description = "Another.")
  private String secondName = "";

  @Option(
      names = "--text",
      paramLabel = "FILE",
      description = "Compare the outputs on this text as well, in chunks of 512 tokens.")
  private @Nullable Path textFile;

  @Option(
      names = {"-n", "--n-predict"},
      paramLabel = "N",
      description = "Tokens that both write behind each short text (default: ${DEFAULT-VALUE}).")
  private int greedyTokens = 32;

  @Option(names = "--tensors-only", description = "Compare no outputs.")
  private boolean tensorsOnly;

  @Option(names = "--verbose", description = "List every tensor instead of every kind of tensor.")
  private boolean verbose;

  @Option(names = "--json", description = "Print JSON, with every tensor.")
  private boolean json;

  @Mixin private ModelOptions modelOptions;

  DiffCommand(StandardStreams streams) {
    this.streams = streams;
  }

  /// Other commands return other codes for errors; here 1 is taken, and scripts know diff's.
  @Override
  public Integer call() {
    try {
      check();
      return compare(locate(firstName), locate(secondName));
    } catch (IOException | RuntimeException failure) {
      if (failure instanceof ParameterException usage) {
        throw usage;
      }
      Failures.report(failure, streams.err());
      return ExitCode.USAGE;
    }
  }

  private void check() throws IOException {
    if (tensorsOnly) {
      for (OptionSpec option : spec.commandLine().getParseResult().matchedOptions()) {
        if (!OF_TENSORS.contains(option.longestName())) {
          throw new ParameterException(
              spec.commandLine(),
              "--tensors-only compares no outputs, so %s does not go with it"
                  .formatted(option.longestName()));
        }
      }
    }
    if (greedyTokens < 0) {
      throw new IllegalArgumentException("-n must be at least 0, not " + greedyTokens);
    }
  }

  private Path locate(String name) throws IOException {
    Path path = ModelArgument.locate(name, streams, json);
    ModelOptions.requireFile(path);
    return path;
  }

  private int compare(Path first, Path second) throws IOException {
    ModelComparison comparison =
        new ModelComparison(
            streams,
            modelOptions.toLoadOptions(),
            tensorsOnly ? List.of() : texts(),
            greedyTokens,
            verbose,
            json);
    // Output that nobody got is reported by who called, but only where all else went well.
    return comparison.print(first, second).isLossless() || streams.outputFailure().isPresent()
        ? ExitCode.OK
        : ExitCode.DIFFERENT;
  }

  private List<String> texts() throws IOException {
    List<String> texts = new ArrayList<>(OutputMeasurement.builtInTexts());
    if (textFile != null) {
      texts.add(TextInput.read(textFile));
    }
    return texts;
  }
}
