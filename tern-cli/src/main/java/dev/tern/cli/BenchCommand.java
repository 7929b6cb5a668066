package dev.tern.cli;

import static dev.tern.cli.OptionCheck.named;

import dev.tern.LoadOptions;
import dev.tern.SessionOptions;
import dev.tern.cli.BenchTest.Kind;
import dev.tern.synthetic.SyntheticModel;
import dev.tern.synthetic.SyntheticShape;
import dev.tern.tensor.TensorType;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `tern bench`: how fast models read prompts and write text on this machine.
@Command(
    name = "bench",
    description = {
      "Measure prompt processing (pp) and text generation (tg) in tokens per second.",
      "Lists, such as -p 128,512, measure every combination. Before each repetition the bandwidth of memory is measured with the same threads: a generated token has to read all weights, so that the share of it says how much is left to gain."
    },
    footer = {
      "",
      "Examples:",
      "  tern bench model.gguf -p 128,512 -n 64 -t 1,2",
      "  tern bench --shape 2b4t --compare type=F16",
      "  tern bench model.gguf -p 0 --parallel 1,4,16",
      "  tern bench model.gguf --compare kernels=vector -o json"
    },
    mixinStandardHelpOptions = true,
    sortOptions = false)
final class BenchCommand implements Callable<Integer> {
  private static final int MOST_REPETITIONS = 10_000;
  private static final int MOST_TOKENS = 10_000_000;
  private static final int MOST_PARALLEL = 4_096;

  private final StandardStreams streams;

  @Spec private CommandSpec spec;

  @Parameters(
      arity = "0..*",
      paramLabel = "MODEL",
      description = "GGUF files, Hugging Face folders, or names of models.")
  private List<String> names = new ArrayList<>();

  @Option(
      names = {"-m", "--model"},
      paramLabel = "MODEL",
      description = "A GGUF file, a Hugging Face folder or a name; may be given several times.")
  private List<String> nameOptions = new ArrayList<>();

  @Option(
      names = {"--shape", "--synthetic"},
      paramLabel = "NAME",
      split = ",",
      completionCandidates = ShapeNames.class,
      description =
          "Random weights in a published shape, made in memory: ${COMPLETION-CANDIDATES}.")
  private List<String> shapes = new ArrayList<>();

  @Option(
      names = "--type",
      paramLabel = "ENCODING",
      description = "Encoding of the linear layers of --shape (default: I2_S).")
  private @Nullable TensorType linearType;

  @Option(
      names = {"--head", "--embedding-type"},
      paramLabel = "ENCODING",
      description = "Encoding of the head of --shape, which is also its embedding (default: F16).")
  private @Nullable TensorType headType;

  @Option(
      names = {"-p", "--n-prompt"},
      paramLabel = "N",
      split = ",",
      description = "Tokens of the prompt; 0 to leave it out (default: 128).")
  private int[] promptTokens = {128};

  @Option(
      names = {"-n", "--n-gen"},
      paramLabel = "N",
      split = ",",
      description = "Tokens to generate; 0 to leave it out (default: 64).")
  private int[] generatedTokens = {64};

  @Option(
      names = {"-d", "--n-depth"},
      paramLabel = "N",
      split = ",",
      description = "Tokens of text before those that are measured (default: 0).")
  private int[] depths = {0};

  @Option(
      names = {"-np", "--parallel"},
      paramLabel = "N",
      split = ",",
      description =
          "Generate this many texts at once, in a batch, instead of one by itself. Numbers of a list are measured in turns and compared with the first.")
  private int[] parallel = {};

  @Option(
      names = {"-t", "--threads"},
      paramLabel = "N",
      split = ",",
      description = "Threads that compute; -1 or 0 for the number of physical cores (default).")
  private int[] threads = {0};

  @Option(
      names = {"-r", "--repetitions"},
      paramLabel = "N",
      description = "Times each is measured, after warming up (default: ${DEFAULT-VALUE}).")
  private int repetitions = 5;

  @Option(
      names = "--compare",
      paramLabel = "KEY=VALUE,...",
      description =
          "Measure with these settings in turns, and print the ratio of the speeds: model, shape, type, head, threads, kernels, i2s-layout, activations, batch-size, cache-type-k, cache-type-v. A file alone means model.")
  private @Nullable String comparison;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FORMAT",
      description = "How to print: ${COMPLETION-CANDIDATES} (default: table).")
  private BenchReport.@Nullable Format output;

  @Option(names = "--json", description = "The same as -o json.")
  private boolean json;

  @Mixin private SessionFlags sessionFlags;
  @Mixin private KernelFlags kernelFlags;

  BenchCommand(StandardStreams streams) {
    this.streams = streams;
  }

  /// The names that `--shape` takes.
  static final class ShapeNames implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return SyntheticShape.names().iterator();
    }
  }

  @Override
  public Integer call() throws IOException {
    BenchReport.Format format = format();
    List<BenchTest> tests = tests();
    List<List<BenchConfiguration>> configurations = configurations();
    if (repetitions < 1 || repetitions > MOST_REPETITIONS) {
      throw usage("-r must be from 1 to %d".formatted(MOST_REPETITIONS));
    }
    return comparison == null
        ? measure(configurations, tests, format)
        : compare(configurations, comparison, tests, format);
  }

  private int measure(
      List<List<BenchConfiguration>> configurations,
      List<BenchTest> tests,
      BenchReport.Format format)
      throws IOException {
    for (List<BenchConfiguration> ofModel : configurations) {
      for (BenchConfiguration configuration : ofModel) {
        check(List.of(configuration), tests);
      }
    }
    try (BenchRunner runner = new BenchRunner(tests, repetitions, streams)) {
      List<BenchResult> results = new ArrayList<>();
      for (List<BenchConfiguration> ofModel : configurations) {
        results.addAll(runner.measure(ofModel));
      }
      return print(results, format);
    }
  }

  private int compare(
      List<List<BenchConfiguration>> configurations,
      String settings,
      List<BenchTest> tests,
      BenchReport.Format format)
      throws IOException {
    if (configurations.size() != 1 || configurations.getFirst().size() != 1) {
      throw usage("--compare takes one model and one -t, and compares it with its settings");
    }
    BenchConfiguration one = configurations.getFirst().getFirst();
    BenchConfiguration other = located(named("--compare", () -> one.with(settings)));
    check(List.of(one, other), tests);
    try (BenchRunner runner = new BenchRunner(tests, repetitions, streams)) {
      return print(runner.compare(one, other), format);
    }
  }

  private BenchConfiguration located(BenchConfiguration configuration) throws IOException {
    return configuration.model() instanceof BenchModel.Trained(Path path)
        ? configuration.withModel(
            new BenchModel.Trained(ModelArgument.locate(path.toString(), streams, false)))
        : configuration;
  }

  private int print(List<BenchResult> results, BenchReport.Format format) throws IOException {
    // Ctrl-C may have come before there was one.
    if (!results.isEmpty()) {
      streams.out().println(new BenchReport(results).format(format));
      streams.flush();
    }
    return ExitCode.OK;
  }

  /// Refuses what would fail later, before anything large is made.
  private static void check(List<BenchConfiguration> together, List<BenchTest> tests)
      throws IOException {
    for (BenchConfiguration configuration : together) {
      switch (configuration.model()) {
        case BenchModel.Trained(Path path) -> ModelOptions.requireFile(path);
        case BenchModel.Random(SyntheticModel description) -> {
          int asked = configuration.session().contextLength();
          int trained = description.shape().contextLength();
          BenchTest.requireRoom(tests, asked == 0 ? trained : Math.min(asked, trained));
        }
      }
    }
    BenchMemory.require(
        together, tests.stream().mapToInt(BenchTest::cachedPositions).max().orElseThrow());
  }

  private BenchReport.Format format() {
    if (json && output != null && output != BenchReport.Format.JSON) {
      throw usage("--json and -o say different things");
    }
    return json ? BenchReport.Format.JSON : output == null ? BenchReport.Format.TABLE : output;
  }

  private List<BenchTest> tests() {
    requireNotNegative("-p", promptTokens);
    requireNotNegative("-n", generatedTokens);
    requireNotNegative("-d", depths);
    if (IntStream.of(parallel).anyMatch(count -> count < 1 || count > MOST_PARALLEL)) {
      throw usage("--parallel must be from 1 to %d".formatted(MOST_PARALLEL));
    }
    if (parallel.length > 0 && positive(generatedTokens).findAny().isEmpty()) {
      throw usage("--parallel is for texts that are generated: -n must not be 0");
    }
    List<BenchTest> tests = new ArrayList<>();
    for (int depth : depths) {
      positive(promptTokens)
          .mapToObj(n -> new BenchTest(Kind.PROMPT, n, depth))
          .forEach(tests::add);
      positive(generatedTokens).boxed().flatMap(n -> generations(n, depth)).forEach(tests::add);
    }
    if (tests.isEmpty()) {
      throw usage("with -p 0 and -n 0 there is nothing to measure");
    }
    return tests;
  }

  private Stream<BenchTest> generations(int tokens, int depth) {
    return parallel.length == 0
        ? Stream.of(new BenchTest(Kind.GENERATION, tokens, depth))
        : IntStream.of(parallel)
            .mapToObj(count -> new BenchTest(Kind.GENERATION, tokens, depth, count));
  }

  private void requireNotNegative(String option, int[] values) {
    if (IntStream.of(values).anyMatch(value -> value < 0 || value > MOST_TOKENS)) {
      throw usage("%s must be from 0 to %d".formatted(option, MOST_TOKENS));
    }
  }

  private static IntStream positive(int[] values) {
    return IntStream.of(values).filter(value -> value > 0);
  }

  /// {@return what to measure: a list for each model, with an entry for each number of threads}
  private List<List<BenchConfiguration>> configurations() throws IOException {
    SessionOptions session = sessionFlags.toSessionOptions();
    List<List<BenchConfiguration>> all = new ArrayList<>();
    for (BenchModel model : models()) {
      List<BenchConfiguration> ofModel = new ArrayList<>();
      for (int count : threads) {
        LoadOptions loading = ModelOptions.withThreads(kernelFlags.toLoadOptions(), count);
        ofModel.add(new BenchConfiguration(model, loading, session, ""));
      }
      all.add(ofModel);
    }
    return all;
  }

  private List<BenchModel> models() throws IOException {
    if (shapes.isEmpty() && (linearType != null || headType != null)) {
      throw usage("--type and --head are for --shape; a file has its own encodings");
    }
    List<BenchModel> models = new ArrayList<>();
    for (String name : Stream.concat(names.stream(), nameOptions.stream()).toList()) {
      models.add(new BenchModel.Trained(ModelArgument.locate(name, streams, false)));
    }
    shapes.forEach(shape -> models.add(new BenchModel.Random(random(shape))));
    if (models.isEmpty()) {
      throw usage("give a model file, or --shape NAME for random weights");
    }
    return models;
  }

  private SyntheticModel random(String shape) {
    SyntheticModel model = SyntheticModel.of(named("--shape", () -> SyntheticShape.byName(shape)));
    if (linearType != null) {
      model = model.withLinearType(linearType);
    }
    return headType == null ? model : model.withEmbeddingType(headType);
  }

  private ParameterException usage(String message) {
    return new ParameterException(spec.commandLine(), message);
  }
}
