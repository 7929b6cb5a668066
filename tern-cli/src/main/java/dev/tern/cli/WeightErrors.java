package dev.tern.cli;

import dev.tern.eval.TensorComparison;
import dev.tern.eval.WeightComparison;
import dev.tern.eval.WeightDifference;
import dev.tern.eval.WeightDifference.OfCodes;
import dev.tern.eval.WeightDifference.OfValues;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Predicate;

/// What several matrices have lost together.
///
/// @param codes of those that are integer codes before and after
/// @param values of all others
record WeightErrors(Optional<OfCodes> codes, Optional<OfValues> values) {
  /// {@return the losses of all linear layers of blocks}
  static WeightErrors ofLinear(WeightComparison weights) {
    return of(weights, MeasuredModel::isOfBlock);
  }

  /// {@return the losses of embedding and head}
  static WeightErrors ofEmbedding(WeightComparison weights) {
    return of(weights, name -> !MeasuredModel.isOfBlock(name));
  }

  private static WeightErrors of(WeightComparison weights, Predicate<String> names) {
    List<WeightDifference> differences =
        weights.tensors().stream()
            .filter(tensor -> tensor.shape().rank() > 1 && names.test(tensor.name()))
            .map(TensorComparison::difference)
            .toList();
    return new WeightErrors(sum(differences, OfCodes.class), sum(differences, OfValues.class));
  }

  private static <T extends WeightDifference> Optional<T> sum(
      List<WeightDifference> differences, Class<T> kind) {
    return differences.stream()
        .filter(kind::isInstance)
        .reduce(WeightDifference::plus)
        .map(kind::cast);
  }

  /// {@return whether values were rounded, and not only kept or rescaled codes}
  boolean anyValueLost() {
    return values.filter(lost -> !lost.isNone()).isPresent();
  }

  /// {@return the losses for people}
  String describe() {
    List<String> parts = new ArrayList<>();
    codes.map(WeightErrors::describe).ifPresent(parts::add);
    values
        .map(lost ->
            lost.isNone()
                ? "equal"
                : String.format(Locale.ROOT, "relative error %.4f", lost.relative()))
        .ifPresent(parts::add);
    return String.join("; ", parts);
  }

  private static String describe(OfCodes codes) {
    if (codes.isNone()) {
      return "equal";
    }
    return codes.differingCodes() > 0
        ? "%d codes differ".formatted(codes.differingCodes())
        : String.format(
            Locale.ROOT, "codes equal, scales within %.2g", codes.largestScaleDifference());
  }
}
