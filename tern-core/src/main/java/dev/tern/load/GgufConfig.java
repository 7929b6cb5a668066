package dev.tern.load;

import dev.tern.ModelFormatException;
import dev.tern.UnsupportedModelException;
import dev.tern.gguf.GgufMetadata;
import dev.tern.model.BlockStyle;
import dev.tern.model.ModelConfig;
import dev.tern.source.ModelKeys;
import dev.tern.source.ModelSource;

/// Reads a model's shape from GGUF's keys (formats page, section 1.6).
final class GgufConfig {
  private static final float DEFAULT_ROPE_THETA = 10_000f;
  private static final String LINEAR_SCALING = "linear";
  private static final String NO_SCALING = "none";

  /// What files said before there were other types of scaling.
  private static final String OLD_SCALING_FACTOR = "rope.scale_linear";

  private final ModelSource file;
  private final GgufMetadata metadata;
  private final String architecture;

  GgufConfig(ModelSource file) {
    this.file = file;
    this.metadata = file.metadata();
    this.architecture = metadata.requireString("general.architecture");
  }

  ModelConfig read() {
    Architecture known = Architectures.byName(architecture, file.source());
    refuseUnknownFeatures();
    int hiddenSize = requireInt("embedding_length");
    int headCount = requireInt("attention.head_count");
    int headDim = headDim(hiddenSize, headCount);
    try {
      return new ModelConfig(
          architecture,
          hiddenSize,
          requireInt("feed_forward_length"),
          requireInt("block_count"),
          headCount,
          metadata.findInt(key("attention.head_count_kv")).orElse(headCount),
          headDim,
          vocabularySize(),
          requireInt("context_length"),
          metadata.findFloat(key("rope.freq_base")).orElse(DEFAULT_ROPE_THETA),
          metadata.requireFloat(key("attention.layer_norm_rms_epsilon")),
          style(known));
    } catch (IllegalArgumentException contradiction) {
      throw new ModelFormatException(
          "%s: the metadata contradicts itself: %s"
              .formatted(file.source(), contradiction.getMessage()),
          contradiction);
    }
  }

  /// Models of other architectures may have been trained with rounded inputs as well.
  private BlockStyle style(Architecture known) {
    BlockStyle style = known.style();
    return metadata.findBool(ModelKeys.BIT_LINEAR).orElse(false) ? style.withBitLinear() : style;
  }

  /// {@return what norms inside linear layers add to the mean square}
  float inputNormEps() {
    return metadata
        .findFloat(ModelKeys.INPUT_NORM_EPS)
        .orElseGet(() -> metadata.requireFloat(key("attention.layer_norm_rms_epsilon")));
  }

  private int headDim(int hiddenSize, int headCount) {
    int headDim =
        metadata
            .findInt(key("attention.key_length"))
            .orElseGet(() -> hiddenSize / Math.max(headCount, 1));
    int valueDim = metadata.findInt(key("attention.value_length")).orElse(headDim);
    int rotated = metadata.findInt(key("rope.dimension_count")).orElse(headDim);
    if (valueDim != headDim || rotated != headDim) {
      throw new UnsupportedModelException(
          "%s: heads have keys of %d, values of %d and %d rotated elements; Tern runs models where the three are equal"
              .formatted(file.source(), headDim, valueDim, rotated));
    }
    return headDim;
  }

  /// The embedding has the last word: `vocab_size` is optional, and lists of tokens may be shorter
  /// than the embedding.
  private int vocabularySize() {
    return Math.toIntExact(
        Math.min(file.require(TensorNames.EMBEDDING).shape().rows(), Integer.MAX_VALUE));
  }

  /// Features that change what a model computes and that Tern would otherwise silently leave out.
  private void refuseUnknownFeatures() {
    for (String name : metadata.asMap().keySet()) {
      if (name.startsWith("prism.hadamard.")) {
        throw new UnsupportedModelException(
            "%s: the weights are Hadamard-transformed (%s), which Tern does not implement; use the model's Q2_0 or Q1_0 file without it"
                .formatted(file.source(), name));
      }
    }
    refuseUnless(isZero("expert_count"), "a mixture of experts");
    refuseUnless(isZero("attention.sliding_window"), "sliding-window attention");
    refuseUnless(isZero("attention.clamp_kqv"), "clamped queries, keys and values");
    refuseUnless(isZero("attention.max_alibi_bias"), "ALiBi instead of RoPE");
    refuseUnless(isZero("attn_logit_softcapping"), "capped attention scores");
    refuseUnless(isZero("final_logit_softcapping"), "capped logits");
    refuseUnless(isZero("attention.scale"), "an attention scale of its own");
    refuseUnless(isZero("embedding_scale"), "scaled embeddings");
    refuseUnless(isZero("residual_scale"), "scaled residuals");
    refuseUnless(isZero("logit_scale"), "scaled logits");
    refuseUnless(
        metadata.findBool(key("attention.causal")).orElse(true), "attention that is not causal");
    String scaling = ropeScaling();
    refuseUnless(
        scaling.equals(NO_SCALING) || scaling.equals(LINEAR_SCALING),
        "RoPE scaling of type " + scaling);
  }

  private boolean isZero(String name) {
    return metadata.findFloat(key(name)).orElse(0f) == 0;
  }

  private void refuseUnless(boolean supported, String feature) {
    if (!supported) {
      throw new UnsupportedModelException(
          "%s: the model uses %s, which Tern does not implement".formatted(file.source(), feature));
    }
  }

  /// A file that names a factor but no type means linear scaling, as in llama.cpp.
  private String ropeScaling() {
    return metadata.findString(key("rope.scaling.type")).orElse(LINEAR_SCALING);
  }

  /// {@return what linear RoPE scaling divides positions by; 1 for none}
  float ropeScalingFactor() {
    if (!ropeScaling().equals(LINEAR_SCALING)) {
      return 1;
    }
    float factor =
        metadata
            .findFloat(key("rope.scaling.factor"))
            .or(() -> metadata.findFloat(key(OLD_SCALING_FACTOR)))
            .orElse(1f);
    if (!(factor > 0) || Float.isInfinite(factor)) {
      throw new ModelFormatException(
          "%s: the RoPE scaling factor is %s".formatted(file.source(), factor));
    }
    return factor;
  }

  private int requireInt(String name) {
    return metadata.requireInt(key(name));
  }

  private String key(String name) {
    return architecture + "." + name;
  }
}
