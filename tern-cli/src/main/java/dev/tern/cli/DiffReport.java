package dev.tern.cli;

import dev.tern.eval.GreedyComparison;
import dev.tern.eval.OutputComparison;
import dev.tern.eval.OutputComparison.Divergence;
import dev.tern.eval.TensorComparison;
import dev.tern.eval.WeightComparison;
import dev.tern.eval.WeightDifference;
import dev.tern.eval.WeightDifference.OfCodes;
import dev.tern.eval.WeightDifference.OfValues;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/// What `tern diff` found, for people.
///
/// @param first the first model
/// @param second the second model
/// @param weights what their tensors have in common
record DiffReport(Path first, Path second, WeightComparison weights) {
  private static final int TEXT_PREVIEW = 40;

  /// Tensors whose differences are added up in one row.
  private record Row(String name, String encodings, boolean codes) {}

  /// Such a row so far.
  private record Total(int tensors, WeightDifference difference) {
    Total plus(Total other) {
      return new Total(tensors + other.tensors, difference.plus(other.difference));
    }
  }

  /// {@return the table of tensors and the verdict}
  ///
  /// @param everyTensor whether each has a row of its own
  String weights(boolean everyTensor) {
    List<String> lines = new ArrayList<>();
    lines.add("A  " + Printable.line(first.toString()));
    lines.add("B  " + Printable.line(second.toString()));
    lines.add("");
    lines.addAll(table(everyTensor));
    lines.addAll(mismatches(everyTensor));
    lines.add("");
    lines.add(verdict());
    return String.join("\n", lines);
  }

  private List<String> mismatches(boolean everyTensor) {
    List<String> all = new ArrayList<>();
    weights.onlyFirst().forEach(name -> all.add("only in A: " + shown(name, everyTensor)));
    weights.onlySecond().forEach(name -> all.add("only in B: " + shown(name, everyTensor)));
    weights
        .reshaped()
        .forEach(tensor ->
            all.add(
                "shapes differ: %s is %s in A and %s in B"
                    .formatted(
                        shown(tensor.name(), everyTensor), tensor.first(), tensor.second())));
    Map<String, Integer> counts = new LinkedHashMap<>();
    all.forEach(line -> counts.merge(line, 1, Integer::sum));
    List<String> lines = new ArrayList<>();
    counts.forEach((line, count) -> lines.add(count == 1 ? line : line + " (" + count + " x)"));
    return lines;
  }

  private static String shown(String name, boolean everyTensor) {
    return Printable.line(everyTensor ? name : TensorComparison.kindOf(name));
  }

  private List<String> table(boolean everyTensor) {
    Map<Row, Total> totals = new LinkedHashMap<>();
    for (TensorComparison tensor : weights.tensors()) {
      Row row =
          new Row(
              shown(tensor.name(), everyTensor),
              encodings(tensor),
              tensor.difference() instanceof OfCodes);
      totals.merge(row, new Total(1, tensor.difference()), Total::plus);
    }
    int nameWidth = totals.keySet().stream().mapToInt(row -> row.name.length()).max().orElse(1);
    int typeWidth =
        totals.keySet().stream().mapToInt(row -> row.encodings.length()).max().orElse(1);
    List<String> lines = new ArrayList<>();
    totals.forEach((row, total) ->
        lines.add(
            String.format(
                Locale.ROOT,
                "%-" + nameWidth + "s  %4d x  %,15d weights  %-" + typeWidth + "s  %s",
                row.name,
                total.tensors,
                total.difference.elements(),
                row.encodings,
                describe(total.difference))));
    return lines;
  }

  private static String encodings(TensorComparison tensor) {
    return tensor.firstEncoding().equals(tensor.secondEncoding())
        ? tensor.firstEncoding()
        : tensor.firstEncoding() + " - " + tensor.secondEncoding();
  }

  private static String describe(WeightDifference difference) {
    if (difference.isNone()) {
      return "equal";
    }
    return switch (difference) {
      case OfCodes codes -> describe(codes);
      case OfValues values ->
          String.format(
              Locale.ROOT,
              "%,d differ, by at most %s; rms %s, relative %s",
              values.differing(),
              number(values.largest()),
              number(values.rms()),
              number(values.relative()));
    };
  }

  private static String describe(OfCodes codes) {
    String values =
        codes.differingCodes() == 0
            ? "every value equal"
            : String.format(Locale.ROOT, "%,d values differ", codes.differingCodes());
    return codes.differingScales() == 0
        ? values
        : String.format(
            Locale.ROOT,
            "%s, scales of %,d by at most %s relative",
            values,
            codes.differingScales(),
            number(codes.largestScaleDifference()));
  }

  /// {@return in a line whether anything is lost, and what}
  String verdict() {
    Optional<WeightDifference> codes = sum(OfCodes.class);
    if (weights.isLossless()) {
      return codes.isPresent()
          ? "lossless: every ternary value and scale equal, and every other weight"
          : "lossless: every weight equal";
    }
    List<String> losses = new ArrayList<>();
    codes
        .filter(difference -> !difference.isNone())
        .map(DiffReport::describe)
        .ifPresent(losses::add);
    sum(OfValues.class)
        .filter(difference -> !difference.isNone())
        .map(difference -> "other weights: " + describe(difference))
        .ifPresent(losses::add);
    int missing = weights.onlyFirst().size() + weights.onlySecond().size();
    if (missing > 0) {
      losses.add("tensors in one file only: " + missing);
    }
    if (!weights.reshaped().isEmpty()) {
      losses.add("tensors of different shapes: " + weights.reshaped().size());
    }
    return "not lossless: " + String.join("; ", losses);
  }

  private Optional<WeightDifference> sum(Class<? extends WeightDifference> kind) {
    return weights.tensors().stream()
        .map(TensorComparison::difference)
        .filter(kind::isInstance)
        .reduce(WeightDifference::plus);
  }

  /// {@return how the outputs differ}
  ///
  /// @param texts how many were compared
  static String outputs(OutputComparison outputs, int texts) {
    List<String> lines = new ArrayList<>();
    lines.add("outputs on %d texts, %d places".formatted(texts, outputs.positions()));
    lines.add("KL(A || B)     " + describe(outputs.firstFromSecond()));
    lines.add("KL(B || A)     " + describe(outputs.secondFromFirst()));
    lines.add(
        String.format(
            Locale.ROOT,
            "same likeliest %d of %d tokens (%.2f %%)",
            outputs.sameLikeliest(),
            outputs.positions(),
            100 * outputs.agreement()));
    lines.add(
        String.format(
            Locale.ROOT,
            "logits         differ by at most %s, rms %s",
            number(outputs.largestLogitDifference()),
            number(outputs.rmsLogitDifference())));
    if (!outputs.greedy().isEmpty()) {
      lines.add(greedy(outputs.greedy()));
    }
    for (GreedyComparison each : outputs.greedy()) {
      OptionalInt index = each.firstDifference();
      if (index.isPresent()) {
        lines.add(
            "  \"%s\": other tokens from %d on"
                .formatted(preview(each.text()), 1 + index.getAsInt()));
      }
    }
    return String.join("\n", lines);
  }

  private static String describe(Divergence divergence) {
    return "mean %s nats, at most %s"
        .formatted(number(divergence.mean()), number(divergence.largest()));
  }

  private static String number(double value) {
    return value == 0 ? "0" : String.format(Locale.ROOT, "%.3g", value);
  }

  private static String greedy(List<GreedyComparison> greedy) {
    long same = greedy.stream().filter(each -> each.firstDifference().isEmpty()).count();
    return "greedy         the same behind %d of %d texts".formatted(same, greedy.size());
  }

  private static String preview(String text) {
    int end =
        text.offsetByCodePoints(0, Math.min(TEXT_PREVIEW, text.codePointCount(0, text.length())));
    return Printable.line(text.substring(0, end)) + (end < text.length() ? "..." : "");
  }
}
