package dev.tern.eval;

import dev.tern.tensor.Shape;

/// One tensor in two models. Immutable.
///
/// @param name its name in both
/// @param shape its shape in both
/// @param firstEncoding how the first model stores it
/// @param secondEncoding how the second model stores it
/// @param difference how its weights differ
public record TensorComparison(
    String name,
    Shape shape,
    String firstEncoding,
    String secondEncoding,
    WeightDifference difference) {
  /// {@return what tensors of this kind are called in every block}
  public String kind() {
    return kindOf(name);
  }

  /// {@return a tensor's name with `*` for the number of its block: `blk.*.attn_q.weight`}
  ///
  /// @param name of a tensor
  public static String kindOf(String name) {
    return name.replaceFirst("^blk\\.\\d+\\.", "blk.*.");
  }
}
