package dev.tern.cli;

import dev.tern.FeedForwardZeros;
import dev.tern.GenerationOptions;
import dev.tern.KernelChoice;
import dev.tern.LoadOptions;
import dev.tern.TernException;
import dev.tern.TernModel;
import dev.tern.TernaryLayout;
import dev.tern.kernel.Backend;
import dev.tern.kernel.CpuTopology;
import dev.tern.kernel.KernelProvider;
import dev.tern.kernel.KernelSelfTest;
import dev.tern.kernel.Kernels;
import dev.tern.kernel.LayoutCalibration;
import dev.tern.load.ModelReport;
import dev.tern.quant.CodeSource;
import dev.tern.source.GgufSource;
import dev.tern.source.HuggingFaceSource;
import dev.tern.source.ModelSource;
import dev.tern.source.SourceTensor;
import dev.tern.tensor.TensorType;
import dev.tern.tokenizer.EncodeOptions;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.DoubleSummaryStatistics;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `tern doctor`: what Tern found on this machine, whether it computes right, and whether a model
/// file is sound.
@Command(
    name = "doctor",
    description = {
      "Check Java, the processor, the kernels against their definition, and a model file.",
      "Exit code 6 if something is wrong."
    },
    mixinStandardHelpOptions = true)
final class DoctorCommand implements Callable<Integer> {
  /// Sampled rows of a tensor when its zeros are counted.
  private static final int SAMPLED_ROWS = 64;

  /// Models above this take the slow definition too long, unless it is asked for.
  private static final long SMALL_MODEL_WEIGHTS = 300_000_000;

  /// About 70 tokens, in which zeros are counted.
  private static final String SAMPLE_TEXT =
      """
      The lighthouse stood at the end of the pier, and for forty years the same woman had kept its lamp. \
      In winter the waves came over the wall; in summer children asked her how far the light could be seen. \
      "Eighteen miles," she used to say, "or as far as somebody is looking." When the lamp was replaced by \
      a machine in 1987, she went on climbing the 112 steps every evening, just to be sure.\
      """;

  @Parameters(
      arity = "0..1",
      paramLabel = "MODEL",
      description = "A model to check: a GGUF file, a Hugging Face folder or a name.")
  private @Nullable String model;

  @Option(
      names = "--deep",
      description = "Also compare a large model's logits with those of the slow definition.")
  private boolean deep;

  @Mixin private ModelOptions modelOptions;

  private final StandardStreams streams;
  private final PrintWriter out;
  private int problems;

  DoctorCommand(StandardStreams streams) {
    this.streams = streams;
    this.out = streams.out();
  }

  @Override
  public Integer call() throws IOException {
    LoadOptions options = modelOptions.toLoadOptions();
    Path path = model == null ? null : ModelArgument.locateHere(model, streams);
    if (path != null) {
      ModelOptions.requireFile(path);
    }
    machine();
    kernels();
    if (path != null) {
      file(path, options);
    }
    out.println(problems == 0 ? "\nEverything is in order." : "\nProblems: " + problems);
    return problems == 0 ? ExitCode.OK : ExitCode.CHECK_FAILED;
  }

  private void machine() {
    Runtime runtime = Runtime.getRuntime();
    out.println("Java        " + Runtime.version() + ", " + System.getProperty("java.vm.name"));
    out.println("            " + System.getProperty("java.home"));
    out.println(
        "System      " + System.getProperty("os.name") + " " + System.getProperty("os.arch"));
    out.println("Processor   " + CpuTopology.name());
    out.println(
        "            %d physical cores for this process".formatted(CpuTopology.physicalCores()));
    List<String> features = CpuTopology.features();
    out.println(
        "            " + (features.isEmpty() ? "features unknown" : String.join(" ", features)));
    out.println(
        "Memory      %s available, Java heap up to %s, in use by this process %s"
            .formatted(
                ProcessMemory.available().orElse("unknown"),
                ByteCount.format(runtime.maxMemory()),
                ByteCount.format(ProcessMemory.resident())));
  }

  private void kernels() {
    KernelProvider.Selection selection = KernelProvider.select(modelOptions.kernels());
    out.println(
        "Kernels     %s: %s".formatted(selection.kernels().description(), selection.reason()));
    if (selection.degraded()) {
      problem("faster kernels exist: " + selection.reason());
    }
    selfTest(selection.kernels());
    layout(selection, modelOptions.toLoadOptions().threads());
    // They take part behind the others: for what there is no machine code, and once compiled.
    if (modelOptions.kernels() == KernelChoice.AUTO
        && KernelProvider.obstacle(KernelChoice.VECTOR).isEmpty()) {
      selfTest(KernelProvider.select(KernelChoice.VECTOR).kernels());
    }
  }

  private void layout(KernelProvider.Selection selection, int threads) {
    if (!selection.kernels().readsTriples()) {
      return;
    }
    try (Backend backend = selection.start(threads == 0 ? CpuTopology.physicalCores() : threads)) {
      LayoutCalibration.Result result = LayoutCalibration.measure(backend);
      out.println(
          String.format(
              Locale.ROOT,
              "Layout      triples are read %.2f times as fast as rows: large models use %s (--ternary-layout)",
              result.speedup(),
              result.triples() ? "triples" : "rows"));
    }
  }

  private void selfTest(Kernels kernels) {
    List<KernelSelfTest.Check> checks = KernelSelfTest.run(kernels);
    List<String> failed =
        checks.stream()
            .filter(check -> !check.passed())
            .map(KernelSelfTest.Check::operation)
            .toList();
    out.println(
        "Self-test   %s: %d operations compared with the scalar definition, bit for bit: %s"
            .formatted(
                kernels.description(),
                checks.size(),
                failed.isEmpty() ? "all equal" : "different: " + failed));
    failed.forEach(operation ->
        problem(
            "the kernels compute a wrong result for %s (%s)"
                .formatted(operation, kernels.description())));
  }

  private void file(Path file, LoadOptions options) throws IOException {
    out.println();
    try (ModelSource source = ModelSource.open(file)) {
      out.println(
          "File        %s, %s, %s, %d tensors"
              .formatted(
                  file,
                  container(source),
                  ByteCount.format(source.byteSize()),
                  source.tensors().size()));
      out.println("Layout      every tensor lies inside the file, none overlaps another");
      ModelReport.of(source).obstacle().ifPresent(this::problem);
      zeros(source);
      if (problems == 0) {
        model(file, source, options);
      }
    } catch (TernException refusal) {
      problem(refusal.getMessage());
    }
  }

  private static String container(ModelSource source) {
    return switch (source) {
      case GgufSource gguf ->
          "GGUF version %d, alignment %d".formatted(gguf.file().version(), gguf.file().alignment());
      case HuggingFaceSource _ -> "Hugging Face folder";
    };
  }

  /// A share of zeros that differs widely from a third to a half, or is nothing or everything,
  /// betrays a damaged tensor.
  private void zeros(ModelSource source) {
    double least = 1;
    double most = 0;
    int count = 0;
    for (SourceTensor entry : source.tensors().values()) {
      if (entry.type() instanceof TensorType.Resolution.Known(TensorType type)
          && type.isLowBit()
          && type != TensorType.Q1_0) {
        double share = shareOfZeros(entry);
        least = Math.min(least, share);
        most = Math.max(most, share);
        count++;
        if (share == 1) {
          problem("all weights of %s that were looked at are zero".formatted(entry.name()));
        }
      }
    }
    if (count > 0) {
      out.println(
          String.format(
              Locale.ROOT,
              "Weights     %d ternary tensors, %.0f %% to %.0f %% zeros",
              count,
              100 * least,
              100 * most));
    }
  }

  private static double shareOfZeros(SourceTensor tensor) {
    CodeSource source = tensor.codes().orElseThrow();
    byte[] codes = new byte[Math.toIntExact(tensor.shape().cols())];
    float[] scales = new float[codes.length];
    long rows = Math.min(SAMPLED_ROWS, tensor.shape().rows());
    long zeros = 0;
    for (long i = 0; i < rows; i++) {
      source.read(i * tensor.shape().rows() / rows, codes, scales);
      for (byte code : codes) {
        zeros += code == 0 ? 1 : 0;
      }
    }
    return rows == 0 ? 0 : (double) zeros / (rows * codes.length);
  }

  private void model(Path file, ModelSource source, LoadOptions options) throws IOException {
    try (TernModel model = TernModel.load(file, options)) {
      model.info().notices().forEach(notice -> out.println("Note        " + notice));
      out.println("Tokenizer   " + model.info().tokenizer());
      out.println(
          "Chat        " + model.info().chatTemplate().orElse("no template: use 'tern run'"));
      List<Integer> tokens = firstTokens(model);
      out.println("Forward     a short text was computed without NaN");
      model
          .countFeedForwardZeros(sample(model))
          .ifPresent(zeros -> feedForwardZeros(zeros, model.info().zeroSkipping()));
      boolean small = model.info().parameters() <= SMALL_MODEL_WEIGHTS;
      if (small || deep) {
        compareWithDefinition(file, options, tokens);
      } else {
        out.println(
            "            not compared with the slow definition (%s): --deep does"
                .formatted(ByteCount.format(source.byteSize())));
      }
    }
  }

  private static int[] sample(TernModel model) {
    int[] tokens = model.tokenizer().encode(SAMPLE_TEXT, EncodeOptions.PROMPT);
    return Arrays.copyOf(tokens, Math.min(tokens.length, model.info().contextLength()));
  }

  private void feedForwardZeros(FeedForwardZeros zeros, String skipping) {
    DoubleSummaryStatistics gates =
        zeros.layers().stream().mapToDouble(FeedForwardZeros.Layer::shutGates).summaryStatistics();
    DoubleSummaryStatistics inputs =
        zeros.layers().stream().mapToDouble(FeedForwardZeros.Layer::zeroInputs).summaryStatistics();
    out.println(
        String.format(
            Locale.ROOT,
            "Zeros       squared ReLU shuts %.1f %% of the gates (%.1f to %.1f by layer), %.1f %% of the down projections' inputs are zero (%.1f to %.1f), in a text of %d tokens",
            100 * gates.getAverage(),
            100 * gates.getMin(),
            100 * gates.getMax(),
            100 * inputs.getAverage(),
            100 * inputs.getMin(),
            100 * inputs.getMax(),
            zeros.tokens()));
    out.println("            left out while generating (--skip-zeros): " + skipping);
  }

  private void compareWithDefinition(Path file, LoadOptions options, List<Integer> expected)
      throws IOException {
    // The definition reads no triples.
    LoadOptions scalar =
        options.withKernels(KernelChoice.SCALAR).withTernaryLayout(TernaryLayout.AUTO);
    try (TernModel model = TernModel.load(file, scalar)) {
      if (firstTokens(model).equals(expected)) {
        out.println("            and it is the same with the scalar definition");
      } else {
        problem("the kernels and their scalar definition write different texts");
      }
    }
  }

  private static List<Integer> firstTokens(TernModel model) {
    int token = model.tokenizer().bosId().orElse(0);
    GenerationOptions options =
        GenerationOptions.greedy().toBuilder().ignoreEos(true).maxTokens(4).build();
    try (var session = model.newSession()) {
      return session.start(new int[] {token}, options).finish().tokens();
    }
  }

  private void problem(String text) {
    problems++;
    out.println("PROBLEM     " + Printable.line(text));
  }
}
