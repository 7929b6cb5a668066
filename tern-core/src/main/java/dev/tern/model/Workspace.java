package dev.tern.model;

import dev.tern.kernel.FloatMatrix;
import dev.tern.kernel.Int8Activations;
import dev.tern.kernel.LargestProducts;
import dev.tern.kernel.QuantizedRows;
import dev.tern.kernel.RopeAngles;
import dev.tern.kernel.SparseFeedForward;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// The activations of one forward pass, allocated once and used for every pass of a session.
///
/// Not safe for use by several passes at once.
public final class Workspace {
  private final int batchSize;
  private final Pass pass;
  final FloatMatrix residual;
  final FloatMatrix normed;
  final FloatMatrix queryKeyValue;
  final FloatMatrix queries;
  final FloatMatrix keys;
  final FloatMatrix values;
  final FloatMatrix attention;
  final FloatMatrix gateUp;
  final FloatMatrix gate;
  final FloatMatrix up;
  final FloatMatrix product;
  final FloatMatrix hidden;

  /// What feed-forward networks need that leave zeros out, where the model has such.
  SparseFeedForward.@Nullable Scratch sparse;

  /// Counts zeros while a pass computes, where somebody wants to know.
  @Nullable ZeroCounter zeros;

  private final List<LayerInput> inputs = new ArrayList<>();
  private final @Nullable FloatMatrix[] normedRows;
  private final List<View> views = new ArrayList<>();
  private final ModelConfig config;
  private final Arena arena;
  private final RopeAngles angles;
  private FloatMatrix logits;
  private @Nullable LargestProducts search;

  /// What layers make of an input of some width.
  ///
  /// @param normalized one layer's own view of it
  /// @param codes its int8 codes
  private record LayerInput(FloatMatrix normalized, Int8Activations codes) {}

  /// Columns of a matrix that have been asked for, so that they are made once.
  ///
  /// @param whole the matrix
  /// @param firstCol where its columns begin
  /// @param part the matrix that shares their memory
  private record View(FloatMatrix whole, int firstCol, FloatMatrix part) {}

  Workspace(Arena arena, ModelConfig config, int batchSize, RopeAngles angles) {
    this.angles = angles;
    this.arena = arena;
    this.config = config;
    this.batchSize = batchSize;
    int hiddenSize = config.hiddenSize();
    int intermediateSize = config.intermediateSize();
    residual = FloatMatrix.allocate(arena, batchSize, hiddenSize);
    normed = FloatMatrix.allocate(arena, batchSize, hiddenSize);
    hidden = FloatMatrix.allocate(arena, batchSize, hiddenSize);
    queryKeyValue =
        FloatMatrix.allocate(arena, batchSize, config.queryWidth() + 2 * config.kvWidth());
    attention = FloatMatrix.allocate(arena, batchSize, config.queryWidth());
    gateUp = FloatMatrix.allocate(arena, batchSize, 2 * intermediateSize);
    product = FloatMatrix.allocate(arena, batchSize, intermediateSize);
    pass = new Pass(batchSize);
    normedRows = new FloatMatrix[batchSize];
    queries = queryKeyValue.columns(0, config.queryWidth());
    keys = queryKeyValue.columns(config.queryWidth(), config.kvWidth());
    values = queryKeyValue.columns(config.queryWidth() + config.kvWidth(), config.kvWidth());
    gate = gateUp.columns(0, intermediateSize);
    up = gateUp.columns(intermediateSize, intermediateSize);
    IntStream.of(hiddenSize, config.queryWidth(), intermediateSize)
        .distinct()
        .mapToObj(width ->
            new LayerInput(
                FloatMatrix.allocate(arena, batchSize, width),
                Int8Activations.allocate(arena, batchSize, width)))
        .forEach(inputs::add);
    logits = FloatMatrix.allocate(arena, 1, config.vocabularySize());
  }

  /// {@return the most tokens of one pass}
  public int batchSize() {
    return batchSize;
  }

  /// {@return the tokens of the next pass, or of the last}
  public Pass pass() {
    return pass;
  }

  /// {@return a matrix of this width for one layer's own view of its input}
  FloatMatrix normalized(int cols) {
    return input(cols).normalized;
  }

  /// {@return room for int8 codes of this width}
  Int8Activations codes(int cols) {
    return input(cols).codes;
  }

  private LayerInput input(int cols) {
    for (int i = 0; i < inputs.size(); i++) {
      if (inputs.get(i).codes.cols() == cols) {
        return inputs.get(i);
      }
    }
    throw new IllegalStateException("no layer of the model has an input of " + cols);
  }

  /// {@return some columns of a matrix of this workspace, made when they are first asked for}
  FloatMatrix columns(FloatMatrix whole, int firstCol, int count) {
    if (firstCol == 0 && count == whole.cols()) {
      return whole;
    }
    for (int i = 0; i < views.size(); i++) {
      View view = views.get(i);
      if (view.whole == whole && view.firstCol == firstCol && view.part.cols() == count) {
        return view.part;
      }
    }
    FloatMatrix part = whole.columns(firstCol, count);
    views.add(new View(whole, firstCol, part));
    return part;
  }

  /// {@return a token's row of the normalized states}
  FloatMatrix normedRow(int token) {
    FloatMatrix row = normedRows[token];
    if (row == null) {
      row = normed.row(token);
      normedRows[token] = row;
    }
    return row;
  }

  /// {@return cosines and sines of the pass}
  RopeAngles angles() {
    return angles;
  }

  /// {@return a search for the largest logits, made when it is first asked for}
  LargestProducts search(QuantizedRows index) {
    if (search == null) {
      search = new LargestProducts(arena, index);
    }
    return search;
  }

  /// {@return room for logits; one row is always there, more are allocated when they are first
  /// asked for, at least twice as many as before, since the old ones stay allocated}
  FloatMatrix logits(int rows) {
    if (logits.rows() < rows) {
      int room = Math.min(batchSize, Math.max(rows, 2 * logits.rows()));
      logits = FloatMatrix.allocate(arena, room, config.vocabularySize());
    }
    return logits;
  }
}
