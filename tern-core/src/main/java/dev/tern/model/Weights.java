package dev.tern.model;

import dev.tern.tensor.Tensor;
import java.util.List;

/// All weights of a model.
///
/// @param embedding `[vocabulary, hidden]`, any encoding
/// @param layers the blocks in order
/// @param outputNorm before the head
/// @param head `[hidden] -> [vocabulary]`; the embedding itself where the two are tied
public record Weights(
    Tensor embedding, List<LayerWeights> layers, Norm outputNorm, LinearLayer head) {
  /// Copies what could change.
  public Weights {
    layers = List.copyOf(layers);
  }

  /// {@return the bytes one decoded token reads: all layers and the head}
  public long bytesPerToken() {
    long bytes = head.byteSize();
    for (LayerWeights layer : layers) {
      bytes += layer.queryKeyValue().byteSize() + layer.attentionOutput().byteSize();
      bytes += layer.gateUp().byteSize() + layer.down().byteSize();
    }
    return bytes;
  }
}
