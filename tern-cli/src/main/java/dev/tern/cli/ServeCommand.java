package dev.tern.cli;

import dev.tern.BatchOptions;
import dev.tern.LoadOptions;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `tern serve`: answers over HTTP. What needs the server is in [ServeSession], so that nobody
/// loads it who does not serve.
@Command(
    name = "serve",
    description = {
      "Serve a model over HTTP, as OpenAI's clients ask.",
      "Without a model, the one that comes with Tern is served.",
      "Ctrl-C, or a request to terminate, lets what has begun end and then stops."
    },
    mixinStandardHelpOptions = true,
    sortOptions = false)
final class ServeCommand implements Callable<Integer> {
  private final StandardStreams streams;

  @Spec private CommandSpec spec;

  @Parameters(arity = "0..1", paramLabel = "MODEL", description = ModelArgument.DESCRIPTION)
  private @Nullable String argument;

  @Option(
      names = {"-m", "--model"},
      paramLabel = "MODEL",
      description = "The same as an option.")
  private @Nullable String modelOption;

  @Option(
      names = {"-a", "--alias"},
      paramLabel = "NAME",
      description = "What clients call the model (default: its name, or its file's).")
  private @Nullable String alias;

  @Option(
      names = "--drain-timeout",
      paramLabel = "SECONDS",
      description =
          "How long what has begun may take to end when the server stops (default: ${DEFAULT-VALUE}).")
  private int drainTimeout = 30;

  @Mixin private HttpFlags http;
  @Mixin private BatchFlags batch;
  @Mixin private ModelOptions modelOptions;
  @Mixin private TextOptions textOptions;

  ServeCommand(StandardStreams streams) {
    this.streams = streams;
  }

  @Override
  public Integer call() throws IOException {
    if (argument != null && modelOption != null) {
      throw new ParameterException(
          spec.commandLine(), "the model is given twice: leave out -m or the argument");
    }
    if (drainTimeout < 0) {
      throw new ParameterException(
          spec.commandLine(),
          "--drain-timeout: %d is too small; at least 0".formatted(drainTimeout));
    }
    BatchOptions batchOptions = batch.toBatchOptions();
    LoadOptions loadOptions = textOptions.addTo(modelOptions.toLoadOptions());
    return new ServeSession(
            new ServeSession.Model(takeModel(), alias, loadOptions, batchOptions),
            Duration.ofSeconds(drainTimeout),
            streams)
        .run(http);
  }

  private String takeModel() {
    String named = modelOption == null ? argument : modelOption;
    return named == null ? BuiltInModel.NAME : named;
  }
}
