package dev.tern.convert;

import dev.tern.UnsupportedModelException;
import dev.tern.gguf.GgufMetadata;
import dev.tern.source.ModelKeys;
import dev.tern.source.ModelSource;
import java.math.BigDecimal;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/// Writes the `config.json` of a model from its GGUF metadata.
final class HuggingFaceConfigJson {
  private final ModelSource model;
  private final GgufMetadata metadata;
  private final String architecture;
  private final boolean packed;
  private final boolean packedHead;

  /// Begins a file.
  ///
  /// @param packed whether linear layers are packed
  /// @param packedHead whether the head is as well
  HuggingFaceConfigJson(
      ModelSource model, String architecture, boolean packed, boolean packedHead) {
    this.model = model;
    this.metadata = model.metadata();
    this.architecture = architecture;
    this.packed = packed;
    this.packedHead = packedHead;
  }

  byte[] toBytes() {
    return JsonMapper.builder()
        .enable(SerializationFeature.INDENT_OUTPUT)
        .build()
        .writeValueAsBytes(members());
  }

  private Map<String, Object> members() {
    Map<String, Object> config = new LinkedHashMap<>();
    Family family = family();
    int hiddenSize = integer("embedding_length");
    int heads = integer("attention.head_count");
    config.put("architectures", List.of(family.className));
    config.put("model_type", family.type);
    config.put("hidden_act", family.activation);
    config.put("hidden_size", hiddenSize);
    config.put("intermediate_size", integer("feed_forward_length"));
    config.put("num_hidden_layers", integer("block_count"));
    config.put("num_attention_heads", heads);
    config.put(
        "num_key_value_heads", metadata.findInt(key("attention.head_count_kv")).orElse(heads));
    config.put(
        "head_dim", metadata.findInt(key("attention.key_length")).orElse(hiddenSize / heads));
    config.put("vocab_size", model.require("token_embd.weight").shape().rows());
    config.put("max_position_embeddings", integer("context_length"));
    config.put(
        "rms_norm_eps", decimal(metadata.requireFloat(key("attention.layer_norm_rms_epsilon"))));
    config.put("rope_theta", decimal(metadata.findFloat(key("rope.freq_base")).orElse(10_000f)));
    putRopeScaling(config);
    config.put("tie_word_embeddings", !model.tensors().containsKey("output.weight"));
    config.put("attention_bias", hasBias("attn_q", "attn_k", "attn_v", "attn_output"));
    config.put("mlp_bias", hasBias("ffn_gate", "ffn_up", "ffn_down"));
    putId(config, "bos_token_id");
    putId(config, "eos_token_id");
    config.put("torch_dtype", "float32");
    if (packed) {
      config.put("quantization_config", quantization());
    }
    return config;
  }

  private record Family(String className, String type, String activation) {}

  private Family family() {
    return switch (architecture) {
      case "bitnet-b1.58", "bitnet-25" -> new Family("BitNetForCausalLM", "bitnet", "relu2");
      case "bitnet" -> new Family("BitNetForCausalLM", "bitnet", "silu");
      case "llama" -> new Family("LlamaForCausalLM", "llama", "silu");
      case "qwen3" -> new Family("Qwen3ForCausalLM", "qwen3", "silu");
      default ->
          throw new UnsupportedModelException(
              "%s: Tern writes no Hugging Face folders of the architecture '%s', but of bitnet, bitnet-25, bitnet-b1.58, llama and qwen3"
                  .formatted(model, architecture));
    };
  }

  private void putRopeScaling(Map<String, Object> config) {
    String type = metadata.findString(key("rope.scaling.type")).orElse("none");
    float factor = metadata.findFloat(key("rope.scaling.factor")).orElse(1f);
    if (type.equals("linear") && factor != 1) {
      config.put("rope_scaling", Map.of("rope_type", "linear", "factor", decimal(factor)));
    } else if (!type.equals("none") && !type.equals("linear")) {
      throw new UnsupportedModelException(
          "%s: RoPE scaling of type %s is not written to config.json".formatted(model, type));
    }
  }

  /// A configuration knows only whether all layers of a kind have a bias.
  private boolean hasBias(String... stems) {
    int present = 0;
    int blocks = integer("block_count");
    for (int block = 0; block < blocks; block++) {
      for (String stem : stems) {
        present += model.tensors().containsKey("blk.%d.%s.bias".formatted(block, stem)) ? 1 : 0;
      }
    }
    if (present != 0 && present != blocks * stems.length) {
      throw new UnsupportedModelException(
          "%s: only some of the layers %s have a bias, which config.json cannot say"
              .formatted(model, String.join(", ", stems)));
    }
    return present != 0;
  }

  private void putId(Map<String, Object> config, String name) {
    metadata.findInt("tokenizer.ggml." + name).ifPresent(id -> config.put(name, id));
  }

  private Map<String, Object> quantization() {
    Map<String, Object> quantization = new LinkedHashMap<>();
    quantization.put("quant_method", "bitnet");
    quantization.put("linear_class", "autobitlinear");
    quantization.put("quantization_mode", "offline");
    quantization.put("modules_to_not_convert", packedHead ? List.of() : List.of("lm_head"));
    if (model.tensors().containsKey("blk.0.attn_q_norm_in.weight")) {
      quantization.put("use_rms_norm", true);
      float eps =
          metadata
              .findFloat(ModelKeys.INPUT_NORM_EPS)
              .orElseGet(() -> metadata.requireFloat(key("attention.layer_norm_rms_epsilon")));
      quantization.put("rms_norm_eps", decimal(eps));
    }
    return quantization;
  }

  /// The shortest number that is read back as the same 32 bits.
  private static BigDecimal decimal(float value) {
    String shortest = Float.toString(value);
    return (float) Double.parseDouble(shortest) == value
        ? new BigDecimal(shortest)
        : new BigDecimal(value);
  }

  private int integer(String name) {
    return metadata.requireInt(key(name));
  }

  private String key(String name) {
    return architecture + "." + name;
  }
}
