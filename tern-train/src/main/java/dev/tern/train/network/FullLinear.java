package dev.tern.train.network;

import ai.djl.ndarray.NDArray;
import java.util.Optional;

/// A linear layer in full precision: `y = x W^T`.
record FullLinear() implements LinearMethod {
  @Override
  public Input prepare(NDArray input) {
    return new Input(input, Optional.empty());
  }

  @Override
  public NDArray apply(Input input, NDArray weights) {
    return input.values().matMul(weights.transpose());
  }
}
