package dev.tern.model;

import dev.tern.kernel.SparseFeedForward;
import java.util.List;

/// The feed-forward networks of a model's blocks, prepared for one token that leaves zeros out.
///
/// @param networks one for each block, in order
/// @param shutGates the share of gates that are expected to be shut
/// @param zeroInputs the share of the down projections' inputs that are expected to be zero
public record SparseNetworks(
    List<SparseFeedForward> networks, double shutGates, double zeroInputs) {
  /// Copies the networks.
  public SparseNetworks {
    networks = List.copyOf(networks);
  }

  /// {@return the memory of the copies in bytes}
  public long byteSize() {
    return networks.stream().mapToLong(SparseFeedForward::byteSize).sum();
  }

  /// {@return the bytes of weights that one token is expected to read}
  long bytesPerToken() {
    return networks.stream()
        .mapToLong(network -> network.bytesPerToken(shutGates, zeroInputs))
        .sum();
  }
}
