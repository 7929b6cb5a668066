package dev.tern.convert;

import dev.tern.UnsupportedModelException;
import dev.tern.gguf.GgufMetadata;
import dev.tern.source.RowOrder;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What Hugging Face checkpoints call the tensors of GGUF files (formats page, sections 1.7 and
/// 3.4).
public final class HuggingFaceNames {
  private static final Pattern OF_BLOCK = Pattern.compile("blk\\.(\\d+)\\.(\\w+)\\.(weight|bias)");
  private static final Pattern INPUT_NORM = Pattern.compile("(\\w+)_norm_in");

  private static final Map<String, String> SINGLE =
      Map.of(
          "token_embd.weight", "model.embed_tokens.weight",
          "output_norm.weight", "model.norm.weight",
          "output.weight", "lm_head.weight");

  private static final Map<String, String> LINEAR =
      Map.of(
          "attn_q", "self_attn.q_proj",
          "attn_k", "self_attn.k_proj",
          "attn_v", "self_attn.v_proj",
          "attn_output", "self_attn.o_proj",
          "ffn_gate", "mlp.gate_proj",
          "ffn_up", "mlp.up_proj",
          "ffn_down", "mlp.down_proj");

  private static final Map<String, String> NORMS =
      Map.of(
          "attn_norm", "input_layernorm",
          "ffn_norm", "post_attention_layernorm",
          "attn_sub_norm", "self_attn.attn_sub_norm",
          "ffn_sub_norm", "mlp.ffn_sub_norm",
          "attn_q_norm", "self_attn.q_norm",
          "attn_k_norm", "self_attn.k_norm");

  private HuggingFaceNames() {}

  /// {@return the checkpoint's name of a tensor}
  ///
  /// @param model what to call the model in messages
  /// @param architecture the GGUF name of its architecture
  /// @param name the GGUF name of the tensor
  /// @throws UnsupportedModelException if checkpoints have no such tensor
  public static String of(String model, String architecture, String name) {
    String single = SINGLE.get(name);
    if (single != null) {
      return single;
    }
    Matcher matcher = OF_BLOCK.matcher(name);
    if (matcher.matches()) {
      String layer = "model.layers." + matcher.group(1) + ".";
      String suffix = "." + matcher.group(3);
      String stem = matcher.group(2);
      Matcher inputNorm = INPUT_NORM.matcher(stem);
      String linear = LINEAR.get(inputNorm.matches() ? inputNorm.group(1) : stem);
      if (linear != null) {
        return layer + linear + (inputNorm.matches() ? ".rms_norm" : "") + suffix;
      }
      String norm = NORMS.get(stem);
      if (norm != null) {
        return layer + norm + suffix;
      }
    }
    throw new UnsupportedModelException(
        "%s: a Hugging Face folder of a %s model has no place for the tensor %s"
            .formatted(model, architecture, name));
  }

  /// {@return the order of a tensor's rows, which GGUF's `llama` has changed}
  ///
  /// @param architecture the GGUF name of the model's architecture
  /// @param name the GGUF name of the tensor
  /// @param headDim rows of a head
  public static RowOrder order(String architecture, String name, int headDim) {
    boolean reordered =
        architecture.equals("llama") && name.matches("blk\\.\\d+\\.attn_[qk]\\.\\w+");
    return reordered ? new RowOrder(headDim) : RowOrder.SAME;
  }

  /// {@return the width of a head}
  static int headDim(GgufMetadata metadata, String architecture) {
    String prefix = architecture + ".";
    return metadata
        .findInt(prefix + "attention.key_length")
        .orElseGet(() ->
            metadata.requireInt(prefix + "embedding_length")
                / metadata.requireInt(prefix + "attention.head_count"));
  }
}
