package dev.tern.cli;

import dev.tern.GenerationOptions;
import dev.tern.LoadOptions;
import dev.tern.Session;
import dev.tern.SessionOptions;
import dev.tern.TernModel;
import dev.tern.Usage;
import dev.tern.cli.BenchReport.Measurement;
import dev.tern.synthetic.SyntheticModel;
import dev.tern.synthetic.SyntheticShape;
import dev.tern.tensor.TensorType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `tern bench`: how fast a model reads a prompt and writes text on this machine.
@Command(
    name = "bench",
    description = {
      "Measure prompt processing (pp) and text generation (tg) in tokens per second: medians.",
      "Without a model: --synthetic makes one of random weights in a published shape."
    },
    mixinStandardHelpOptions = true,
    sortOptions = false)
final class BenchCommand implements Callable<Integer> {
  private static final int WARM_UPS = 2;

  private final StandardStreams streams;

  @Spec private CommandSpec spec;

  @Parameters(arity = "0..1", paramLabel = "MODEL", description = "The GGUF file.")
  private @Nullable Path path;

  @Option(
      names = "--synthetic",
      paramLabel = "SHAPE",
      description = "Random weights in the shape of bitnet-2b, bitnet-large, falcon3-1b or tiny.")
  private @Nullable String synthetic;

  @Option(
      names = "--type",
      paramLabel = "ENCODING",
      description = "Encoding of the synthetic model's layers (default: I2_S).")
  private @Nullable TensorType linearType;

  @Option(
      names = "--embedding-type",
      paramLabel = "ENCODING",
      description = "Encoding of its embedding and head (default: F16).")
  private @Nullable TensorType embeddingType;

  @Option(
      names = {"-p", "--n-prompt"},
      paramLabel = "N",
      description = "Tokens of the prompt; 0 to leave it out (default: ${DEFAULT-VALUE}).")
  private int promptTokens = 128;

  @Option(
      names = {"-n", "--n-gen"},
      paramLabel = "N",
      description = "Tokens to generate; 0 to leave it out (default: ${DEFAULT-VALUE}).")
  private int generatedTokens = 64;

  @Option(
      names = {"-r", "--repetitions"},
      paramLabel = "N",
      description = "Times each is measured, after two warm-ups (default: ${DEFAULT-VALUE}).")
  private int repetitions = 5;

  @Option(names = "--json", description = "Print JSON.")
  private boolean json;

  @Mixin private SessionFlags sessionFlags;
  @Mixin private ModelOptions modelOptions;

  BenchCommand(StandardStreams streams) {
    this.streams = streams;
  }

  @Override
  public Integer call() throws IOException {
    check();
    if (path != null) {
      return measure(path);
    }
    Path file = Files.createTempFile("tern-synthetic", ".gguf");
    // Ctrl-C leaves no gigabyte behind.
    file.toFile().deleteOnExit();
    try {
      writeSynthetic(file, SyntheticShape.byName(String.valueOf(synthetic)));
      return measure(file);
    } finally {
      Files.delete(file);
    }
  }

  private void check() {
    if ((path == null) == (synthetic == null)) {
      throw usage("give either a model file or --synthetic SHAPE");
    }
    if (path != null && (linearType != null || embeddingType != null)) {
      throw usage("--type and --embedding-type are for --synthetic; a file has its own encodings");
    }
    if (promptTokens < 0 || generatedTokens < 0 || repetitions < 1) {
      throw usage("-p and -n must not be negative, and -r must be at least 1");
    }
    if (promptTokens == 0 && generatedTokens == 0) {
      throw usage("with -p 0 and -n 0 there is nothing to measure");
    }
  }

  private ParameterException usage(String message) {
    return new ParameterException(spec.commandLine(), message);
  }

  private void writeSynthetic(Path file, SyntheticShape shape) throws IOException {
    streams.err().println("writing a model of random weights in the shape of " + shape.name());
    SyntheticModel model = SyntheticModel.of(shape);
    if (linearType != null) {
      model = model.withLinearType(linearType);
    }
    if (embeddingType != null) {
      model = model.withEmbeddingType(embeddingType);
    }
    model.write(file);
  }

  private int measure(Path file) throws IOException {
    SessionOptions sessionOptions = sessionFlags.toSessionOptions();
    LoadOptions loadOptions = modelOptions.toLoadOptions();
    long begin = System.nanoTime();
    try (TernModel model = ModelOptions.load(file, loadOptions, streams.err(), false);
        Session session = model.newSession(sessionOptions)) {
      final double loadSeconds = (System.nanoTime() - begin) / 1e9;
      checkRoom(session.contextLength());
      Random random = new Random(1);
      long firstBegin = System.nanoTime();
      run(model, session, random, 1, 1);
      final double firstTokenSeconds = (System.nanoTime() - firstBegin) / 1e9;
      warmUp(model, session, random);
      List<Measurement> measurements = new ArrayList<>();
      if (promptTokens > 0) {
        measurements.add(prompt(model, session, random));
      }
      if (generatedTokens > 0) {
        measurements.add(generation(model, session, random));
      }
      BenchReport report = new BenchReport(model, loadSeconds, firstTokenSeconds, measurements);
      streams.out().println(json ? report.toJson() : report.toText());
    }
    return ExitCode.OK;
  }

  private void checkRoom(int contextLength) {
    // One token comes before those that are generated.
    int needed = Math.max(promptTokens, generatedTokens == 0 ? 0 : generatedTokens + 1);
    if (needed > contextLength) {
      throw usage(
          "the context has room for %d tokens, but measuring needs %d: lower -p or -n, or raise -c"
              .formatted(contextLength, needed));
    }
  }

  private static void warmUp(TernModel model, Session session, Random random) {
    int room = session.contextLength() - 1;
    while (!model.isWarm()) {
      run(model, session, random, Math.min(16, room), 1);
    }
  }

  private Measurement prompt(TernModel model, Session session, Random random) {
    List<Double> speeds = new ArrayList<>();
    for (int i = -WARM_UPS; i < repetitions; i++) {
      Usage usage = run(model, session, random, promptTokens, 0);
      if (i >= 0) {
        speeds.add(promptTokens * 1e9 / usage.promptNanos());
      }
    }
    return new Measurement("pp" + promptTokens, speeds);
  }

  private Measurement generation(TernModel model, Session session, Random random) {
    List<Double> speeds = new ArrayList<>();
    for (int i = -WARM_UPS; i < repetitions; i++) {
      Usage usage = run(model, session, random, 1, generatedTokens + 1);
      if (i >= 0) {
        speeds.add(generatedTokens * 1e9 / usage.generationNanos());
      }
    }
    return new Measurement("tg" + generatedTokens, speeds);
  }

  /// Random tokens whose first one differs each time, so that nothing is taken from the KV cache.
  private static Usage run(
      TernModel model, Session session, Random random, int promptLength, int maxTokens) {
    int[] prompt = new int[promptLength];
    Arrays.setAll(prompt, _ -> random.nextInt(model.info().vocabularySize()));
    GenerationOptions options =
        GenerationOptions.greedy().toBuilder().ignoreEos(true).maxTokens(maxTokens).build();
    return session.start(prompt, options).finish().usage();
  }
}
