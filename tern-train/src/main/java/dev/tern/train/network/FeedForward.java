package dev.tern.train.network;

import ai.djl.ndarray.NDArray;
import ai.djl.nn.Activation;
import dev.tern.train.config.BlockStyle;
import java.util.Optional;

/// A gated feed-forward network: `down(norm(act(gate(x)) * up(x)))`.
///
/// @param style which activation: squared ReLU in BitNet's blocks, SiLU in LLaMA's
/// @param gate `[feedForward, hidden]`
/// @param up `[feedForward, hidden]`
/// @param down `[hidden, feedForward]`
/// @param subNorm SubLN before the down projection; none in LLaMA's blocks
record FeedForward(
    BlockStyle style, NDArray gate, NDArray up, NDArray down, Optional<RmsNorm> subNorm) {
  NDArray apply(LinearMethod method, NDArray input) {
    LinearMethod.Input prepared = method.prepare(input);
    NDArray gates = method.apply(prepared, gate);
    NDArray inner = activate(gates).mul(method.apply(prepared, up));
    NDArray normed = subNorm.map(norm -> norm.apply(inner)).orElse(inner);
    return method.apply(method.prepare(normed), down);
  }

  private NDArray activate(NDArray gates) {
    return switch (style) {
      case BITNET -> Activation.relu(gates).square();
      case LLAMA -> gates.mul(Activation.sigmoid(gates));
    };
  }
}
