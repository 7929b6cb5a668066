package dev.tern.cli;

import dev.tern.ModelInfo;
import dev.tern.TernModel;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// What a benchmark found, with the machine and the Java it found it on.
///
/// @param model what was measured, still open
/// @param loadSeconds from the file to a model
/// @param firstTokenSeconds the first token of a prompt of one
/// @param measurements in the order they were made
record BenchReport(
    TernModel model, double loadSeconds, double firstTokenSeconds, List<Measurement> measurements) {
  BenchReport {
    measurements = List.copyOf(measurements);
  }

  /// Tokens per second of one test, in the order measured.
  record Measurement(String test, List<Double> tokensPerSecond) {
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

  /// {@return a table in Markdown, and what holds for all of its rows}
  String toText() {
    ModelInfo info = model.info();
    StringBuilder text = new StringBuilder();
    text.append("| model | encoding | size | kernels | threads | test | tok/s | min - max |\n");
    text.append("|---|---|---|---|---|---|---|---|\n");
    for (Measurement measurement : measurements) {
      text.append(
          String.format(
              Locale.ROOT,
              "| %s | %s | %s | %s | %d | %s | %.2f | %.2f - %.2f |\n",
              Printable.line(info.name()),
              info.encoding(),
              ByteCount.format(info.fileBytes()),
              model.kernels(),
              info.threads(),
              measurement.test,
              measurement.median(),
              measurement.least(),
              measurement.most()));
    }
    text.append(
        String.format(
            Locale.ROOT,
            "\nload %.2f s, first token %.2f s, memory %s, weights read per token %s\nJava %s, %s",
            loadSeconds,
            firstTokenSeconds,
            ByteCount.format(ProcessMemory.resident()),
            ByteCount.format(info.bytesPerToken()),
            Runtime.version(),
            Machine.describe()));
    return text.toString();
  }

  /// {@return the same for programs}
  String toJson() {
    Map<String, Object> root = new LinkedHashMap<>();
    root.put("model", model.info());
    root.put("kernels", model.kernels());
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
    return Json.format(root);
  }
}
