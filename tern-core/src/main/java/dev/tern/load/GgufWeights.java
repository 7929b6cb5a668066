package dev.tern.load;

import dev.tern.ModelFormatException;
import dev.tern.UnsupportedModelException;
import dev.tern.kernel.RopeAngles;
import dev.tern.load.LinearLayers.Projection;
import dev.tern.model.LayerWeights;
import dev.tern.model.LinearLayer;
import dev.tern.model.ModelConfig;
import dev.tern.model.Norm;
import dev.tern.model.Weights;
import dev.tern.tensor.Shape;
import dev.tern.tensor.Tensor;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Puts a model's weights together from the tensors of a file.
final class GgufWeights {
  private static final int NAMES_IN_MESSAGE = 4;

  private final ModelConfig config;
  private final TensorSource tensors;
  private final LinearLayers linear;
  private final Arena arena;

  GgufWeights(ModelConfig config, TensorSource tensors, LinearLayers linear, Arena arena) {
    this.config = config;
    this.tensors = tensors;
    this.linear = linear;
    this.arena = arena;
  }

  Weights read() {
    Tensor embedding =
        tensors.require(
            TensorNames.EMBEDDING, Shape.of(config.vocabularySize(), config.hiddenSize()));
    List<LayerWeights> layers = new ArrayList<>();
    for (int layer = 0; layer < config.layerCount(); layer++) {
      layers.add(readLayer(layer));
    }
    Norm outputNorm = norm(TensorNames.OUTPUT_NORM, config.hiddenSize());
    return new Weights(embedding, layers, outputNorm, head(embedding));
  }

  private LayerWeights readLayer(int layer) {
    int hidden = config.hiddenSize();
    int intermediate = config.intermediateSize();
    return new LayerWeights(
        blockNorm(layer, "attn_norm", hidden),
        linear.ofBlock(
            hidden,
            projection(layer, "attn_q", config.queryWidth()),
            projection(layer, "attn_k", config.kvWidth()),
            projection(layer, "attn_v", config.kvWidth())),
        config.style().headNorms() ? blockNorm(layer, "attn_q_norm", config.headDim()) : null,
        config.style().headNorms() ? blockNorm(layer, "attn_k_norm", config.headDim()) : null,
        subNorm(layer, "attn_sub_norm", config.queryWidth()),
        linear.ofBlock(config.queryWidth(), projection(layer, "attn_output", hidden)),
        blockNorm(layer, "ffn_norm", hidden),
        linear.ofBlock(
            hidden,
            projection(layer, "ffn_gate", intermediate),
            projection(layer, "ffn_up", intermediate)),
        subNorm(layer, "ffn_sub_norm", intermediate),
        linear.ofBlock(intermediate, projection(layer, "ffn_down", hidden)));
  }

  private static Projection projection(int layer, String name, int outputs) {
    return new Projection(TensorNames.ofBlock(layer, name), outputs);
  }

  private @Nullable Norm subNorm(int layer, String name, int width) {
    return config.style().subNorms() ? blockNorm(layer, name, width) : null;
  }

  private Norm blockNorm(int layer, String name, int width) {
    return norm(TensorNames.weight(TensorNames.ofBlock(layer, name)), width);
  }

  private Norm norm(String name, int width) {
    return new Norm(tensors.requireVector(name, width, arena), config.rmsNormEps());
  }

  /// The head is the embedding where the file has no other.
  private LinearLayer head(Tensor embedding) {
    Optional<Tensor> output =
        tensors.find(
            TensorNames.weight(TensorNames.OUTPUT),
            Shape.of(config.vocabularySize(), config.hiddenSize()));
    return output
        .map(weight -> linear.head(weight, linear.outputScale(TensorNames.OUTPUT)))
        .orElseGet(() -> linear.head(embedding, 1f));
  }

  /// {@return RoPE's inverse frequencies with the file's own factors}
  float[] inverseFrequencies(float scalingFactor) {
    float[] inverse = RopeAngles.inverseFrequencies(config.headDim(), config.ropeTheta());
    Optional<float[]> factors = tensors.findVector(TensorNames.ROPE_FACTORS, inverse.length);
    for (int i = 0; i < inverse.length; i++) {
      float factor = factors.isPresent() ? factors.get()[i] : 1f;
      if (!(factor > 0) || Float.isInfinite(factor)) {
        throw new ModelFormatException(
            "%s: %s holds %s".formatted(tensors.source(), TensorNames.ROPE_FACTORS, factor));
      }
      inverse[i] /= factor * scalingFactor;
    }
    return inverse;
  }

  /// Makes sure that every tensor of the file has a place in the model.
  void refuseUnusedTensors() {
    List<String> unused = tensors.unused();
    if (!unused.isEmpty()) {
      String names =
          String.join(", ", unused.subList(0, Math.min(NAMES_IN_MESSAGE, unused.size())));
      throw new UnsupportedModelException(
          "%s: the architecture %s as Tern knows it has no place for %d of the file's tensors (%s%s); running the model without them would give wrong answers"
              .formatted(
                  tensors.source(),
                  config.architecture(),
                  unused.size(),
                  names,
                  unused.size() > NAMES_IN_MESSAGE ? ", ..." : ""));
    }
  }
}
