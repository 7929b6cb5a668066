package dev.tern.train.export;

import dev.tern.tokenizer.Tokenizer;
import dev.tern.train.config.BlockStyle;
import dev.tern.train.config.ModelSettings;
import dev.tern.train.config.WeightMethod;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// Writes what a Hugging Face folder says of its model.
final class ConfigJson {
  private ConfigJson() {}

  static String of(ModelSettings model, int vocabularySize, Tokenizer tokenizer) {
    JsonMapper mapper = new JsonMapper();
    ObjectNode config = mapper.createObjectNode();
    boolean bitnet = model.style() == BlockStyle.BITNET;
    config.putArray("architectures").add(bitnet ? "BitNetForCausalLM" : "LlamaForCausalLM");
    config.put("model_type", bitnet ? "bitnet" : "llama");
    config.put("hidden_act", bitnet ? "relu2" : "silu");
    config.put("hidden_size", model.hidden());
    config.put("intermediate_size", model.feedForward());
    config.put("num_hidden_layers", model.layers());
    config.put("num_attention_heads", model.heads());
    config.put("num_key_value_heads", model.kvHeads());
    config.put("head_dim", model.headDim());
    config.put("max_position_embeddings", model.context());
    config.put("rms_norm_eps", Double.parseDouble(Float.toString(model.normEpsilon())));
    config.put("rope_theta", Double.parseDouble(Float.toString(model.ropeTheta())));
    config.put("vocab_size", vocabularySize);
    config.put("tie_word_embeddings", model.tiedEmbeddings());
    config.put("attention_bias", false);
    config.put("mlp_bias", false);
    config.put("torch_dtype", "float32");
    tokenizer.bosId().ifPresent(id -> config.put("bos_token_id", id));
    tokenizer.eosId().ifPresent(id -> config.put("eos_token_id", id));
    if (model.weights() != WeightMethod.FULL) {
      ObjectNode quantization = config.putObject("quantization_config");
      quantization.put("quant_method", "bitnet");
      quantization.put("linear_class", "autobitlinear");
      quantization.put("quantization_mode", "online");
      quantization.putArray("modules_to_not_convert").add("lm_head");
    }
    return mapper.writerWithDefaultPrettyPrinter().writeValueAsString(config) + "\n";
  }
}
