package dev.tern.model;

import dev.tern.FeedForwardZeros;
import dev.tern.kernel.FloatMatrix;
import dev.tern.kernel.Int8Activations;
import java.util.ArrayList;
import java.util.List;

/// Counts shut gates and the zeros that the down projection reads, block by block.
///
/// Not safe for use by several threads.
final class ZeroCounter {
  private final long[] shutGates;
  private final long[] zeroInputs;
  private final int width;
  private int tokens;

  ZeroCounter(ModelConfig config) {
    this.shutGates = new long[config.layerCount()];
    this.zeroInputs = new long[config.layerCount()];
    this.width = config.intermediateSize();
  }

  /// A NaN is not shut: it goes on to the product.
  void countGates(int layer, FloatMatrix gates, int count) {
    for (int t = 0; t < count; t++) {
      for (int col = 0; col < width; col++) {
        if (gates.get(t, col) <= 0) {
          shutGates[layer]++;
        }
      }
    }
    if (layer == 0) {
      tokens += count;
    }
  }

  void countCodes(int layer, Int8Activations codes, int count) {
    for (int t = 0; t < count; t++) {
      for (int col = 0; col < width; col++) {
        if (codes.code(t, col) == 0) {
          zeroInputs[layer]++;
        }
      }
    }
  }

  void countInputs(int layer, FloatMatrix inputs, int count) {
    for (int t = 0; t < count; t++) {
      for (int col = 0; col < width; col++) {
        if (inputs.get(t, col) == 0) {
          zeroInputs[layer]++;
        }
      }
    }
  }

  FeedForwardZeros result() {
    double values = (double) tokens * width;
    List<FeedForwardZeros.Layer> layers = new ArrayList<>();
    for (int layer = 0; layer < shutGates.length; layer++) {
      layers.add(new FeedForwardZeros.Layer(shutGates[layer] / values, zeroInputs[layer] / values));
    }
    return new FeedForwardZeros(tokens, layers);
  }
}
