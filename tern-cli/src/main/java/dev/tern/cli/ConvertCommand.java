package dev.tern.cli;

import dev.tern.LoadOptions;
import dev.tern.convert.ConversionReport;
import dev.tern.convert.EncodingChoice;
import dev.tern.convert.EncodingPlan;
import dev.tern.convert.GgufConversion;
import dev.tern.convert.HuggingFaceExport;
import dev.tern.convert.Loss;
import dev.tern.eval.OutputMeasurement;
import dev.tern.eval.WeightComparison;
import dev.tern.source.ModelSource;
import dev.tern.tensor.TensorType;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `tern convert`: a model in another form.
@Command(
    name = "convert",
    description = {
      "Write a model in another form: as a GGUF file if DEST ends in .gguf, else as a Hugging Face folder.",
      "Nothing is lost unless an encoding is asked for that loses something; what could not be stored as asked is said."
    },
    mixinStandardHelpOptions = true,
    sortOptions = false)
final class ConvertCommand implements Callable<Integer> {
  private static final int VERIFIED_TOKENS = 32;

  private final StandardStreams streams;

  @Spec private CommandSpec spec;

  @Parameters(index = "0", paramLabel = "SOURCE", description = ModelArgument.DESCRIPTION)
  private String sourceName = "";

  @Parameters(index = "1", paramLabel = "DEST", description = "The file or folder to write.")
  private Path target = Path.of("");

  @Option(
      names = "--output-type",
      paramLabel = "TYPE",
      description =
          "Encoding of the linear layers: I2_S (default for ternary weights), TQ1_0, TQ2_0, IQ1_BN, IQ2_BN, Q1_0, Q2_0, F32, F16, BF16, Q8_0, Q4_0, Q4_K or Q6_K.")
  private @Nullable String outputType;

  @Option(
      names = "--embedding-type",
      paramLabel = "TYPE",
      description = "Encoding of the embedding and the head (default: as they are).")
  private @Nullable String embeddingType;

  @Option(
      names = "--pre-tokenizer",
      paramLabel = "NAME",
      description = "The name of the pre-tokenizer, where Tern does not recognize it.")
  private @Nullable String preTokenizer;

  @Option(
      names = "--max-shard-size",
      paramLabel = "SIZE",
      description =
          "How large the files of a folder become, for example 500MB (default: 5GB); a model that is larger is split into several, with an index.")
  private @Nullable String maxShardSize;

  @Option(
      names = "--verify",
      description =
          "Compare SOURCE and DEST afterwards, weights and outputs, as 'tern diff' does; returns 1 if anything is lost but what the encodings that were asked for lose.")
  private boolean verify;

  @Option(names = "--force", description = "Replace what is there.")
  private boolean force;

  @Option(
      names = {"-q", "--quiet"},
      description = "Print no summary.")
  private boolean quiet;

  private Path source = Path.of("");

  ConvertCommand(StandardStreams streams) {
    this.streams = streams;
  }

  @Override
  public Integer call() throws IOException {
    EncodingChoice choice =
        new EncodingChoice(
            type("--output-type", outputType), type("--embedding-type", embeddingType));
    boolean toGguf = target.toString().toLowerCase(Locale.ROOT).endsWith(".gguf");
    if (!toGguf && (outputType != null || embeddingType != null || preTokenizer != null)) {
      throw new ParameterException(
          spec.commandLine(),
          "encodings and pre-tokenizers belong to GGUF files, and '%s' does not end in .gguf"
              .formatted(target));
    }
    if (toGguf && maxShardSize != null) {
      throw new ParameterException(
          spec.commandLine(),
          "--max-shard-size belongs to folders, and '%s' is a file".formatted(target));
    }
    long shardBytes = maxShardSize == null ? HuggingFaceExport.SHARD_BYTES : bytes(maxShardSize);
    source = ModelArgument.locate(sourceName, streams, quiet);
    ModelSource.requirePresent(source);
    if (Files.exists(target) && Files.isSameFile(source, target)) {
      throw new ParameterException(spec.commandLine(), "a model cannot be converted onto itself");
    }
    StatusLine status = new StatusLine(streams);
    Map<String, Loss> planned = new HashMap<>();
    try (ModelSource model = ModelSource.open(source)) {
      ConversionReport report =
          toGguf ? toGguf(model, choice, status, planned) : toFolder(model, shardBytes, status);
      status.clear();
      if (!quiet) {
        print(report, streams.err());
      }
    } finally {
      status.clear();
    }
    return verify ? compare(new LossCheck(planned)) : ExitCode.OK;
  }

  private int compare(LossCheck check) throws IOException {
    ModelComparison comparison =
        new ModelComparison(
            streams,
            LoadOptions.defaults(),
            OutputMeasurement.builtInTexts(),
            VERIFIED_TOKENS,
            false,
            false);
    WeightComparison weights = comparison.print(source, target);
    List<String> unplanned = check.unplanned(weights);
    Sentences.print("not asked for: ", unplanned, streams.err());
    if (!quiet && unplanned.isEmpty() && !weights.isLossless()) {
      streams.err().println("what differs was asked for: " + check.describe());
    }
    return unplanned.isEmpty() ? ExitCode.OK : ExitCode.DIFFERENT;
  }

  /// {@return the encoding that an option names, if it is given}
  static Optional<TensorType> type(String option, @Nullable String name) {
    return name == null
        ? Optional.empty()
        : Optional.of(OptionCheck.named(option, () -> TensorType.byName(name)));
  }

  private static long bytes(String size) {
    return OptionCheck.named("--max-shard-size", () -> ByteCount.parse(size));
  }

  private ConversionReport toGguf(
      ModelSource model, EncodingChoice choice, StatusLine status, Map<String, Loss> planned)
      throws IOException {
    EncodingPlan plan = EncodingPlan.of(model, choice);
    plan.tensors().forEach(tensor -> planned.put(tensor.source().name(), tensor.loss()));
    GgufConversion conversion = GgufConversion.of(model, plan);
    if (preTokenizer != null) {
      conversion = conversion.withPreTokenizer(preTokenizer);
    }
    return conversion
        .onProgress((tensor, done, count) -> show(status, tensor, done, count))
        .write(target, force);
  }

  private ConversionReport toFolder(ModelSource model, long shardBytes, StatusLine status)
      throws IOException {
    return HuggingFaceExport.of(model)
        .withMaxShardBytes(shardBytes)
        .onProgress((tensor, done, count) -> show(status, tensor, done, count))
        .write(target, force);
  }

  private static void show(StatusLine status, String tensor, int done, int count) {
    status.show("%d of %d: %s".formatted(done + 1, count, Printable.line(tensor)));
  }

  private void print(ConversionReport report, PrintWriter err) {
    Map<String, ConversionReport.Total> encodings = new TreeMap<>(report.encodings());
    encodings.forEach((type, total) ->
        err.println(
            String.format(
                Locale.ROOT,
                "%-6s %5d tensors  %9s",
                type,
                total.tensors(),
                ByteCount.format(total.bytes()))));
    Sentences.print("stored otherwise: ", report.storedOtherwise(), err);
    Sentences.print("note: ", report.notices(), err);
    err.println(
        String.format(
            Locale.ROOT,
            "%s, %s -> %s, %s, %.1f s",
            Printable.line(source.toString()),
            ByteCount.format(report.sourceBytes()),
            Printable.line(target.toString()),
            ByteCount.format(report.targetBytes()),
            report.nanos() / 1e9));
  }
}
