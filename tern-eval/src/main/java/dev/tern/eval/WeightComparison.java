package dev.tern.eval;

import dev.tern.UnsupportedModelException;
import dev.tern.tensor.Shape;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/// What the tensors of two models have in common. Immutable.
///
/// @param tensors those that both have, of equal shapes, in the first model's order
/// @param onlyFirst names of tensors that the second model lacks
/// @param onlySecond names of tensors that the first model lacks
/// @param reshaped those that both have, of different shapes
public record WeightComparison(
    List<TensorComparison> tensors,
    List<String> onlyFirst,
    List<String> onlySecond,
    List<ShapeDifference> reshaped) {
  /// A tensor of different shapes.
  ///
  /// @param name its name in both
  /// @param first its shape in the first model
  /// @param second its shape in the second model
  public record ShapeDifference(String name, Shape first, Shape second) {}

  /// Copies the lists.
  public WeightComparison {
    tensors = List.copyOf(tensors);
    onlyFirst = List.copyOf(onlyFirst);
    onlySecond = List.copyOf(onlySecond);
    reshaped = List.copyOf(reshaped);
  }

  /// {@return whether both have the same tensors, and every ternary value, scale and other weight
  /// is the same}
  public boolean isLossless() {
    return onlyFirst.isEmpty()
        && onlySecond.isEmpty()
        && reshaped.isEmpty()
        && tensors.stream().allMatch(tensor -> tensor.difference().isNone());
  }

  /// Compares two models tensor by tensor, by the definitions of their encodings, with a few rows
  /// in memory at a time.
  ///
  /// Where both store codes and scales, those are compared and not their products. A scale matters
  /// only where the code is not 0.
  ///
  /// @param first a model
  /// @param second another
  /// @param onTensor told on this thread which tensor is being compared
  /// @return what they have in common
  /// @throws UnsupportedModelException if a tensor that both have is in an encoding that Tern does
  ///   not read
  public static WeightComparison of(
      WeightSource first, WeightSource second, Consumer<String> onTensor) {
    List<TensorComparison> tensors = new ArrayList<>();
    List<ShapeDifference> reshaped = new ArrayList<>();
    for (String name : first.names()) {
      if (!second.names().contains(name)) {
        continue;
      }
      onTensor.accept(name);
      WeightTensor one = first.tensor(name);
      WeightTensor other = second.tensor(name);
      if (one.shape().equals(other.shape())) {
        WeightDifference difference = TensorScan.compare(one, other);
        tensors.add(
            new TensorComparison(name, one.shape(), one.encoding(), other.encoding(), difference));
      } else {
        reshaped.add(new ShapeDifference(name, one.shape(), other.shape()));
      }
    }
    return new WeightComparison(tensors, without(first, second), without(second, first), reshaped);
  }

  private static List<String> without(WeightSource source, WeightSource other) {
    Set<String> names = new LinkedHashSet<>(source.names());
    names.removeAll(other.names());
    return List.copyOf(names);
  }
}
