package dev.tern.cli;

import static dev.tern.cli.OptionCheck.named;

import dev.tern.LoadOptions;
import dev.tern.SessionOptions;
import dev.tern.TernModel;
import dev.tern.eval.Perplexity;
import dev.tern.eval.PerplexityMeasurement;
import dev.tern.eval.PerplexityProtocol;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `tern perplexity`: how well a model predicts a text.
@Command(
    name = "perplexity",
    description = {
      "Measure how well a model predicts a text, as llama.cpp's llama-perplexity does: the text is cut into chunks, each begins anew, and the tokens of its second half are scored.",
      "The text is read from standard input where no file is given. Progress goes to standard error, the result to standard output. Bits per byte compare models of different vocabularies."
    },
    footer = {
      "",
      "Examples:",
      "  tern perplexity model.gguf wiki.test.raw",
      "  tern perplexity model.gguf -f text.txt -c 256 --chunks 32 --json"
    },
    mixinStandardHelpOptions = true,
    sortOptions = false)
final class PerplexityCommand implements Callable<Integer> {
  private final StandardStreams streams;

  @Spec private CommandSpec spec;

  @Parameters(
      arity = "0..2",
      paramLabel = "MODEL [TEXT]",
      hideParamSyntax = true,
      description =
          "The model, a file or a name, and the file with the text; with -m, the text's alone.")
  private List<String> arguments = new ArrayList<>();

  @Option(
      names = {"-m", "--model"},
      paramLabel = "MODEL",
      description = ModelArgument.DESCRIPTION)
  private @Nullable String modelOption;

  @Option(
      names = {"-f", "--file"},
      paramLabel = "FILE",
      description = "The file with the text.")
  private @Nullable Path textOption;

  @Mixin private PerplexityFlags perplexityFlags;

  @Option(names = "--json", description = "Print JSON.")
  private boolean json;

  @Option(
      names = {"-q", "--quiet"},
      description = "Print no notes, no progress and no closing line.")
  private boolean quiet;

  @Option(
      names = "--pre-tokenizer",
      paramLabel = "NAME",
      description =
          "Split text as this pre-tokenizer does, instead of the one that the file names.")
  private @Nullable String preTokenizer;

  @Mixin private CacheFlags cacheFlags;
  @Mixin private ModelOptions modelOptions;

  PerplexityCommand(StandardStreams streams) {
    this.streams = streams;
  }

  @Override
  public Integer call() throws IOException {
    PerplexityProtocol protocol = perplexityFlags.protocol();
    SessionOptions sessionOptions = cacheFlags.toSessionOptions();
    LoadOptions options = loadOptions();
    Path path = ModelArgument.locate(takeModel(), streams, quiet);
    ModelOptions.requireFile(path);
    String text = takeText();
    try (TernModel model = ModelOptions.load(path, options, streams.err(), quiet)) {
      PerplexityMeasurement whole = PerplexityMeasurement.of(model, protocol, sessionOptions);
      PerplexityMeasurement measurement =
          named("--parallel", () -> whole.withChunksAtOnce(perplexityFlags.chunksAtOnce(options)));
      PerplexityProgress progress = new PerplexityProgress(streams, quiet);
      Perplexity result = measurement.run(text, progress::report);
      PerplexityReport report = new PerplexityReport(model, result, progress.seconds());
      streams.out().println(json ? Json.format(report.fields()) : report.text());
      streams.flush();
      if (!quiet) {
        streams.err().println(report.summary());
      }
    }
    return ExitCode.OK;
  }

  /// No largest logits are searched for here, so the head needs no index.
  private LoadOptions loadOptions() {
    LoadOptions options = modelOptions.toLoadOptions().withHeadIndex(false);
    return preTokenizer == null ? options : options.withPreTokenizer(preTokenizer);
  }

  private String takeModel() {
    if (modelOption != null) {
      return modelOption;
    }
    if (arguments.isEmpty()) {
      throw usage("the model is missing, for example: tern perplexity model.gguf text.txt");
    }
    return arguments.removeFirst();
  }

  private String takeText() throws IOException {
    List<Path> given = new ArrayList<>(arguments.stream().map(Path::of).toList());
    if (textOption != null) {
      given.add(textOption);
    }
    if (given.size() > 1) {
      throw usage("the text is given more than once");
    }
    if (given.isEmpty() && streams.isInteractive()) {
      throw usage("the text is missing, for example: tern perplexity model.gguf text.txt");
    }
    return given.isEmpty() ? TextInput.read(streams.in()) : TextInput.read(given.getFirst());
  }

  private ParameterException usage(String message) {
    return new ParameterException(spec.commandLine(), message);
  }
}
