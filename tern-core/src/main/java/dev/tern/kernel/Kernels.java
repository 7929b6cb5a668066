package dev.tern.kernel;

import dev.tern.quant.Codecs;
import dev.tern.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.List;

/// The few operations a model computes with, each on a range of rows or tokens and on the calling
/// thread.
///
/// [ScalarKernels] is the definition. Every implementation equals it bit for bit: on integers
/// because they are exact, on floats because the order of operations is fixed. Implementations are
/// safe for use by many threads on disjoint ranges.
public interface Kernels {
  /// {@return what these kernels are, for people to look at: technique and width}
  String description();

  /// {@return how many tokens a matrix product handles best at once; work is split at multiples of
  /// it}
  int tokenTile();

  /// {@return whether these kernels have reached their final speed; results do not depend on it}
  default boolean isSettled() {
    return true;
  }

  /// {@return whether a product with one token reads [TernaryTriples] where a matrix has them}
  default boolean readsTriples() {
    return false;
  }

  /// {@return whether products that leave out rows or columns have code of their own, and can so be
  /// faster than whole ones}
  default boolean skipsZeros() {
    return false;
  }

  /// Multiplies ternary weights by int8 activations: `y[t, row] = dot / quantScale[t] *
  /// dequantScale[row]`.
  ///
  /// @param weights `[rows, cols]`
  /// @param fromRow the first row
  /// @param toRow one past the last row
  /// @param x `[tokens, cols]`
  /// @param fromToken the first token
  /// @param toToken one past the last token
  /// @param y `[tokens, rows]`; rows and tokens of the range are set
  void linear(
      TernaryMatrix weights,
      int fromRow,
      int toRow,
      Int8Activations x,
      int fromToken,
      int toToken,
      FloatMatrix y);

  /// Multiplies some rows of ternary weights by one token's int8 activations.
  ///
  /// @param weights `[rows, cols]`
  /// @param rows which, in ascending order
  /// @param first where the list begins in `rows`
  /// @param count how many, maybe none
  /// @param x `[tokens, cols]`
  /// @param token which
  /// @param y `[tokens, rows]`; the listed rows of that token are set
  default void linear(
      TernaryMatrix weights,
      int[] rows,
      int first,
      int count,
      Int8Activations x,
      int token,
      FloatMatrix y) {
    for (int i = first; i < first + count; i++) {
      linear(weights, rows[i], rows[i] + 1, x, token, token + 1, y);
    }
  }

  /// Adds up the products of some columns of ternary weights with one token's activations, exactly;
  /// those whose activation is zero are not read.
  ///
  /// @param weights `[rows, cols]`
  /// @param fromCol the first column
  /// @param toCol one past the last column
  /// @param x `[tokens, cols]`
  /// @param token which
  /// @param sums receives an int for each row, padding included
  default void sumColumns(
      TernaryColumns weights,
      int fromCol,
      int toCol,
      Int8Activations x,
      int token,
      MemorySegment sums) {
    weights.sum(fromCol, toCol, x, token, sums);
  }

  /// Multiplies weights of any encoding by float activations. The dot product is summed in 32
  /// strided lanes by fused multiply-add and then pairwise: [ScalarKernels#dot].
  ///
  /// @param weights `[rows, cols]`
  /// @param fromRow the first row
  /// @param toRow one past the last row
  /// @param x `[tokens, cols]`
  /// @param fromToken the first token
  /// @param toToken one past the last token
  /// @param y `[tokens, rows]`; rows and tokens of the range are set
  void linear(
      DenseMatrix weights,
      int fromRow,
      int toRow,
      FloatMatrix x,
      int fromToken,
      int toToken,
      FloatMatrix y);

  /// Decodes a row of weights of any encoding: an embedding.
  ///
  /// @param tensor `[rows, cols]`
  /// @param row which
  /// @param y `[tokens, cols]`; the token's row is set
  /// @param token which row of `y`
  default void decodeRow(Tensor tensor, int row, FloatMatrix y, int token) {
    float[] values = new float[tensor.cols()];
    Codecs.of(tensor.type()).decodeRow(tensor, row, values);
    y.setRow(token, 0, values, values.length);
  }

  /// Multiplies int8 rows by a vector in 16 bits, exactly.
  ///
  /// @param rows `[rows, cols]`
  /// @param fromRow the first row
  /// @param toRow one past the last row
  /// @param x `[cols]`
  /// @param dots receives one sum for each row of the range, from index 0
  void dots(QuantizedRows rows, int fromRow, int toRow, Int16Vector x, int[] dots);

  /// Multiplies int8 rows by several vectors in 16 bits, exactly.
  ///
  /// @param rows `[rows, cols]`
  /// @param fromRow the first row
  /// @param toRow one past the last row
  /// @param x vectors `[cols]`
  /// @param dots receives for each vector one sum for each row of the range, from index 0
  default void dots(QuantizedRows rows, int fromRow, int toRow, List<Int16Vector> x, int[][] dots) {
    for (int i = 0; i < x.size(); i++) {
      dots(rows, fromRow, toRow, x.get(i), dots[i]);
    }
  }

  /// Makes the int8 copies of a range of rows, and their bounds.
  ///
  /// @param rows what is filled
  /// @param fromRow the first row
  /// @param toRow one past the last row
  default void quantizeRows(QuantizedRows rows, int fromRow, int toRow) {
    rows.quantize(fromRow, toRow);
  }

  /// Packs a range of tiles.
  ///
  /// @param part the rows that are packed
  /// @param triples what is filled; new memory, all zeros
  /// @param fromTile the first tile
  /// @param toTile one past the last tile
  default void pack(TernaryMatrix.Part part, TernaryTriples triples, int fromTile, int toTile) {
    triples.pack(part, fromTile, toTile);
  }

  /// Quantizes one token's values to int8 codes by absmax: `quantScale = 127 / max(|x|, 1e-5)`,
  /// `code = rint(x * quantScale)`.
  ///
  /// @param x `[tokens, cols]`
  /// @param token which row
  /// @param codes `[tokens, cols]`; that row, its scale and its sum are set
  void quantize(FloatMatrix x, int token, Int8Activations codes);

  /// Normalizes one token: `y = x / sqrt(mean(x^2) + eps) * weight`.
  ///
  /// @param x `[tokens, cols]`
  /// @param token which row
  /// @param weight `[cols]`, native memory
  /// @param eps added to the mean square
  /// @param y `[tokens, cols]`, may be `x`
  void rmsNorm(FloatMatrix x, int token, MemorySegment weight, float eps, FloatMatrix y);

  /// Normalizes each head of one token in place, as [#rmsNorm] over `headDim` elements.
  ///
  /// @param x `[tokens, heads * headDim]`
  /// @param token which row
  /// @param weight `[headDim]`, native memory
  /// @param eps added to the mean square
  void rmsNormHeads(FloatMatrix x, int token, MemorySegment weight, float eps);

  /// Rotates each head of one token in place by its position's angles.
  ///
  /// @param x `[tokens, heads * headDim]`
  /// @param token which row
  /// @param angles cosines and sines for the tokens
  /// @param style which elements turn together
  void rotate(FloatMatrix x, int token, RopeAngles angles, RopeStyle style);

  /// Stores one token's keys and values in the cache.
  ///
  /// @param keys `[tokens, kvHeads * headDim]`
  /// @param values `[tokens, kvHeads * headDim]`
  /// @param token which row
  /// @param cache has memory for the position
  /// @param layer from 0
  /// @param position where in the text the token stands
  void store(
      FloatMatrix keys, FloatMatrix values, int token, KvBlocks cache, int layer, int position);

  /// Causal attention of one token's query heads that share one KV head, over positions 0 to
  /// `position`.
  ///
  /// @param queries `[tokens, heads * headDim]`
  /// @param token which row
  /// @param cache keys and values up to `position`
  /// @param layer from 0
  /// @param kvHead from 0; query heads `kvHead * heads / kvHeads` and following belong to it
  /// @param position the token's
  /// @param y `[tokens, heads * headDim]`; the elements of these query heads are set
  void attend(
      FloatMatrix queries,
      int token,
      KvBlocks cache,
      int layer,
      int kvHead,
      int position,
      FloatMatrix y);

  /// The gated non-linearity of one token: `y = act(gate) * up`.
  ///
  /// @param activation which non-linearity
  /// @param gate `[tokens, cols]`
  /// @param up `[tokens, cols]`
  /// @param token which row
  /// @param y `[tokens, cols]`, may be `gate` or `up`
  void gate(GatedActivation activation, FloatMatrix gate, FloatMatrix up, int token, FloatMatrix y);

  /// Adds one token's values: `y += x`.
  ///
  /// @param x `[tokens, cols]`
  /// @param token which row
  /// @param y `[tokens, cols]`
  void add(FloatMatrix x, int token, FloatMatrix y);
}
