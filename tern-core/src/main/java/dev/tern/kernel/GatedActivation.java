package dev.tern.kernel;

/// The non-linearity of a gated feed-forward network: `act(gate) * up`.
public enum GatedActivation {
  /// `gate / (1 + exp(-gate))`: Llama, Qwen, the first BitNet models.
  SILU,
  /// `max(gate, 0)^2`: BitNet b1.58 2B4T.
  SQUARED_RELU
}
