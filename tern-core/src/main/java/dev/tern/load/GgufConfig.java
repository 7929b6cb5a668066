package dev.tern.load;

import dev.tern.ModelFormatException;
import dev.tern.UnsupportedModelException;
import dev.tern.gguf.GgufFile;
import dev.tern.gguf.GgufMetadata;
import dev.tern.model.ModelConfig;

/// Reads a model's shape from the keys of a GGUF file (formats page, section 1.6).
final class GgufConfig {
  private static final float DEFAULT_ROPE_THETA = 10_000f;

  private final GgufFile file;
  private final GgufMetadata metadata;
  private final String architecture;

  GgufConfig(GgufFile file) {
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
          known.style());
    } catch (IllegalArgumentException contradiction) {
      throw new ModelFormatException(
          "%s: the metadata contradicts itself: %s"
              .formatted(file.source(), contradiction.getMessage()),
          contradiction);
    }
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
        Math.min(file.requireTensor(TensorNames.EMBEDDING).rows(), Integer.MAX_VALUE));
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
    refuseUnless(metadata.findInt(key("expert_count")).orElse(0) == 0, "a mixture of experts");
    refuseUnless(
        metadata.findInt(key("attention.sliding_window")).orElse(0) == 0,
        "sliding-window attention");
    String scaling = metadata.findString(key("rope.scaling.type")).orElse("none");
    refuseUnless(
        scaling.equals("none") || scaling.equals("linear"), "RoPE scaling of type " + scaling);
  }

  private void refuseUnless(boolean supported, String feature) {
    if (!supported) {
      throw new UnsupportedModelException(
          "%s: the model uses %s, which Tern does not implement".formatted(file.source(), feature));
    }
  }

  /// {@return what linear RoPE scaling divides positions by; 1 for none}
  float ropeScalingFactor() {
    boolean linear = metadata.findString(key("rope.scaling.type")).orElse("none").equals("linear");
    float factor = linear ? metadata.findFloat(key("rope.scaling.factor")).orElse(1f) : 1f;
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
