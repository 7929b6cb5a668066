package dev.tern.model;

import dev.tern.kernel.FloatMatrix;
import dev.tern.kernel.Int8Activations;
import dev.tern.kernel.LargestProducts;
import dev.tern.kernel.QuantizedRows;
import dev.tern.kernel.RopeAngles;
import java.lang.foreign.Arena;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The activations of one forward pass, allocated once and used for every pass of a session.
///
/// Not safe for use by several passes at once.
public final class Workspace {
  private final int batchSize;
  final FloatMatrix residual;
  final FloatMatrix normed;
  final FloatMatrix queryKeyValue;
  final FloatMatrix attention;
  final FloatMatrix gateUp;
  final FloatMatrix product;
  final FloatMatrix hidden;
  private final Map<Integer, FloatMatrix> normalized = new HashMap<>();
  private final Map<Integer, Int8Activations> codes = new HashMap<>();
  private final float[] embeddingRow;
  private final ModelConfig config;
  private final Arena arena;
  private final RopeAngles angles;
  private FloatMatrix logits;
  private @Nullable LargestProducts search;

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
    for (int width : new int[] {hiddenSize, config.queryWidth(), intermediateSize}) {
      normalized.computeIfAbsent(width, w -> FloatMatrix.allocate(arena, batchSize, w));
      codes.computeIfAbsent(width, w -> Int8Activations.allocate(arena, batchSize, w));
    }
    embeddingRow = new float[hiddenSize];
    logits = FloatMatrix.allocate(arena, 1, config.vocabularySize());
  }

  /// {@return the most tokens of one pass}
  public int batchSize() {
    return batchSize;
  }

  /// {@return a matrix of this width for one layer's own view of its input}
  FloatMatrix normalized(int cols) {
    return find(normalized, cols);
  }

  /// {@return room for int8 codes of this width}
  Int8Activations codes(int cols) {
    return find(codes, cols);
  }

  private static <T> T find(Map<Integer, T> byWidth, int cols) {
    T found = byWidth.get(cols);
    if (found == null) {
      throw new IllegalStateException("no layer of the model has an input of " + cols);
    }
    return found;
  }

  /// {@return cosines and sines of the pass}
  RopeAngles angles() {
    return angles;
  }

  /// {@return room for one decoded embedding}
  float[] embeddingRow() {
    return embeddingRow;
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
