package dev.tern;

import java.util.List;
import java.util.function.ToDoubleFunction;

/// How much of the feed-forward networks of a squared-ReLU model computes nothing but zeros,
/// counted exactly on a text.
///
/// @param tokens how many tokens were computed
/// @param layers one count for each block, in order
public record FeedForwardZeros(int tokens, List<Layer> layers) {
  /// Copies what could change.
  public FeedForwardZeros {
    layers = List.copyOf(layers);
  }

  /// The shares of one block, from 0 to 1.
  ///
  /// @param shutGates gates that are not above zero, so that what the up projection gives there is
  ///   multiplied by zero
  /// @param zeroInputs inputs of the down projection that are zero: int8 codes where the projection
  ///   rounds its input, floats where it does not
  public record Layer(double shutGates, double zeroInputs) {}

  /// {@return the share of shut gates in all blocks}
  public double shutGates() {
    return mean(Layer::shutGates);
  }

  /// {@return the share of the down projections' inputs that are zero in all blocks}
  public double zeroInputs() {
    return mean(Layer::zeroInputs);
  }

  private double mean(ToDoubleFunction<Layer> share) {
    return layers.stream().mapToDouble(share).average().orElse(0);
  }
}
