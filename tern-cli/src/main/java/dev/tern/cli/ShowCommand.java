package dev.tern.cli;

import dev.tern.gguf.GgufArray;
import dev.tern.gguf.GgufValue;
import dev.tern.load.ModelReport;
import dev.tern.load.ModelReport.TensorReport;
import dev.tern.model.ModelConfig;
import dev.tern.source.GgufSource;
import dev.tern.source.HuggingFaceSource;
import dev.tern.source.ModelSource;
import dev.tern.source.SourceTensor;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `tern show`: what is in a model file, and what Tern would do with it.
@Command(
    name = "show",
    description = "Show a model's metadata, tensors and encodings, and how they would be used.",
    mixinStandardHelpOptions = true)
final class ShowCommand implements Callable<Integer> {
  private static final int ARRAY_PREVIEW = 4;
  private static final int TEXT_PREVIEW = 120;

  private final StandardStreams streams;

  @Parameters(paramLabel = "MODEL", description = ModelArgument.DESCRIPTION)
  private String model = "";

  @Option(names = "--json", description = "Print JSON.")
  private boolean json;

  ShowCommand(StandardStreams streams) {
    this.streams = streams;
  }

  @Override
  public Integer call() throws IOException {
    Path path = ModelArgument.locateHere(model, streams);
    ModelOptions.requireFile(path);
    PrintWriter out = streams.out();
    try (ModelSource file = ModelSource.open(path)) {
      ModelReport report = ModelReport.of(file);
      if (json) {
        out.println(Json.format(describe(file, report)));
      } else {
        print(path, file, report, out);
      }
      out.flush();
    }
    return ExitCode.OK;
  }

  private static void print(Path path, ModelSource file, ModelReport report, PrintWriter out) {
    out.println("%s: %s, %s".formatted(path, container(file), ByteCount.format(file.byteSize())));
    report.config().ifPresent(config -> printShape(config, out));
    out.println();
    out.println("Metadata");
    file.metadata()
        .asMap()
        .forEach((key, value) -> out.println("  " + Printable.line(key) + " = " + preview(value)));
    out.println();
    out.println("Tensors");
    printTensors(report.tensors(), out);
    out.println();
    out.println("Encodings");
    totals(report.tensors()).forEach((type, total) -> out.println("  " + total.line(type)));
    report
        .obstacle()
        .ifPresent(why -> out.println("\nTern cannot run this model: " + Printable.line(why)));
  }

  private static String container(ModelSource file) {
    return switch (file) {
      case GgufSource gguf -> "GGUF version " + gguf.file().version();
      case HuggingFaceSource _ -> "Hugging Face folder";
    };
  }

  private static void printShape(ModelConfig config, PrintWriter out) {
    out.println(
        "%s: %d layers of %d, feed-forward %d, %d heads of %d with %d KV heads, vocabulary %d, context %d"
            .formatted(
                config.architecture(),
                config.layerCount(),
                config.hiddenSize(),
                config.intermediateSize(),
                config.headCount(),
                config.headDim(),
                config.kvHeadCount(),
                config.vocabularySize(),
                config.contextLength()));
  }

  private static String preview(GgufValue value) {
    return switch (value) {
      case GgufArray array -> {
        List<String> first =
            array.elements().stream().limit(ARRAY_PREVIEW).map(ShowCommand::quote).toList();
        yield "[%s%s] (%d)"
            .formatted(
                String.join(", ", first),
                array.size() > ARRAY_PREVIEW ? ", ..." : "",
                array.size());
      }
      case GgufValue.Text text -> quote(text.value());
      case GgufValue.Int number -> number.toString();
      case GgufValue.Real number -> number.toString();
      case GgufValue.Bool bool -> bool.toString();
    };
  }

  private static String quote(Object value) {
    if (!(value instanceof String text)) {
      return String.valueOf(value);
    }
    String shown = text.length() > TEXT_PREVIEW ? text.substring(0, TEXT_PREVIEW) + "..." : text;
    return '"' + Printable.line(shown.replace("\\", "\\\\").replace("\"", "\\\"")) + '"';
  }

  private static void printTensors(List<TensorReport> tensors, PrintWriter out) {
    int nameWidth =
        width(tensors.stream().map(report -> Printable.line(report.tensor().name())).toList());
    int shapeWidth =
        width(tensors.stream().map(report -> report.tensor().shape().toString()).toList());
    for (TensorReport report : tensors) {
      SourceTensor tensor = report.tensor();
      out.println(
          String.format(
              Locale.ROOT,
              "  %-" + nameWidth + "s  %-" + shapeWidth + "s  %-6s %9s  %6.3f bits  %s",
              Printable.line(tensor.name()),
              tensor.shape(),
              tensor.typeName(),
              ByteCount.format(tensor.byteSize()),
              bitsPerWeight(tensor.byteSize(), tensor.shape().elements()),
              report.use()));
    }
  }

  private static int width(List<String> texts) {
    return texts.stream().mapToInt(String::length).max().orElse(1);
  }

  private static double bitsPerWeight(long bytes, long elements) {
    return elements == 0 ? 0 : 8.0 * bytes / elements;
  }

  /// What all tensors of one encoding add up to.
  private record Total(int tensors, long elements, long bytes) {
    Total plus(SourceTensor tensor) {
      return new Total(
          tensors + 1, elements + tensor.shape().elements(), bytes + tensor.byteSize());
    }

    String line(String type) {
      return String.format(
          Locale.ROOT,
          "%-6s %5d tensors  %,15d weights  %9s  %6.3f bits per weight",
          type,
          tensors,
          elements,
          ByteCount.format(bytes),
          bitsPerWeight(bytes, elements));
    }
  }

  private static Map<String, Total> totals(List<TensorReport> tensors) {
    Map<String, Total> totals = new LinkedHashMap<>();
    for (TensorReport report : tensors) {
      SourceTensor tensor = report.tensor();
      totals.merge(
          tensor.typeName(), new Total(0, 0, 0).plus(tensor), (before, _) -> before.plus(tensor));
      totals.merge("all", new Total(0, 0, 0).plus(tensor), (before, _) -> before.plus(tensor));
    }
    Total all = totals.remove("all");
    if (all != null) {
      totals.put("all", all);
    }
    return totals;
  }

  private static Map<String, Object> describe(ModelSource file, ModelReport report) {
    Map<String, Object> root = new LinkedHashMap<>();
    root.put("file", file.source());
    if (file instanceof GgufSource gguf) {
      root.put("version", gguf.file().version());
    }
    root.put("bytes", file.byteSize());
    report.config().ifPresent(config -> root.put("config", config));
    report.obstacle().ifPresent(why -> root.put("obstacle", why));
    Map<String, Object> metadata = new LinkedHashMap<>();
    file.metadata().asMap().forEach((key, value) -> metadata.put(key, plain(value)));
    root.put("metadata", metadata);
    List<Object> tensors = new ArrayList<>();
    for (TensorReport each : report.tensors()) {
      tensors.add(describe(file, each));
    }
    root.put("tensors", tensors);
    return root;
  }

  private static Map<String, Object> describe(ModelSource file, TensorReport report) {
    SourceTensor tensor = report.tensor();
    List<Long> shape = new ArrayList<>();
    for (int i = 0; i < tensor.shape().rank(); i++) {
      shape.add(tensor.shape().dimension(i));
    }
    Map<String, Object> entry = new LinkedHashMap<>();
    entry.put("name", tensor.name());
    entry.put("shape", shape);
    entry.put("encoding", tensor.typeName());
    entry.put("bytes", tensor.byteSize());
    entry.put("bitsPerWeight", bitsPerWeight(tensor.byteSize(), tensor.shape().elements()));
    if (file instanceof GgufSource gguf) {
      Optional.ofNullable(gguf.file().tensors().get(tensor.name()))
          .ifPresent(inFile -> entry.put("offset", inFile.byteOffset()));
    }
    entry.put("use", report.use());
    return entry;
  }

  private static Object plain(GgufValue value) {
    return switch (value) {
      case GgufArray array -> array.elements();
      case GgufValue.Text text -> text.value();
      case GgufValue.Int number -> number.value();
      case GgufValue.Real number -> number.value();
      case GgufValue.Bool bool -> bool.value();
    };
  }
}
