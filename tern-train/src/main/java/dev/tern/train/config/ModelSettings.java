package dev.tern.train.config;

/// The shape of a model. The size of its vocabulary comes from the tokenizer.
///
/// @param style how its layers are built
/// @param weights what its linear layers compute with
/// @param activations what the inputs of linear layers are rounded to
/// @param hidden numbers that stand for a token between layers
/// @param layers number of layers
/// @param heads attention heads; hidden is a multiple, and the quotient, the head dim, is even
/// @param kvHeads heads of keys and values; heads is a multiple
/// @param feedForward inner width of the feed-forward networks
/// @param context the most tokens of a sequence
/// @param ropeTheta base of the rotary position embedding
/// @param normEpsilon added to the mean square in norms
/// @param tiedEmbeddings whether the head uses the token embeddings
public record ModelSettings(
    BlockStyle style,
    WeightMethod weights,
    ActivationMethod activations,
    int hidden,
    int layers,
    int heads,
    int kvHeads,
    int feedForward,
    int context,
    float ropeTheta,
    float normEpsilon,
    boolean tiedEmbeddings) {
  /// Checks the shape.
  ///
  /// @throws ConfigException if no such model can be
  public ModelSettings {
    Check.atLeast("model.hidden", hidden, 2);
    Check.atLeast("model.layers", layers, 1);
    Check.atLeast("model.heads", heads, 1);
    Check.atLeast("model.kv_heads", kvHeads, 1);
    Check.atLeast("model.feed_forward", feedForward, 1);
    Check.atLeast("model.context", context, 2);
    Check.positive("model.rope_theta", ropeTheta);
    Check.positive("model.norm_epsilon", normEpsilon);
    Check.multiple("model.hidden", hidden, 2L * heads, "twice model.heads");
    Check.multiple("model.heads", heads, kvHeads, "model.kv_heads");
    if ((weights == WeightMethod.FULL) != (activations == ActivationMethod.FULL)) {
      throw new ConfigException(
          "model.activations: full precision and rounded inputs do not go together; weights are %s, so write %s"
              .formatted(
                  weights.name().toLowerCase(java.util.Locale.ROOT),
                  weights == WeightMethod.FULL ? "full" : "int8"));
    }
    if (weights == WeightMethod.FULL && style == BlockStyle.BITNET) {
      throw new ConfigException(
          "model.style: a bitnet model always rounds its inputs where it is served; the full-precision model of the same shape is llama");
    }
  }

  /// {@return the numbers of one head}
  public int headDim() {
    return hidden / heads;
  }
}
