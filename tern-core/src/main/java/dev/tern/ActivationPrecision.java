package dev.tern;

/// What the inputs of a model's linear layers are rounded to.
public enum ActivationPrecision {
  /// What the model was trained with: int8 with one scale per token in BitNet architectures and
  /// wherever weights are ternary in an encoding made for BitNet, floats elsewhere.
  MODEL,
  /// int8 with one scale per token in all linear layers of all blocks.
  INT8,
  /// 32-bit floats everywhere: for ternary models that were trained so.
  FLOAT
}
