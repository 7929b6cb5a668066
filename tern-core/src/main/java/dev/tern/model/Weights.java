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
/// @param sparse the feed-forward networks without zeros, where they are to be used
public record Weights(
    Tensor embedding,
    List<LayerWeights> layers,
    Norm outputNorm,
    LinearLayer head,
    @Nullable QuantizedRows headIndex,
    @Nullable SparseNetworks sparse) {
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
    this(embedding, layers, outputNorm, head, null, null);
  }

  /// {@return these weights with another index of the head}
  ///
  /// @param value made from the head, or absent
  public Weights withHeadIndex(@Nullable QuantizedRows value) {
    return new Weights(embedding, layers, outputNorm, head, value, sparse);
  }

  /// {@return these weights with feed-forward networks that leave zeros out}
  ///
  /// @param value made from the blocks' weights
  public Weights withSparse(SparseNetworks value) {
    return new Weights(embedding, layers, outputNorm, head, headIndex, value);
  }

  /// {@return the bytes one decoded token reads: all layers and the head, or its index; without the
  /// zeros that are expected, where those are left out}
  public long bytesPerToken() {
    long bytes = headIndex == null ? head.byteSize() : headIndex.byteSize();
    for (LayerWeights layer : layers) {
      bytes += layer.queryKeyValue().byteSize() + layer.attentionOutput().byteSize();
      if (sparse == null) {
        bytes += layer.gateUp().byteSize() + layer.down().byteSize();
      }
    }
    return sparse == null ? bytes : bytes + sparse.bytesPerToken();
  }
}
