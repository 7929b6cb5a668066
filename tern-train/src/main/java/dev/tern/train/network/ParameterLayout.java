package dev.tern.train.network;

import dev.tern.train.config.BlockStyle;
import dev.tern.train.config.ModelSettings;
import java.util.ArrayList;
import java.util.List;

/// The parameters of a model, by the names of Hugging Face checkpoints.
public final class ParameterLayout {
  /// The token embeddings.
  public static final String EMBEDDING = "model.embed_tokens.weight";

  /// The norm before the head.
  public static final String OUTPUT_NORM = "model.norm.weight";

  /// The head, where it does not share the embeddings.
  public static final String HEAD = "lm_head.weight";

  private ParameterLayout() {}

  /// A parameter to be.
  ///
  /// @param name as checkpoints have it
  /// @param role what it is in the network
  /// @param rows number of rows; 1 for a norm
  /// @param cols numbers of a row
  public record Entry(String name, Parameter.Role role, int rows, int cols) {
    /// {@return how many numbers it has}
    public long elements() {
      return (long) rows * cols;
    }
  }

  /// {@return all parameters of a model, in the order of its layers}
  ///
  /// @param model its shape
  /// @param vocabularySize number of its tokens
  public static List<Entry> of(ModelSettings model, int vocabularySize) {
    List<Entry> entries = new ArrayList<>();
    entries.add(new Entry(EMBEDDING, Parameter.Role.EMBEDDING, vocabularySize, model.hidden()));
    for (int layer = 0; layer < model.layers(); layer++) {
      addLayer(entries, model, "model.layers." + layer + ".");
    }
    entries.add(norm(OUTPUT_NORM, model.hidden()));
    if (!model.tiedEmbeddings()) {
      entries.add(new Entry(HEAD, Parameter.Role.EMBEDDING, vocabularySize, model.hidden()));
    }
    return List.copyOf(entries);
  }

  private static void addLayer(List<Entry> entries, ModelSettings model, String prefix) {
    int hidden = model.hidden();
    int kvWidth = model.kvHeads() * model.headDim();
    boolean subNorms = model.style() == BlockStyle.BITNET;
    entries.add(norm(prefix + "input_layernorm.weight", hidden));
    entries.add(linear(prefix + "self_attn.q_proj.weight", hidden, hidden));
    entries.add(linear(prefix + "self_attn.k_proj.weight", kvWidth, hidden));
    entries.add(linear(prefix + "self_attn.v_proj.weight", kvWidth, hidden));
    if (subNorms) {
      entries.add(norm(prefix + "self_attn.attn_sub_norm.weight", hidden));
    }
    entries.add(linear(prefix + "self_attn.o_proj.weight", hidden, hidden));
    entries.add(norm(prefix + "post_attention_layernorm.weight", hidden));
    entries.add(linear(prefix + "mlp.gate_proj.weight", model.feedForward(), hidden));
    entries.add(linear(prefix + "mlp.up_proj.weight", model.feedForward(), hidden));
    if (subNorms) {
      entries.add(norm(prefix + "mlp.ffn_sub_norm.weight", model.feedForward()));
    }
    entries.add(linear(prefix + "mlp.down_proj.weight", hidden, model.feedForward()));
  }

  private static Entry norm(String name, int width) {
    return new Entry(name, Parameter.Role.NORM, 1, width);
  }

  private static Entry linear(String name, int rows, int cols) {
    return new Entry(name, Parameter.Role.LINEAR, rows, cols);
  }
}
