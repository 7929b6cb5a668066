package dev.tern.train.network;

import ai.djl.ndarray.NDArray;

/// An array of numbers that is learnt.
///
/// @param name as Hugging Face checkpoints have it
/// @param value its numbers, float32
/// @param role what it is in the network
public record Parameter(String name, NDArray value, Role role) {
  /// What a parameter is in a network.
  public enum Role {
    /// Rows for tokens, and the head that shares them or does not: never quantized.
    EMBEDDING,
    /// The matrix of a linear layer, `[out, in]`: quantized where the method says so.
    LINEAR,
    /// The weights of a norm.
    NORM
  }
}
