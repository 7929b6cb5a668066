package dev.tern.cli;

import dev.tern.convert.Loss;
import dev.tern.eval.TensorComparison;
import dev.tern.eval.WeightComparison;
import dev.tern.eval.WeightDifference;
import dev.tern.eval.WeightDifference.OfCodes;
import dev.tern.eval.WeightDifference.OfValues;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// Tells what a conversion lost as it was told to from what it lost besides.
///
/// @param planned what each tensor may lose, by its name; a tensor that is not named, nothing
record LossCheck(Map<String, Loss> planned) {
  /// Copies the map.
  LossCheck {
    planned = Map.copyOf(planned);
  }

  /// {@return a sentence for everything that was lost and should not have been}
  ///
  /// @param weights of the model before and after
  List<String> unplanned(WeightComparison weights) {
    List<String> sentences = new ArrayList<>();
    weights.onlyFirst().forEach(name -> sentences.add(name + " is missing"));
    weights.onlySecond().forEach(name -> sentences.add(name + " is new"));
    weights.reshaped().forEach(tensor -> sentences.add(tensor.name() + " has another shape"));
    for (TensorComparison tensor : weights.tensors()) {
      Loss loss = planned.getOrDefault(tensor.name(), Loss.NONE);
      if (!allows(loss, tensor.difference())) {
        sentences.add(
            "%s differs, which %s need not lose".formatted(tensor.name(), tensor.secondEncoding()));
      }
    }
    return sentences;
  }

  private static boolean allows(Loss loss, WeightDifference difference) {
    return switch (loss) {
      case NONE -> difference.isNone();
      case SCALES ->
          switch (difference) {
            case OfCodes codes -> codes.differingCodes() == 0;
            case OfValues _ -> true;
          };
      case VALUES -> true;
    };
  }

  /// {@return in how many tensors what was to be lost}
  String describe() {
    List<String> parts = new ArrayList<>();
    long values = count(Loss.VALUES);
    long scales = count(Loss.SCALES);
    if (values > 0) {
      parts.add("the weights of %d tensors are rounded".formatted(values));
    }
    if (scales > 0) {
      parts.add("the scales of %d tensors are rounded to half precision".formatted(scales));
    }
    return String.join(", ", parts);
  }

  private long count(Loss loss) {
    return planned.values().stream().filter(loss::equals).count();
  }
}
