package dev.tern.cli;

import static dev.tern.cli.OptionCheck.named;

import dev.tern.I2sLayout;
import dev.tern.LoadOptions;
import dev.tern.TernModel;
import dev.tern.convert.Conversion;
import dev.tern.convert.ConversionReport;
import dev.tern.convert.EncodingChoice;
import dev.tern.convert.EncodingPlan;
import dev.tern.convert.Float8Export;
import dev.tern.convert.GgufConversion;
import dev.tern.eval.Perplexity;
import dev.tern.eval.PerplexityMeasurement;
import dev.tern.eval.PerplexityProtocol;
import dev.tern.eval.WeightComparison;
import dev.tern.eval.WeightSource;
import dev.tern.safetensors.SafetensorsType;
import dev.tern.source.ModelSource;
import dev.tern.tensor.TensorType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `tern quantize`: a model with fewer bits, and what that costs.
@Command(
    name = "quantize",
    description = {
      "Round the weights of a trained model to another encoding, and measure what is lost: errors of weights, and with --text the perplexity before and after.",
      "Ternary weights are made as BitNet b1.58 makes them (codes of the mean magnitude of a tensor), binary ones by their signs; weights that are ternary or binary already keep their codes. Models of 1 bit are trained with that rounding; the table shows what it does to others."
    },
    footer = {
      "",
      "Examples:",
      "  tern quantize model.gguf small.gguf --output-type Q4_0 --text wiki.test.raw",
      "  tern quantize folder ternary.gguf --output-type I2_S --text text.txt --chunks 32 --json"
    },
    mixinStandardHelpOptions = true,
    sortOptions = false)
final class QuantizeCommand implements Callable<Integer> {
  /// What goes without a text: nothing that is about computing.
  private static final Set<String> WITHOUT_TEXT =
      Set.of(
          "--output-type", "--embedding-type", "--pre-tokenizer", "--json", "--force", "--quiet");

  private static final List<SafetensorsType> FLOAT8 =
      List.of(SafetensorsType.F8_E4M3, SafetensorsType.F8_E5M2);

  private final StandardStreams streams;

  @Spec private CommandSpec spec;

  @Parameters(index = "0", paramLabel = "MODEL", description = ModelArgument.DESCRIPTION)
  private String modelName = "";

  @Parameters(
      index = "1",
      paramLabel = "DEST",
      description = "The GGUF file to write; a folder for 8-bit floats.")
  private Path target = Path.of("");

  @Option(
      names = "--output-type",
      paramLabel = "TYPE",
      required = true,
      description =
          "Encoding of the linear layers: Q8_0, Q6_K, Q4_K, Q4_0; ternary I2_S, TQ1_0, TQ2_0, IQ1_BN, IQ2_BN, Q2_0; binary Q1_0; F16, BF16 or F32; F8_E4M3 or F8_E5M2 in a Hugging Face folder, since GGUF has no 8-bit floats.")
  private String outputType = "";

  @Option(
      names = "--embedding-type",
      paramLabel = "TYPE",
      description =
          "Encoding of the embedding and the head (default: floats become Q6_K, or what fits; F16, BF16 and Q8_0 with linear layers of these; F16 or BF16 in a folder).")
  private @Nullable String embeddingType;

  @Option(
      names = "--text",
      paramLabel = "FILE",
      description = "Measure the perplexity on this text, before and after.")
  private @Nullable Path textFile;

  @Mixin private PerplexityFlags perplexityFlags;

  @Option(
      names = "--pre-tokenizer",
      paramLabel = "NAME",
      description = "Split text as this pre-tokenizer does, and name it in DEST.")
  private @Nullable String preTokenizer;

  @Option(names = "--force", description = "Replace what is there.")
  private boolean force;

  @Option(names = "--json", description = "Print JSON.")
  private boolean json;

  @Option(
      names = {"-q", "--quiet"},
      description = "Print no notes and no progress.")
  private boolean quiet;

  @Mixin private CacheFlags cacheFlags;
  @Mixin private ModelOptions modelOptions;

  QuantizeCommand(StandardStreams streams) {
    this.streams = streams;
  }

  @Override
  public Integer call() throws IOException {
    Function<ModelSource, Conversion> conversions = conversions();
    PerplexityProtocol protocol = perplexityFlags.protocol();
    LoadOptions loading = loadOptions();
    requireTextForMeasuring();
    Path source = ModelArgument.locate(modelName, streams, quiet);
    ModelSource.requirePresent(source);
    if (Files.exists(target) && Files.isSameFile(source, target)) {
      throw usage("a model cannot be quantized onto itself");
    }
    Optional<String> text =
        textFile == null ? Optional.empty() : Optional.of(TextInput.read(textFile));
    ConversionReport report;
    MeasuredModel before;
    try (ModelSource model = ModelSource.open(source)) {
      Conversion conversion = conversions.apply(model);
      conversion.check(target, force);
      before = measure(source, model, loading, text, protocol);
      report = write(conversion);
    }
    MeasuredModel after;
    try (ModelSource model = ModelSource.open(target)) {
      after = measure(target, model, loading, text, protocol);
    }
    print(new QuantizeReport(before, after, weights(source), report));
    return ExitCode.OK;
  }

  private Function<ModelSource, Conversion> conversions() {
    boolean toGguf = target.toString().toLowerCase(Locale.ROOT).endsWith(".gguf");
    Optional<TensorType> embedding = ConvertCommand.type("--embedding-type", embeddingType);
    Optional<SafetensorsType> float8 =
        FLOAT8.stream().filter(type -> type.name().equalsIgnoreCase(outputType)).findFirst();
    if (float8.isPresent()) {
      if (toGguf || preTokenizer != null) {
        throw usage(
            "GGUF has no type for %s, so DEST must be a folder, %s"
                .formatted(
                    float8.get(),
                    toGguf ? "whose name does not end in .gguf" : "and takes no --pre-tokenizer"));
      }
      return model ->
          named("--embedding-type", () -> Float8Export.of(model, float8.get(), embedding));
    }
    EncodingChoice choice =
        new EncodingChoice(ConvertCommand.type("--output-type", outputType), embedding);
    if (!toGguf) {
      throw usage(
          "%s belongs to GGUF files, and '%s' does not end in .gguf".formatted(outputType, target));
    }
    return model -> toGguf(model, choice);
  }

  /// No largest logits are searched for here, so the head needs no index.
  private LoadOptions loadOptions() {
    LoadOptions options = modelOptions.toLoadOptions().withHeadIndex(false);
    if (options.i2sLayout() != I2sLayout.X86_128) {
      throw usage(
          "--i2s-layout: only the layout %s is read and written here".formatted(I2sLayout.X86_128));
    }
    return preTokenizer == null ? options : options.withPreTokenizer(preTokenizer);
  }

  private void requireTextForMeasuring() {
    if (textFile != null) {
      return;
    }
    for (OptionSpec option : spec.commandLine().getParseResult().matchedOptions()) {
      if (!WITHOUT_TEXT.contains(option.longestName())) {
        throw usage(
            "%s is about measuring the perplexity, for which --text is missing"
                .formatted(option.longestName()));
      }
    }
  }

  private Conversion toGguf(ModelSource model, EncodingChoice choice) {
    EncodingPlan plan = named("--embedding-type", () -> EncodingPlan.quantizing(model, choice));
    GgufConversion conversion = GgufConversion.of(model, plan);
    return preTokenizer == null ? conversion : conversion.withPreTokenizer(preTokenizer);
  }

  private ConversionReport write(Conversion conversion) throws IOException {
    StatusLine status = new StatusLine(streams);
    try {
      return conversion
          .onProgress((tensor, done, count) ->
              status.show("%d of %d: %s".formatted(done + 1, count, Printable.line(tensor))))
          .write(target, force);
    } finally {
      status.clear();
    }
  }

  private MeasuredModel measure(
      Path path,
      ModelSource model,
      LoadOptions loading,
      Optional<String> text,
      PerplexityProtocol protocol)
      throws IOException {
    MeasuredModel plain = MeasuredModel.of(path, model, loading.activations());
    return text.isEmpty()
        ? plain
        : plain.withPerplexity(perplexity(path, text.get(), protocol, loading));
  }

  private Perplexity perplexity(
      Path path, String text, PerplexityProtocol protocol, LoadOptions loading) throws IOException {
    if (!quiet) {
      streams.err().println("measuring " + Printable.line(path.toString()));
    }
    // What is said of the model once is true of what becomes of it.
    boolean silent = quiet || path.equals(target);
    try (TernModel model = ModelOptions.load(path, loading, streams.err(), silent)) {
      PerplexityProgress progress = new PerplexityProgress(streams, quiet);
      PerplexityMeasurement whole =
          PerplexityMeasurement.of(model, protocol, cacheFlags.toSessionOptions());
      return named(
              "--parallel", () -> whole.withChunksAtOnce(perplexityFlags.chunksAtOnce(loading)))
          .run(text, progress::report);
    }
  }

  private WeightComparison weights(Path source) throws IOException {
    StatusLine status = new StatusLine(streams);
    try (WeightSource one = WeightSource.open(source, I2sLayout.X86_128);
        WeightSource other = WeightSource.open(target, I2sLayout.X86_128)) {
      return WeightComparison.of(one, other, name -> status.show(Printable.line(name)));
    } finally {
      status.clear();
    }
  }

  private void print(QuantizeReport report) throws IOException {
    streams.out().println(json ? Json.format(new QuantizeJson(report).fields()) : report.text());
    streams.flush();
    if (quiet) {
      return;
    }
    Sentences.print("stored otherwise: ", report.written().storedOtherwise(), streams.err());
    Sentences.print("note: ", report.written().notices(), streams.err());
    Sentences.print("note: ", report.remarks(), streams.err());
  }

  private ParameterException usage(String message) {
    return new ParameterException(spec.commandLine(), message);
  }
}
