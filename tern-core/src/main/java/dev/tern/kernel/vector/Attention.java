package dev.tern.kernel.vector;

import static dev.tern.kernel.vector.Shapes.FLOATS;

import dev.tern.KvCacheType;
import dev.tern.kernel.FloatMatrix;
import dev.tern.kernel.KvBlocks;
import dev.tern.kernel.ScalarKernels;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;

/// Causal attention of one token over its KV head's positions, for all query heads that share it.
///
/// Scores of 16 neighbouring positions are computed side by side, one lane each, because the cache
/// interleaves their keys; the weighted sum of values has one lane for each element of the head.
/// Both keep the definition's order: over the head's elements, and over positions. Keys and values
/// of 16 positions at a time are widened into an array that stays in the first-level cache. Not
/// safe for use by several threads.
final class Attention {
  private static final int LANES = FLOATS.length();
  private static final int TILE = KvBlocks.KEY_LANES;

  /// Scores, then weights: `[heads, positions rounded up to tiles]`.
  private float[] weights = new float[0];

  private float[] queries = new float[0];
  private float[] sums = new float[0];
  private float[] tile = new float[0];
  private final float[] lanes = new float[ScalarKernels.LANES];
  private final Halves halves = new Halves();

  void attend(
      FloatMatrix allQueries,
      int token,
      KvBlocks cache,
      int layer,
      int kvHead,
      int position,
      FloatMatrix y) {
    int headDim = cache.headDim();
    int heads = allQueries.cols() / headDim / cache.kvHeads();
    int positions = position + 1;
    int stride = Math.ceilDiv(positions, TILE) * TILE;
    reserve(heads, headDim, stride);
    FloatMatrix own = allQueries.columns(kvHead * heads * headDim, heads * headDim);
    own.copyRow(token, queries);
    score(cache, layer, kvHead, heads, stride);
    Arrays.fill(sums, 0, heads * headDim, 0f);
    float[] totals = new float[heads];
    for (int head = 0; head < heads; head++) {
      totals[head] = exponentials(head * stride, positions);
    }
    weighValues(cache, layer, kvHead, heads, positions, stride);
    for (int head = 0; head < heads; head++) {
      for (int dim = 0; dim < headDim; dim++) {
        sums[head * headDim + dim] /= totals[head];
      }
    }
    y.setRow(token, kvHead * heads * headDim, sums, heads * headDim);
  }

  private void reserve(int heads, int headDim, int stride) {
    if (weights.length < heads * stride) {
      weights = new float[heads * stride];
    }
    if (sums.length < heads * headDim) {
      sums = new float[heads * headDim];
      queries = new float[heads * headDim];
    }
    if (tile.length < TILE * headDim) {
      tile = new float[TILE * headDim];
    }
  }

  /// Fills `weights` with scaled scores; those past the end, computed along with their neighbours,
  /// are not used.
  private void score(KvBlocks cache, int layer, int kvHead, int heads, int stride) {
    int headDim = cache.headDim();
    float factor = ScalarKernels.scoreFactor(headDim);
    long base = cache.keyOffset(layer, kvHead);
    for (int first = 0; first < stride; first += TILE) {
      MemorySegment block = cache.block(first / KvBlocks.POSITIONS);
      int index = cache.keyIndex(first % KvBlocks.POSITIONS, 0);
      load(block, cache.keyType(), base, index, TILE * headDim);
      for (int head = 0; head < heads; head++) {
        scoreTile(head * headDim, headDim, factor, head * stride + first);
      }
    }
  }

  private void scoreTile(int query, int headDim, float factor, int out) {
    for (int lane = 0; lane < TILE; lane += 2 * LANES) {
      FloatVector s0 = FloatVector.zero(FLOATS);
      FloatVector s1 = s0;
      for (int dim = 0; dim < headDim; dim++) {
        FloatVector q = FloatVector.broadcast(FLOATS, queries[query + dim]);
        int at = dim * TILE + lane;
        s0 = q.fma(FloatVector.fromArray(FLOATS, tile, at), s0);
        s1 = q.fma(FloatVector.fromArray(FLOATS, tile, at + LANES), s1);
      }
      s0.mul(factor).intoArray(weights, out + lane);
      s1.mul(factor).intoArray(weights, out + lane + LANES);
    }
  }

  /// Turns the scores of one head into weights relative to the greatest; returns their sum in the
  /// order of [ScalarKernels#sum].
  private float exponentials(int from, int positions) {
    float greatest = Float.NEGATIVE_INFINITY;
    for (int p = 0; p < positions; p++) {
      greatest = Math.max(greatest, weights[from + p]);
    }
    Exponentials.replace(weights, from, positions, 1f, greatest);
    return sum(from, positions);
  }

  private float sum(int from, int count) {
    Arrays.fill(lanes, 0f);
    int whole = count - count % ScalarKernels.LANES;
    for (int i = 0; i < whole; i += ScalarKernels.LANES) {
      for (int lane = 0; lane < ScalarKernels.LANES; lane++) {
        lanes[lane] += weights[from + i + lane];
      }
    }
    for (int i = whole; i < count; i++) {
      lanes[i - whole] += weights[from + i];
    }
    return ScalarKernels.sumPairwise(lanes);
  }

  private void weighValues(
      KvBlocks cache, int layer, int kvHead, int heads, int positions, int stride) {
    int headDim = cache.headDim();
    long base = cache.valueOffset(layer, kvHead);
    for (int first = 0; first < positions; first += TILE) {
      MemorySegment block = cache.block(first / KvBlocks.POSITIONS);
      int count = Math.min(TILE, positions - first);
      int index = first % KvBlocks.POSITIONS * headDim;
      load(block, cache.valueType(), base, index, count * headDim);
      for (int head = 0; head < heads; head++) {
        weighTile(head * stride + first, count, head * headDim, headDim);
      }
    }
  }

  private void weighTile(int weight, int count, int sum, int headDim) {
    int dim = 0;
    for (; dim + 2 * LANES <= headDim; dim += 2 * LANES) {
      FloatVector s0 = FloatVector.fromArray(FLOATS, sums, sum + dim);
      FloatVector s1 = FloatVector.fromArray(FLOATS, sums, sum + dim + LANES);
      for (int p = 0; p < count; p++) {
        FloatVector w = FloatVector.broadcast(FLOATS, weights[weight + p]);
        int at = p * headDim + dim;
        s0 = w.fma(FloatVector.fromArray(FLOATS, tile, at), s0);
        s1 = w.fma(FloatVector.fromArray(FLOATS, tile, at + LANES), s1);
      }
      s0.intoArray(sums, sum + dim);
      s1.intoArray(sums, sum + dim + LANES);
    }
    for (; dim < headDim; dim++) {
      float total = sums[sum + dim];
      for (int p = 0; p < count; p++) {
        total = Math.fma(weights[weight + p], tile[p * headDim + dim], total);
      }
      sums[sum + dim] = total;
    }
  }

  /// Widens elements of a block into `tile`.
  private void load(MemorySegment block, KvCacheType type, long base, int index, int count) {
    switch (type) {
      case F32 ->
          MemorySegment.copy(
              block, Layouts.FLOAT, base + (long) index * Float.BYTES, tile, 0, count);
      case F16 -> halves.widenF16(block, base + (long) index * Short.BYTES, tile, count);
    }
  }
}
