package dev.tern.cli;

import static dev.tern.cli.MeasuredModel.counted;

import dev.tern.convert.ConversionReport;
import dev.tern.eval.Perplexity;
import dev.tern.eval.WeightComparison;
import dev.tern.tensor.TensorType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/// What `tern quantize` did and what it cost, for people.
///
/// @param before the model that was rounded
/// @param after what became of it
/// @param weights the weights of both
/// @param written what was written
record QuantizeReport(
    MeasuredModel before, MeasuredModel after, WeightComparison weights, ConversionReport written) {
  /// {@return the table}
  String text() {
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("", "before", "after", "change"));
    rows.add(
        List.of(
            "linear layers",
            counted(before.linear()),
            counted(after.linear()),
            WeightErrors.ofLinear(weights).describe()));
    rows.add(List.of("their inputs", counted(before.inputs()), counted(after.inputs()), ""));
    rows.add(
        List.of(
            "embedding, head",
            counted(before.embedding()),
            counted(after.embedding()),
            WeightErrors.ofEmbedding(weights).describe()));
    rows.add(
        List.of(
            "size",
            ByteCount.format(before.bytes()),
            ByteCount.format(after.bytes()),
            number("x %.3f", sizeRatio())));
    if (before.perplexity().isPresent() && after.perplexity().isPresent()) {
      addPerplexity(rows, before.perplexity().get(), after.perplexity().get());
    }
    return Columns.aligned(rows);
  }

  private void addPerplexity(List<List<String>> rows, Perplexity one, Perplexity other) {
    rows.add(
        List.of(
            "perplexity", uncertain(one), uncertain(other), number("x %.3f", perplexityRatio())));
    rows.add(
        List.of(
            "bits per byte",
            number("%.4f", one.bitsPerByte()),
            number("%.4f", other.bitsPerByte()),
            number("%+.4f", other.bitsPerByte() - one.bitsPerByte())));
  }

  private static String number(String pattern, double value) {
    return String.format(Locale.ROOT, pattern, value);
  }

  private static String uncertain(Perplexity perplexity) {
    return String.format(
        Locale.ROOT, "%.4f +/- %.4f", perplexity.value(), perplexity.standardError());
  }

  /// {@return the size of the files after, relative to before}
  double sizeRatio() {
    return (double) after.bytes() / before.bytes();
  }

  /// {@return the perplexity after, relative to before; NaN if it was not measured}
  double perplexityRatio() {
    return before.perplexity().isPresent() && after.perplexity().isPresent()
        ? Math.exp(after.perplexity().get().meanLoss() - before.perplexity().get().meanLoss())
        : Double.NaN;
  }

  /// {@return what a person should know besides}
  List<String> remarks() {
    List<String> remarks = new ArrayList<>();
    if (before.perplexity().isEmpty()) {
      remarks.add(
          "only weights were compared; --text FILE measures the perplexity before and after, 'tern perplexity MODEL FILE' that of one model");
    }
    if (!before.inputs().keySet().equals(after.inputs().keySet())) {
      remarks.add(
          "the inputs of linear layers were %s and are %s now, as the encoding has it, which is part of what was lost"
              .formatted(counted(before.inputs()), counted(after.inputs())));
    }
    if (after.linear().keySet().stream().anyMatch(QuantizeReport::isLowBit)
        && WeightErrors.ofLinear(weights).anyValueLost()) {
      remarks.add(
          "weights were rounded to 1 or 2 bits after training; models of so few bits work because they are trained with that rounding");
    }
    return remarks;
  }

  private static boolean isLowBit(String name) {
    return Arrays.stream(TensorType.values())
        .anyMatch(type -> type.isLowBit() && type.name().equals(name));
  }
}
