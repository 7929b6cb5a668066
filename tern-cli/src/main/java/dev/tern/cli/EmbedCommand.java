package dev.tern.cli;

import static dev.tern.cli.OptionCheck.named;

import dev.tern.Embedding;
import dev.tern.EmbeddingOptions;
import dev.tern.LoadOptions;
import dev.tern.Pooling;
import dev.tern.TernModel;
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

/// `tern embed`: texts to vectors.
@Command(
    name = "embed",
    description = {
      "Print a vector for each text, as llama.cpp's llama-embedding does: texts that mean something similar get vectors that point in similar directions, if the model was trained for that.",
      "Texts are arguments, or the lines of a file or of standard input. Names of special tokens in them are ordinary text; what a model wants in front of a question or a document is part of the text."
    },
    footer = {
      "",
      "Examples:",
      "  tern embed model.gguf \"a red fox\" \"ein roter Fuchs\"",
      "  tern embed model.gguf -f lines.txt --pooling last --dimensions 256 --embd-output-format json"
    },
    mixinStandardHelpOptions = true,
    sortOptions = false)
final class EmbedCommand implements Callable<Integer> {
  private static final int EUCLIDEAN = 2;
  private static final int NOT_NORMALIZED = -1;

  private final StandardStreams streams;

  @Spec private CommandSpec spec;

  @Parameters(
      arity = "0..*",
      paramLabel = "MODEL [TEXT...]",
      hideParamSyntax = true,
      description = "The model, a file or a name, and texts; with -m, texts alone.")
  private List<String> arguments = new ArrayList<>();

  @Option(
      names = {"-m", "--model"},
      paramLabel = "MODEL",
      description = ModelArgument.DESCRIPTION)
  private @Nullable String modelOption;

  @Option(
      names = {"-f", "--file"},
      paramLabel = "FILE",
      description = "A file with a text on each line.")
  private @Nullable Path textFile;

  @Option(
      names = "--pooling",
      paramLabel = "NAME",
      description =
          "How the states of a text's tokens become one vector: ${COMPLETION-CANDIDATES} (default: what the model says, else the mean).")
  private @Nullable Pooling pooling;

  @Option(
      names = "--dimensions",
      paramLabel = "N",
      description =
          "Keep the first N numbers of each vector, for models that were trained for it; 0 for all (default).")
  private int dimensions;

  @Option(
      names = "--embd-normalize",
      paramLabel = "N",
      description = "2 for vectors of Euclidean length 1 (default), -1 for vectors as they are.")
  private int normalize = EUCLIDEAN;

  @Option(
      names = "--embd-output-format",
      paramLabel = "NAME",
      description =
          "${COMPLETION-CANDIDATES}: numbers on a line for each text (default), an array of arrays, or JSON as OpenAI's API has it.")
  private EmbeddingFormat format = EmbeddingFormat.RAW;

  @Option(
      names = {"-c", "--ctx-size"},
      paramLabel = "N",
      description = "The most tokens of a text; 0 for what the model was trained for (default).")
  private int contextLength;

  @Option(
      names = {"-b", "--batch-size"},
      paramLabel = "N",
      description = "Tokens computed at once, of one text or several (default: ${DEFAULT-VALUE}).")
  private int batchSize = EmbeddingOptions.defaults().batchSize();

  @Option(
      names = {"-q", "--quiet"},
      description = "Print no notes and no closing line.")
  private boolean quiet;

  @Option(
      names = "--pre-tokenizer",
      paramLabel = "NAME",
      description =
          "Split text as this pre-tokenizer does, instead of the one that the file names.")
  private @Nullable String preTokenizer;

  @Mixin private ModelOptions modelOptions;

  EmbedCommand(StandardStreams streams) {
    this.streams = streams;
  }

  @Override
  public Integer call() throws IOException {
    EmbeddingOptions options = embeddingOptions();
    LoadOptions loadOptions = loadOptions();
    Path path = ModelArgument.locate(takeModel(), streams, quiet);
    ModelOptions.requireFile(path);
    List<String> texts = takeTexts();
    try (TernModel model = ModelOptions.load(path, loadOptions, streams.err(), quiet)) {
      long start = System.nanoTime();
      List<Embedding> embeddings = model.embed(texts, options);
      EmbeddingReport report =
          new EmbeddingReport(model, embeddings, (System.nanoTime() - start) / 1e9);
      report.print(format, streams.out());
      streams.flush();
      if (!quiet) {
        streams.err().println(report.summary());
      }
    }
    return ExitCode.OK;
  }

  private EmbeddingOptions embeddingOptions() {
    if (normalize != EUCLIDEAN && normalize != NOT_NORMALIZED) {
      throw usage(
          "--embd-normalize: vectors are normalized with 2 (Euclidean length) or not at all with -1, not with "
              + normalize);
    }
    EmbeddingOptions options = EmbeddingOptions.defaults().withNormalize(normalize == EUCLIDEAN);
    if (pooling != null) {
      options = options.withPooling(pooling);
    }
    EmbeddingOptions pooled = options;
    EmbeddingOptions cut = named("--dimensions", () -> pooled.withDimensions(dimensions));
    EmbeddingOptions bounded = named("-c", () -> cut.withContextLength(contextLength));
    return named("-b", () -> bounded.withBatchSize(batchSize));
  }

  /// No logits are computed, so the head needs no index.
  private LoadOptions loadOptions() {
    LoadOptions options = modelOptions.toLoadOptions().withHeadIndex(false);
    return preTokenizer == null ? options : options.withPreTokenizer(preTokenizer);
  }

  private String takeModel() {
    if (modelOption != null) {
      return modelOption;
    }
    if (arguments.isEmpty()) {
      throw usage("the model is missing, for example: tern embed model.gguf \"a text\"");
    }
    return arguments.removeFirst();
  }

  private List<String> takeTexts() throws IOException {
    if (textFile != null && !arguments.isEmpty()) {
      throw usage("texts are given as arguments and with -f; one of both is enough");
    }
    if (!arguments.isEmpty()) {
      return arguments;
    }
    if (textFile == null && streams.isInteractive()) {
      throw usage("the text is missing, for example: tern embed model.gguf \"a text\"");
    }
    String source = textFile == null ? "standard input" : textFile.toString();
    List<String> lines =
        (textFile == null ? TextInput.read(streams.in()) : TextInput.read(textFile))
            .lines()
            .toList();
    if (lines.isEmpty()) {
      throw usage(source + " has no lines, so there is nothing to embed");
    }
    return lines;
  }

  private ParameterException usage(String message) {
    return new ParameterException(spec.commandLine(), message);
  }
}
