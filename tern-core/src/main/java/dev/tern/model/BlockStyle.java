package dev.tern.model;

import dev.tern.kernel.GatedActivation;
import dev.tern.kernel.RopeStyle;

/// What distinguishes the transformer blocks of one architecture from those of another.
///
/// @param activation the non-linearity of the feed-forward network
/// @param rope which elements of a head RoPE rotates together
/// @param subNorms whether attention output and feed-forward product are normalized before their
///   projections (SubLN)
/// @param headNorms whether queries and keys are normalized per head before RoPE
/// @param bitLinear whether every linear layer of a block quantizes its input to int8 per token,
///   whatever the encoding of its weights, because the model was trained so; otherwise only layers
///   with ternary weights do
public record BlockStyle(
    GatedActivation activation,
    RopeStyle rope,
    boolean subNorms,
    boolean headNorms,
    boolean bitLinear) {
  /// {@return this style with every linear layer of a block rounding its input}
  public BlockStyle withBitLinear() {
    return new BlockStyle(activation, rope, subNorms, headNorms, true);
  }
}
