package dev.tern.model;

import dev.tern.kernel.QuantizedRows;
import dev.tern.tensor.Tensor;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// All weights of a model.
///
/// @param embedding `[vocabulary, hidden]`, any encoding
/// @param layers the blocks in order
/// @param outputNorm before the head
/// @param head `[hidden] -> [vocabulary]`; the embedding itself where the two are tied
/// @param headIndex finds the head's largest logits without computing all, where there is one
public record Weights(
    Tensor embedding,
    List<LayerWeights> layers,
    Norm outputNorm,
    LinearLayer head,
    @Nullable QuantizedRows headIndex) {
  /// Copies what could change.
  public Weights {
    layers = List.copyOf(layers);
  }

  /// Puts weights without an index together.
  ///
  /// @param embedding `[vocabulary, hidden]`, any encoding
  /// @param layers the blocks in order
  /// @param outputNorm before the head
  /// @param head `[hidden] -> [vocabulary]`
  public Weights(Tensor embedding, List<LayerWeights> layers, Norm outputNorm, LinearLayer head) {
    this(embedding, layers, outputNorm, head, null);
  }

  /// {@return these weights with another index of the head}
  ///
  /// @param value made from the head, or absent
  public Weights withHeadIndex(@Nullable QuantizedRows value) {
    return new Weights(embedding, layers, outputNorm, head, value);
  }

  /// {@return the bytes one decoded token reads: all layers and the head, or its index}
  public long bytesPerToken() {
    long bytes = headIndex == null ? head.byteSize() : headIndex.byteSize();
    for (LayerWeights layer : layers) {
      bytes += layer.queryKeyValue().byteSize() + layer.attentionOutput().byteSize();
      bytes += layer.gateUp().byteSize() + layer.down().byteSize();
    }
    return bytes;
  }
}
