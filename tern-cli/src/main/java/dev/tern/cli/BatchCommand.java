package dev.tern.cli;

import dev.tern.BatchOptions;
import dev.tern.LoadOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `tern batch`: answers a file of requests. What needs the server is in [BatchSession], so that
/// nobody loads it who does not serve.
@Command(
    name = "batch",
    description = {
      "Answer a file of requests: lines of OpenAI's batch format, many at once, without a server.",
      "A line is {\"custom_id\": \"1\", \"method\": \"POST\", \"url\": \"/v1/chat/completions\", \"body\": {...}}; /v1/completions, /v1/responses and /v1/embeddings are answered too.",
      "All lines are checked before the first is answered. The answers take their name when all are there; after an interruption the same command goes on where it was."
    },
    footer = {"", "Example:", "  tern batch -i requests.jsonl -o answers.jsonl model.gguf"},
    mixinStandardHelpOptions = true,
    sortOptions = false)
final class BatchCommand implements Callable<Integer> {
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
      description =
          "What the requests call the model in their field 'model' (default: its name, or its file's).")
  private @Nullable String alias;

  @Option(
      names = {"-i", "--input"},
      required = true,
      paramLabel = "FILE",
      description = "The requests, JSON lines.")
  private @Nullable Path inputOption;

  @Option(
      names = {"-o", "--output"},
      required = true,
      paramLabel = "FILE",
      description = "Where the answers go, JSON lines in the order in which they are ready.")
  private @Nullable Path outputOption;

  @Option(names = "--force", description = "Replace answers that are there.")
  private boolean force;

  @Option(
      names = {"-q", "--quiet"},
      description = "Print no notes, no progress and no closing line.")
  private boolean quiet;

  @Mixin private BatchFlags batch;
  @Mixin private ModelOptions modelOptions;
  @Mixin private TextOptions textOptions;

  BatchCommand(StandardStreams streams) {
    this.streams = streams;
  }

  @Override
  public Integer call() throws IOException {
    if (argument != null && modelOption != null) {
      throw usage("the model is given twice: leave out -m or the argument");
    }
    BatchFiles files =
        new BatchFiles(
            Objects.requireNonNull(inputOption, "picocli requires it"),
            Objects.requireNonNull(outputOption, "picocli requires it"),
            force);
    files.require();
    BatchOptions batchOptions = batch.toBatchOptions();
    LoadOptions loadOptions = textOptions.addTo(modelOptions.toLoadOptions());
    String named = modelOption == null ? argument : modelOption;
    return new BatchSession(
            new ServeSession.Model(
                named == null ? BuiltInModel.NAME : named, alias, loadOptions, batchOptions),
            streams,
            quiet)
        .run(files);
  }

  private ParameterException usage(String message) {
    return new ParameterException(spec.commandLine(), message);
  }
}
