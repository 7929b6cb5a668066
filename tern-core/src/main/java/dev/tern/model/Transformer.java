package dev.tern.model;

import dev.tern.FeedForwardZeros;
import dev.tern.KvCacheType;
import dev.tern.kernel.Backend;
import dev.tern.kernel.FloatMatrix;
import dev.tern.kernel.GatedActivation;
import dev.tern.kernel.Int8Activations;
import dev.tern.kernel.LargestProducts;
import dev.tern.kernel.RopeAngles;
import dev.tern.kernel.SparseFeedForward;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/// A decoder-only transformer: the forward pass of every supported architecture, which differ in
/// their [BlockStyle].
///
/// The order of operations is that of the reference (formats page, section 4.1). Immutable and safe
/// for use by many threads, each with its own cache and workspace, as long as its weights' memory
/// is valid.
public final class Transformer {
  private final ModelConfig config;
  private final Weights weights;
  private final Backend backend;
  private final float[] inverseFrequencies;

  /// Puts a model together.
  ///
  /// @param config its shape
  /// @param weights its weights, of that shape
  /// @param inverseFrequencies RoPE's, one for each pair of elements of a head, see [RopeAngles]
  /// @param backend what computes
  public Transformer(
      ModelConfig config, Weights weights, float[] inverseFrequencies, Backend backend) {
    this.config = config;
    this.weights = weights;
    this.backend = backend;
    this.inverseFrequencies = inverseFrequencies.clone();
  }

  /// {@return the model's shape}
  public ModelConfig config() {
    return config;
  }

  /// {@return this model with other weights}
  ///
  /// @param value of the same shape
  public Transformer withWeights(Weights value) {
    return new Transformer(config, value, inverseFrequencies, backend);
  }

  /// {@return this model, computed by somebody else}
  ///
  /// @param value with the kernels that the weights were prepared for
  public Transformer withBackend(Backend value) {
    return new Transformer(config, weights, inverseFrequencies, value);
  }

  /// {@return the model's weights}
  public Weights weights() {
    return weights;
  }

  /// {@return what computes}
  public Backend backend() {
    return backend;
  }

  /// {@return room for the activations of a session}
  ///
  /// @param arena owns the memory
  /// @param batchSize the most tokens of one pass
  public Workspace workspace(Arena arena, int batchSize) {
    Workspace workspace =
        new Workspace(
            arena, config, batchSize, new RopeAngles(arena, batchSize, inverseFrequencies));
    if (weights.sparse() != null) {
      workspace.sparse =
          new SparseFeedForward.Scratch(
              arena, config.hiddenSize(), config.intermediateSize(), backend.threads().count());
    }
    return workspace;
  }

  /// Runs the model over tokens that follow the text in the cache, and appends them to it.
  ///
  /// The result does not depend on how a text is divided into passes.
  ///
  /// @param tokens token ids; the first `count` of them
  /// @param count from 1 to the workspace's batch size
  /// @param cache the text so far
  /// @param workspace of this model
  /// @param wanted which logits to compute
  /// @return logits `[tokens, vocabulary]` in the workspace, valid until its next pass: row 0 for
  ///   LAST, one row for each token for ALL
  /// @throws IllegalArgumentException if a token is not in the vocabulary
  /// @throws IllegalStateException if the tokens do not fit into the cache
  public FloatMatrix forward(
      int[] tokens, int count, KvCache cache, Workspace workspace, Logits wanted) {
    Pass pass = workspace.pass();
    pass.clear();
    pass.add(cache, tokens, 0, count, wanted.states());
    forward(workspace);
    return wanted.now() ? head(workspace.normed, pass.states(), workspace) : workspace.logits(1);
  }

  /// Runs the model over the tokens of the workspace's pass, of one text or of several, and appends
  /// them to their texts. The weights are read once for all of them.
  ///
  /// The result for a text does not depend on what else is in the pass. The states that the pass
  /// keeps are then in rows 0, 1 and so on, for [#logits] and [#largestLogits].
  ///
  /// @param workspace of this model; its pass has at least one token
  /// @throws IllegalArgumentException if a token is not in the vocabulary
  public void forward(Workspace workspace) {
    Pass pass = workspace.pass();
    embed(pass, workspace);
    workspace.angles().fill(pass.places());
    for (int layer = 0; layer < weights.layers().size(); layer++) {
      LayerWeights block = weights.layers().get(layer);
      attention(block, layer, pass, workspace);
      feedForward(block, layer, pass.rows(), workspace);
    }
    pass.advanceTexts();
    keepStates(pass, workspace);
  }

  private void embed(Pass pass, Workspace workspace) {
    for (int t = 0; t < pass.rows(); t++) {
      int id = pass.token(t);
      if (id < 0 || id >= config.vocabularySize()) {
        throw new IllegalArgumentException(
            "token %d is not in a vocabulary of %d".formatted(id, config.vocabularySize()));
      }
      backend.kernels().decodeRow(weights.embedding(), id, workspace.residual, t);
    }
  }

  private void attention(LayerWeights block, int layer, Pass pass, Workspace workspace) {
    int tokens = pass.rows();
    block.attentionNorm().apply(backend, workspace.residual, tokens, workspace.normed);
    block
        .queryKeyValue()
        .apply(backend, workspace.normed, tokens, workspace, workspace.queryKeyValue);
    FloatMatrix queries = workspace.queries;
    FloatMatrix keys = workspace.keys;
    if (block.queryNorm() != null) {
      block.queryNorm().applyToHeads(backend, queries, tokens);
    }
    if (block.keyNorm() != null) {
      block.keyNorm().applyToHeads(backend, keys, tokens);
    }
    backend.rotate(queries, tokens, workspace.angles(), config.style().rope());
    backend.rotate(keys, tokens, workspace.angles(), config.style().rope());
    FloatMatrix attended = workspace.attention;
    backend.attention(queries, keys, workspace.values, pass.places(), layer, attended);
    if (block.attentionSubNorm() != null) {
      block.attentionSubNorm().apply(backend, attended, tokens, attended);
    }
    block.attentionOutput().apply(backend, attended, tokens, workspace, workspace.hidden);
    backend.add(workspace.hidden, tokens, workspace.residual);
  }

  private void feedForward(LayerWeights block, int layer, int tokens, Workspace workspace) {
    block.feedForwardNorm().apply(backend, workspace.residual, tokens, workspace.normed);
    SparseFeedForward sparse =
        tokens == 1 && weights.sparse() != null ? weights.sparse().networks().get(layer) : null;
    if (sparse == null) {
      block.gateUp().apply(backend, workspace.normed, tokens, workspace, workspace.gateUp);
    } else {
      Int8Activations codes = workspace.codes(config.hiddenSize());
      backend.quantize(workspace.normed, 1, codes);
      sparse.gateUp(backend, codes, workspace.gateUp, Objects.requireNonNull(workspace.sparse));
    }
    backend.gate(
        config.style().activation(), workspace.gate, workspace.up, tokens, workspace.product);
    if (block.feedForwardSubNorm() != null) {
      block.feedForwardSubNorm().apply(backend, workspace.product, tokens, workspace.product);
    }
    if (sparse == null) {
      block.down().apply(backend, workspace.product, tokens, workspace, workspace.hidden);
    } else {
      Int8Activations codes = workspace.codes(config.intermediateSize());
      backend.quantize(workspace.product, 1, codes);
      sparse.down(backend, codes, workspace.hidden, Objects.requireNonNull(workspace.sparse));
    }
    if (workspace.zeros != null) {
      countZeros(workspace.zeros, block, layer, tokens, workspace);
    }
    backend.add(workspace.hidden, tokens, workspace.residual);
  }

  private void countZeros(
      ZeroCounter zeros, LayerWeights block, int layer, int tokens, Workspace workspace) {
    int width = config.intermediateSize();
    zeros.countGates(layer, workspace.gateUp.columns(0, width), tokens);
    if (block.down().roundsInput()) {
      zeros.countCodes(layer, workspace.codes(width), tokens);
    } else {
      zeros.countInputs(layer, workspace.product, tokens);
    }
  }

  /// Computes a text and counts the zeros in its feed-forward networks.
  ///
  /// @param tokens token ids, at least one
  /// @return what was counted; empty where the non-linearity is not squared ReLU, which leaves next
  ///   to no zeros
  /// @throws IllegalArgumentException if there is no token, or one is not in the vocabulary
  public Optional<FeedForwardZeros> feedForwardZeros(int[] tokens) {
    if (config.style().activation() != GatedActivation.SQUARED_RELU) {
      return Optional.empty();
    }
    if (tokens.length == 0) {
      throw new IllegalArgumentException("zeros are counted in a text of at least one token");
    }
    try (Arena arena = Arena.ofShared()) {
      Workspace workspace = workspace(arena, tokens.length);
      workspace.zeros = new ZeroCounter(config);
      KvCache cache = new KvCache(arena, config, tokens.length, KvCacheType.F32, KvCacheType.F32);
      forward(tokens, tokens.length, cache, workspace, Logits.NONE);
      return Optional.of(workspace.zeros.result());
    }
  }

  /// Moves the states that are wanted together; none moves behind one that is still to be moved.
  private void keepStates(Pass pass, Workspace workspace) {
    for (int state = 0; state < pass.states(); state++) {
      if (pass.stateRow(state) != state) {
        workspace.residual.moveRow(pass.stateRow(state), state);
      }
    }
    if (pass.states() > 0) {
      weights.outputNorm().apply(backend, workspace.residual, pass.states(), workspace.normed);
    }
  }

  /// Copies a token's last state, after the final norm, out of a pass that kept it.
  ///
  /// @param workspace of that pass
  /// @param row of the token's state
  /// @param state receives as many floats as the hidden size
  public void state(Workspace workspace, int row, float[] state) {
    workspace.normed.copyRow(row, state);
  }

  private FloatMatrix head(FloatMatrix states, int tokens, Workspace workspace) {
    FloatMatrix logits = workspace.logits(tokens);
    weights.head().apply(backend, states, tokens, workspace, logits);
    return logits;
  }

  /// Computes the logits of a token whose state the last pass kept for later.
  ///
  /// @param workspace of that pass
  /// @param row of the token's state
  /// @param logits receives the logits of the first tokens of the vocabulary, as many as it is long
  public void logits(Workspace workspace, int row, float[] logits) {
    head(workspace.normedRow(row), 1, workspace).copyRow(0, logits, logits.length);
  }

  /// Computes the logits of neighbouring tokens whose states the last pass kept for later.
  ///
  /// @param workspace of that pass
  /// @param firstRow of the first token's state
  /// @param count how many tokens
  /// @return logits `[count, vocabulary]` in the workspace, valid until its next use
  public FloatMatrix logits(Workspace workspace, int firstRow, int count) {
    return head(workspace.normed.rows(firstRow, count), count, workspace).rows(0, count);
  }

  /// Computes the largest logits of a token whose state the last pass kept for later, exactly, and
  /// no more than that needs.
  ///
  /// @param workspace of that pass
  /// @param row of the token's state
  /// @param count how many of the largest, at least 1
  /// @param also tokens whose logits are needed in any case
  /// @param logits receives the logits of the first tokens of the vocabulary, as many as it is
  ///   long: those of the `count` likeliest among them, of `also`, and maybe of others; negative
  ///   infinity for the rest
  public void largestLogits(Workspace workspace, int row, int count, int[] also, float[] logits) {
    if (weights.headIndex() == null) {
      logits(workspace, row, logits);
      return;
    }
    workspace
        .search(weights.headIndex())
        .find(backend, workspace.normedRow(row), count, also, workspace.logits(1), logits);
  }

  /// Computes logits of the first tokens whose states the last pass kept, all together: by one
  /// search with the index of the head, where there is one and all need few, otherwise all logits
  /// of all.
  ///
  /// @param workspace of that pass
  /// @param demands which logits, for states 0, 1 and so on
  public void logits(Workspace workspace, List<LogitsDemand> demands) {
    boolean few = demands.stream().allMatch(demand -> demand.largest() > 0);
    if (weights.headIndex() != null && few) {
      List<LargestProducts.Demand> largest = new ArrayList<>();
      for (int row = 0; row < demands.size(); row++) {
        LogitsDemand demand = demands.get(row);
        largest.add(
            new LargestProducts.Demand(
                workspace.normedRow(row), demand.largest(), demand.also(), demand.logits()));
      }
      workspace.search(weights.headIndex()).find(backend, largest, workspace.logits(1));
      return;
    }
    FloatMatrix all = logits(workspace, 0, demands.size());
    for (int row = 0; row < demands.size(); row++) {
      float[] wanted = demands.get(row).logits();
      all.copyRow(row, wanted, wanted.length);
    }
  }
}
