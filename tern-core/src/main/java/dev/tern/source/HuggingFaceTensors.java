package dev.tern.source;

import dev.tern.ModelFormatException;
import dev.tern.UnsupportedModelException;
import dev.tern.source.HuggingFaceConfig.RopeScaling;
import dev.tern.tensor.Shape;
import dev.tern.tensor.TensorType;
import java.lang.foreign.MemorySegment;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Gives the tensors of a checkpoint the names and the form that GGUF files have them in (formats
/// page, sections 1.7, 3.4 and 3.5).
final class HuggingFaceTensors {
  private static final int NAMES_IN_MESSAGE = 4;
  private static final String EMBEDDING = "model.embed_tokens.weight";
  private static final String HEAD = "lm_head";

  private final HuggingFaceConfig config;
  private final CheckpointWeights weights;
  private final List<String> notices;
  private final Map<String, SourceTensor> tensors = new LinkedHashMap<>();

  private HuggingFaceTensors(
      HuggingFaceConfig config, CheckpointWeights weights, List<String> notices) {
    this.config = config;
    this.weights = weights;
    this.notices = notices;
  }

  /// {@return the tensors by GGUF's names}
  ///
  /// @param vocabularySize rows of the embedding
  /// @param notices receives a sentence for what was left out
  /// @throws ModelFormatException if a tensor is missing or of another shape
  /// @throws UnsupportedModelException if a tensor has no place in the model
  static Map<String, SourceTensor> of(
      HuggingFaceConfig config,
      CheckpointWeights weights,
      int vocabularySize,
      List<String> notices) {
    HuggingFaceTensors all = new HuggingFaceTensors(config, weights, notices);
    all.addAll(vocabularySize);
    return Collections.unmodifiableMap(all.tensors);
  }

  private void addAll(int vocabularySize) {
    Shape embedding = Shape.of(vocabularySize, config.hiddenSize());
    add(weights.floats("token_embd.weight", EMBEDDING, embedding, RowOrder.SAME));
    for (int layer = 0; layer < config.layerCount(); layer++) {
      addLayer("model.layers." + layer + ".", "blk." + layer + ".");
    }
    add(
        weights.floats(
            "output_norm.weight",
            "model.norm.weight",
            Shape.of(config.hiddenSize()),
            RowOrder.SAME));
    addHead(embedding);
    if (config.ropeScaling() instanceof RopeScaling.Llama3 llama3) {
      addRopeFactors(llama3);
    }
    refuseUnused();
  }

  private void add(SourceTensor tensor) {
    tensors.put(tensor.name(), tensor);
  }

  private void addLayer(String from, String to) {
    int hidden = config.hiddenSize();
    int queries = config.queryWidth();
    int keys = config.kvWidth();
    int intermediate = config.intermediateSize();
    RowOrder heads =
        config.family() == HuggingFaceFamily.LLAMA ? new RowOrder(config.headDim()) : RowOrder.SAME;
    boolean bias = config.attentionBias();
    addNorm(to + "attn_norm", from + "input_layernorm", hidden);
    addLinear(to + "attn_q", from + "self_attn.q_proj", queries, hidden, heads, bias);
    addLinear(to + "attn_k", from + "self_attn.k_proj", keys, hidden, heads, bias);
    addLinear(to + "attn_v", from + "self_attn.v_proj", keys, hidden, RowOrder.SAME, bias);
    addLinear(to + "attn_output", from + "self_attn.o_proj", hidden, queries, RowOrder.SAME, bias);
    switch (config.family()) {
      case BITNET -> {
        String attention = either(from, "self_attn.attn_sub_norm", "self_attn.inner_attn_ln");
        addNorm(to + "attn_sub_norm", attention, queries);
        String feedForward = either(from, "mlp.ffn_sub_norm", "mlp.ffn_layernorm");
        addNorm(to + "ffn_sub_norm", feedForward, intermediate);
      }
      case QWEN3 -> {
        addNorm(to + "attn_q_norm", from + "self_attn.q_norm", config.headDim());
        addNorm(to + "attn_k_norm", from + "self_attn.k_norm", config.headDim());
      }
      case LLAMA -> {}
    }
    addNorm(to + "ffn_norm", from + "post_attention_layernorm", hidden);
    boolean feedForwardBias = config.feedForwardBias();
    RowOrder same = RowOrder.SAME;
    addLinear(to + "ffn_gate", from + "mlp.gate_proj", intermediate, hidden, same, feedForwardBias);
    addLinear(to + "ffn_up", from + "mlp.up_proj", intermediate, hidden, same, feedForwardBias);
    addLinear(to + "ffn_down", from + "mlp.down_proj", hidden, intermediate, same, feedForwardBias);
  }

  /// 1bitLLM's names are the older ones.
  private String either(String layer, String name, String older) {
    return layer + (weights.has(layer + older + ".weight") ? older : name);
  }

  private void addNorm(String to, String from, int width) {
    add(weights.floats(to + ".weight", from + ".weight", Shape.of(width), RowOrder.SAME));
  }

  private void addLinear(
      String to, String from, int outputs, int inputs, RowOrder order, boolean bias) {
    requireUniform(from);
    add(weights.linear(to + ".weight", from, Shape.of(outputs, inputs), order));
    if (config.quantization().inputNorms() && config.quantization().covers(from)) {
      addNorm(to + "_norm_in", from + ".rms_norm", inputs);
    }
    if (bias) {
      add(weights.floats(to + ".bias", from + ".bias", Shape.of(outputs), order));
    }
  }

  /// In BitNet architectures every layer of a block rounds its input.
  private void requireUniform(String module) {
    if (config.family() == HuggingFaceFamily.BITNET && !config.quantization().covers(module)) {
      throw new UnsupportedModelException(
          "%s: modules_to_not_convert excludes %s, but Tern runs BitNet models only with all layers of a block quantized"
              .formatted(config.source(), module));
    }
  }

  private void addHead(Shape shape) {
    String name = HEAD + ".weight";
    boolean there = weights.has(name);
    if (config.tiedHead().orElse(!there)) {
      if (there) {
        weights.ignore(name);
        notices.add(
            "the checkpoint has a head of its own, which is not used: config.json says that the head is the embedding");
      }
      return;
    }
    add(weights.linear("output.weight", HEAD, shape, RowOrder.SAME));
  }

  /// What each of RoPE's frequencies is divided by. Source: transformers,
  /// `_compute_llama3_parameters`.
  private void addRopeFactors(RopeScaling.Llama3 scaling) {
    int half = config.headDim() / 2;
    float[] factors = new float[half];
    for (int i = 0; i < half; i++) {
      double frequency = Math.pow(config.ropeTheta(), -2.0 * i / config.headDim());
      double wavelength = 2 * Math.PI / frequency;
      if (wavelength < scaling.context() / scaling.highFrequencyFactor()) {
        factors[i] = 1;
      } else if (wavelength > scaling.context() / scaling.lowFrequencyFactor()) {
        factors[i] = (float) scaling.factor();
      } else {
        double smooth =
            (scaling.context() / wavelength - scaling.lowFrequencyFactor())
                / (scaling.highFrequencyFactor() - scaling.lowFrequencyFactor());
        factors[i] = (float) (1 / ((1 - smooth) / scaling.factor() + smooth));
      }
    }
    add(
        new ComputedTensor(
            config.source(),
            "rope_freqs.weight",
            Shape.of(half),
            TensorType.F32.name(),
            TensorType.F32,
            MemorySegment.NULL,
            (_, values) -> System.arraycopy(factors, 0, values, 0, half)));
  }

  private void refuseUnused() {
    List<String> unused = weights.unused();
    if (!unused.isEmpty()) {
      throw new UnsupportedModelException(
          "%s: the configuration as Tern understands it has no place for %d of the checkpoint's tensors (%s%s); running the model without them would give wrong answers"
              .formatted(
                  config.source(),
                  unused.size(),
                  String.join(", ", unused.subList(0, Math.min(NAMES_IN_MESSAGE, unused.size()))),
                  unused.size() > NAMES_IN_MESSAGE ? ", ..." : ""));
    }
  }
}
