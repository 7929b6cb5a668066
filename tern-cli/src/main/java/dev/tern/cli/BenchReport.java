package dev.tern.cli;

import dev.tern.cli.BenchResult.BenchRatio;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// What a benchmark found, with the machine and the Java it found it on.
///
/// @param results in the order in which they were measured, at least one
record BenchReport(List<BenchResult> results) {
  private static final List<String> HEADER =
      List.of(
          "model",
          "encoding",
          "head",
          "size",
          "kernels",
          "threads",
          "test",
          "tok/s",
          "sd",
          "min - max",
          "read/token",
          "bandwidth",
          "share");

  /// How a report looks.
  enum Format {
    /// Columns for people.
    TABLE,
    /// A table in Markdown.
    MD,
    /// Comma-separated values.
    CSV,
    /// For programs.
    JSON
  }

  BenchReport {
    results = List.copyOf(results);
  }

  String format(Format format) throws IOException {
    return switch (format) {
      case TABLE -> Columns.aligned(table()) + "\n\n" + footer();
      case MD -> markdown(table()) + "\n\n" + footer();
      case CSV -> csv();
      case JSON -> json();
    };
  }

  private boolean hasRatios() {
    return results.stream().anyMatch(result -> result.ratio() != null);
  }

  /// Whether the ratios are those of two configurations.
  private boolean compares() {
    return results.getFirst().ratio() != null;
  }

  private List<List<String>> table() {
    List<List<String>> table = new ArrayList<>();
    List<String> header = new ArrayList<>(HEADER);
    if (compares()) {
      header.addFirst("settings");
    }
    if (hasRatios()) {
      header.add("ratio");
    }
    table.add(header);
    results.forEach(result -> table.add(cells(result)));
    return table;
  }

  private List<String> cells(BenchResult result) {
    BenchSubject subject = result.subject();
    Samples speeds = result.speeds();
    Long bytes = result.bytesPerToken();
    Double share = result.bandwidthShare();
    List<String> cells = new ArrayList<>();
    if (compares()) {
      cells.add(Printable.line(subject.settings()));
    }
    cells.addAll(
        List.of(
            Printable.line(subject.model().name()),
            subject.model().encoding(),
            subject.headEncoding(),
            ByteCount.format(subject.model().fileBytes()),
            subject.kernels(),
            Integer.toString(subject.model().threads()),
            result.test().label(),
            number(speeds.median()),
            number(speeds.standardDeviation()),
            number(speeds.least()) + " - " + number(speeds.most()),
            bytes == null ? "" : ByteCount.format(bytes),
            ByteCount.format(Math.round(result.bandwidths().median())) + "/s",
            share == null ? "" : String.format(Locale.ROOT, "%.0f %%", 100 * share)));
    if (hasRatios()) {
      cells.add(ratio(result.ratio()));
    }
    return cells;
  }

  private static String ratio(@Nullable BenchRatio ratio) {
    return ratio == null
        ? ""
        : String.format(
            Locale.ROOT,
            "%.3f (%.3f - %.3f)",
            ratio.ofMedians(),
            ratio.ofPairs().least(),
            ratio.ofPairs().most());
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, value > 0 && value < 1 ? "%.4f" : "%.2f", value);
  }

  private static String markdown(List<List<String>> table) {
    List<String> lines = new ArrayList<>();
    for (List<String> row : table) {
      lines.add(
          row.stream()
              .map(cell -> cell.replace("|", "\\|"))
              .collect(Collectors.joining(" | ", "| ", " |")));
    }
    lines.add(1, "|" + "---|".repeat(table.getFirst().size()));
    return String.join("\n", lines);
  }

  private String footer() {
    List<String> lines = new ArrayList<>();
    results.stream()
        .collect(
            Collectors.toMap(
                result -> name(result.subject()),
                result -> result,
                (_, last) -> last,
                LinkedHashMap::new))
        .forEach((name, last) ->
            lines.add(
                String.format(
                    Locale.ROOT,
                    "%s: load %.2f s, first token %.2f s, weights read per token %s%s; ternary layout: %s; zeros skipped: %s",
                    name,
                    last.subject().loadSeconds(),
                    last.subject().firstTokenSeconds(),
                    ByteCount.format(last.subject().model().bytesPerToken()),
                    compares() ? "" : ", memory " + ByteCount.format(last.residentBytes()),
                    last.subject().model().ternaryLayout(),
                    last.subject().model().zeroSkipping())));
    lines.add("tok/s: median of %d".formatted(results.getFirst().speeds().values().size()));
    if (compares()) {
      lines.add("ratio: the row's median over that of the row below; the least and most of pairs");
    } else if (hasRatios()) {
      lines.add(
          "ratio: the row's median over that of the first number of texts; the least and most of repetitions");
    }
    lines.add("Java %s, %s".formatted(Runtime.version(), Machine.describe()));
    return String.join("\n", lines);
  }

  private static String name(BenchSubject subject) {
    return "%s, %s, %d thread%s%s"
        .formatted(
            Printable.line(subject.model().name()),
            subject.kernels(),
            subject.model().threads(),
            subject.model().threads() == 1 ? "" : "s",
            subject.settings().isEmpty() ? "" : " (" + Printable.line(subject.settings()) + ")");
  }

  private String csv() {
    List<String> lines = new ArrayList<>();
    lines.add(String.join(",", results.getFirst().fields().keySet()));
    for (BenchResult result : results) {
      lines.add(
          result.fields().values().stream()
              .map(BenchReport::csvField)
              .collect(Collectors.joining(",")));
    }
    return String.join("\n", lines);
  }

  private static String csvField(@Nullable Object value) {
    if (value == null) {
      return "";
    }
    String text = Printable.line(value.toString());
    return text.matches("[^\",]*") ? text : "\"" + text.replace("\"", "\"\"") + "\"";
  }

  private String json() throws IOException {
    Map<String, Object> root = new LinkedHashMap<>();
    root.put("tern", Version.text());
    root.put("java", Runtime.version().toString());
    root.put("machine", Machine.describe());
    List<Object> tests = new ArrayList<>();
    for (BenchResult result : results) {
      Map<String, @Nullable Object> fields = result.fields();
      fields.put("samples", result.speeds().values());
      fields.put("bandwidthSamples", result.bandwidths().values());
      BenchRatio ratio = result.ratio();
      if (ratio != null) {
        fields.put("ratioSamples", ratio.ofPairs().values());
      }
      tests.add(fields);
    }
    root.put("results", tests);
    return Json.format(root);
  }
}
