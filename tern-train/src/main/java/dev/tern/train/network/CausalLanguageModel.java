package dev.tern.train.network;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.ndarray.types.SparseFormat;
import dev.tern.train.config.BlockStyle;
import dev.tern.train.config.ModelSettings;
import dev.tern.train.data.TokenBatch;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// A Transformer that predicts the next token, with parameters that are learnt.
///
/// All arrays belong to the manager it was made with. Not safe for use by several threads.
public final class CausalLanguageModel {
  private final ModelSettings settings;
  private final int vocabularySize;
  private final Map<String, Parameter> parameters;
  private final List<Block> blocks = new ArrayList<>();
  private final RmsNorm outputNorm;
  private final NDArray embedding;
  private final NDArray head;
  private final Rope rope;

  private CausalLanguageModel(
      ModelSettings settings,
      int vocabularySize,
      Map<String, Parameter> parameters,
      NDManager manager) {
    this.settings = settings;
    this.vocabularySize = vocabularySize;
    this.parameters = parameters;
    for (int layer = 0; layer < settings.layers(); layer++) {
      blocks.add(block("model.layers." + layer + "."));
    }
    outputNorm = norm(ParameterLayout.OUTPUT_NORM);
    embedding = value(ParameterLayout.EMBEDDING);
    head = settings.tiedEmbeddings() ? embedding : value(ParameterLayout.HEAD);
    rope = Rope.of(manager, settings.context(), settings.headDim(), settings.ropeTheta());
  }

  /// Where the first values of parameters come from.
  @FunctionalInterface
  public interface Source {
    /// {@return the values of a parameter, row-major}
    ///
    /// @param entry which one
    float[] values(ParameterLayout.Entry entry);
  }

  /// {@return random values, which depend on nothing but a seed and names}
  ///
  /// @param seed of the random numbers
  public static Source random(long seed) {
    return entry -> Initialization.values(entry, seed);
  }

  /// Makes a model.
  ///
  /// @param settings its shape
  /// @param vocabularySize number of its tokens
  /// @param source of the first values
  /// @param manager what its arrays belong to, and the device on which they are
  /// @return the model
  public static CausalLanguageModel create(
      ModelSettings settings, int vocabularySize, Source source, NDManager manager) {
    Map<String, Parameter> parameters = new LinkedHashMap<>();
    for (ParameterLayout.Entry entry : ParameterLayout.of(settings, vocabularySize)) {
      Shape shape =
          entry.role() == Parameter.Role.NORM
              ? new Shape(entry.cols())
              : new Shape(entry.rows(), entry.cols());
      NDArray value = manager.create(source.values(entry), shape);
      value.setRequiresGradient(true);
      parameters.put(entry.name(), new Parameter(entry.name(), value, entry.role()));
    }
    return new CausalLanguageModel(settings, vocabularySize, parameters, manager);
  }

  private Block block(String prefix) {
    boolean subNorms = settings.style() == BlockStyle.BITNET;
    String attention = prefix + "self_attn.";
    String network = prefix + "mlp.";
    return new Block(
        norm(prefix + "input_layernorm.weight"),
        new Attention(
            settings,
            value(attention + "q_proj.weight"),
            value(attention + "k_proj.weight"),
            value(attention + "v_proj.weight"),
            value(attention + "o_proj.weight"),
            subNorms ? Optional.of(norm(attention + "attn_sub_norm.weight")) : Optional.empty()),
        norm(prefix + "post_attention_layernorm.weight"),
        new FeedForward(
            settings.style(),
            value(network + "gate_proj.weight"),
            value(network + "up_proj.weight"),
            value(network + "down_proj.weight"),
            subNorms ? Optional.of(norm(network + "ffn_sub_norm.weight")) : Optional.empty()));
  }

  private NDArray value(String name) {
    Parameter parameter = parameters.get(name);
    if (parameter == null) {
      throw new IllegalStateException("no parameter is called " + name);
    }
    return parameter.value();
  }

  private RmsNorm norm(String name) {
    return new RmsNorm(value(name), settings.normEpsilon());
  }

  /// {@return its shape}
  public ModelSettings settings() {
    return settings;
  }

  /// {@return the number of its tokens}
  public int vocabularySize() {
    return vocabularySize;
  }

  /// {@return what is learnt, in the order of its layers}
  public List<Parameter> parameters() {
    return List.copyOf(parameters.values());
  }

  /// Computes the logits that follow each token of a batch.
  ///
  /// Results belong to the manager that the parameters belong to at the time.
  ///
  /// @param batch at most [ModelSettings#context] tokens long
  /// @param lambda how much of the quantizers' rounding is done, 0 to 1
  /// @return `[sequences * length, vocabulary]`
  public NDArray logits(TokenBatch batch, double lambda) {
    return logits(batch, lambda, layer -> HeadObserver.NONE);
  }

  /// Says who is shown the heads of a layer.
  @FunctionalInterface
  interface Observers {
    HeadObserver of(int layer);
  }

  NDArray logits(TokenBatch batch, double lambda, Observers observers) {
    if (batch.length() > settings.context()) {
      throw new IllegalArgumentException(
          "sequences of %d tokens for a model with a context of %d"
              .formatted(batch.length(), settings.context()));
    }
    NDManager manager = embedding.getManager();
    NDArray ids = manager.create(batch.inputs(), new Shape(batch.inputs().length));
    NDArray mask = AttentionMask.of(manager, batch.documents(), batch.sequences(), batch.length());
    LinearMethod method = LinearMethod.of(settings, lambda);
    NDArray hidden =
        embedding
            .getNDArrayInternal()
            .embedding(ids, embedding, SparseFormat.DENSE)
            .singletonOrThrow();
    for (int layer = 0; layer < blocks.size(); layer++) {
      hidden = blocks.get(layer).apply(method, hidden, rope, mask, observers.of(layer));
    }
    return outputNorm.apply(hidden).matMul(head.transpose());
  }
}
