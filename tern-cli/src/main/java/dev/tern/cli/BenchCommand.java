package dev.tern.cli;

import dev.tern.GenerationOptions;
import dev.tern.ModelInfo;
import dev.tern.Session;
import dev.tern.TernModel;
import dev.tern.Usage;
import dev.tern.synthetic.SyntheticModel;
import dev.tern.synthetic.SyntheticShape;
import dev.tern.tensor.TensorType;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
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
      description = "Encoding of the synthetic model's layers (default: ${DEFAULT-VALUE}).")
  private TensorType linearType = TensorType.I2_S;

  @Option(
      names = "--embedding-type",
      paramLabel = "ENCODING",
      description = "Encoding of its embedding and head (default: ${DEFAULT-VALUE}).")
  private TensorType embeddingType = TensorType.F16;

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

  @Override
  public Integer call() throws IOException {
    check();
    if (path != null) {
      return measure(path);
    }
    Path file = Files.createTempFile("tern-synthetic", ".gguf");
    try {
      writeSynthetic(file);
      return measure(file);
    } finally {
      Files.delete(file);
    }
  }

  private void check() {
    if ((path == null) == (synthetic == null)) {
      throw new ParameterException(
          spec.commandLine(), "Give either a model file or --synthetic SHAPE.");
    }
    if (promptTokens < 0 || generatedTokens < 0 || repetitions < 1) {
      throw new ParameterException(
          spec.commandLine(), "-p and -n must not be negative, and -r must be at least 1.");
    }
  }

  private void writeSynthetic(Path file) throws IOException {
    SyntheticShape shape = SyntheticShape.byName(String.valueOf(synthetic));
    PrintWriter err = spec.commandLine().getErr();
    err.println("writing a model of random weights in the shape of " + shape.name());
    err.flush();
    SyntheticModel.of(shape)
        .withLinearType(linearType)
        .withEmbeddingType(embeddingType)
        .write(file);
  }

  /// Tokens per second of one test, in the order measured.
  private record Measurement(String test, List<Double> tokensPerSecond) {
    double median() {
      List<Double> sorted = tokensPerSecond.stream().sorted().toList();
      int middle = sorted.size() / 2;
      return sorted.size() % 2 == 1
          ? sorted.get(middle)
          : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
    }

    double least() {
      return Collections.min(tokensPerSecond);
    }

    double most() {
      return Collections.max(tokensPerSecond);
    }
  }

  private int measure(Path file) throws IOException {
    PrintWriter err = spec.commandLine().getErr();
    long begin = System.nanoTime();
    try (TernModel model = modelOptions.load(file, err, false)) {
      double loadSeconds = (System.nanoTime() - begin) / 1e9;
      List<Measurement> measurements = new ArrayList<>();
      double firstTokenSeconds;
      try (Session session = model.newSession(sessionFlags.toSessionOptions())) {
        Random random = new Random(1);
        long firstBegin = System.nanoTime();
        run(model, session, random, 1, 1);
        firstTokenSeconds = (System.nanoTime() - firstBegin) / 1e9;
        while (!model.isWarm()) {
          run(model, session, random, 16, 4);
        }
        if (promptTokens > 0) {
          measurements.add(prompt(model, session, random));
        }
        if (generatedTokens > 0) {
          measurements.add(generation(model, session, random));
        }
      }
      print(model, loadSeconds, firstTokenSeconds, measurements);
    }
    return ExitCode.OK;
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

  private void print(
      TernModel model,
      double loadSeconds,
      double firstTokenSeconds,
      List<Measurement> measurements) {
    ModelInfo info = model.info();
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      out.println(Json.format(describe(info, loadSeconds, firstTokenSeconds, measurements)));
    } else {
      printTable(model, measurements, out);
      out.println(
          String.format(
              Locale.ROOT,
              "%nload %.2f s, first token %.2f s, memory %s, weights read per token %s%nJava %s, %s",
              loadSeconds,
              firstTokenSeconds,
              ByteCount.format(ProcessMemory.resident()),
              ByteCount.format(info.bytesPerToken()),
              Runtime.version(),
              Machine.describe()));
    }
    out.flush();
  }

  private static void printTable(TernModel model, List<Measurement> measurements, PrintWriter out) {
    ModelInfo info = model.info();
    out.println("| model | encoding | size | kernels | threads | test | tok/s | min - max |");
    out.println("|---|---|---|---|---|---|---|---|");
    for (Measurement measurement : measurements) {
      out.println(
          String.format(
              Locale.ROOT,
              "| %s | %s | %s | %s | %d | %s | %.2f | %.2f - %.2f |",
              info.name(),
              info.encoding(),
              ByteCount.format(info.fileBytes()),
              model.kernels(),
              info.threads(),
              measurement.test,
              measurement.median(),
              measurement.least(),
              measurement.most()));
    }
  }

  private static Map<String, Object> describe(
      ModelInfo info,
      double loadSeconds,
      double firstTokenSeconds,
      List<Measurement> measurements) {
    Map<String, Object> root = new LinkedHashMap<>();
    root.put("model", info);
    root.put("java", Runtime.version().toString());
    root.put("machine", Machine.describe());
    root.put("loadSeconds", loadSeconds);
    root.put("firstTokenSeconds", firstTokenSeconds);
    root.put("residentBytes", ProcessMemory.resident());
    List<Object> tests = new ArrayList<>();
    for (Measurement measurement : measurements) {
      Map<String, Object> test = new LinkedHashMap<>();
      test.put("test", measurement.test);
      test.put("medianTokensPerSecond", measurement.median());
      test.put("tokensPerSecond", measurement.tokensPerSecond);
      tests.add(test);
    }
    root.put("tests", tests);
    return root;
  }
}
