package dev.tern.kernel.vector;

import static dev.tern.kernel.vector.Shapes.FLOATS;

import dev.tern.KvCacheType;
import dev.tern.kernel.Exponential;
import dev.tern.kernel.FloatMatrix;
import dev.tern.kernel.KvBlocks;
import dev.tern.kernel.ScalarKernels;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;

/// Causal attention of one token over its KV head's positions.
///
/// Scores of neighbouring positions are computed side by side, one lane each, because the cache
/// interleaves the keys of 16 positions; the weighted sum of values has one lane for each element
/// of the head. Both keep the definition's order: over the head's elements, and over positions.
final class Attention {
  private static final int LANES = FLOATS.length();

  private float[] weights = new float[KvBlocks.POSITIONS];
  private float[] sums = new float[0];
  private float[] query = new float[0];
  private final float[] lanes = new float[ScalarKernels.LANES];

  void attend(
      FloatMatrix queries,
      int token,
      KvBlocks cache,
      int layer,
      int kvHead,
      int position,
      FloatMatrix y) {
    int headDim = cache.headDim();
    int group = queries.cols() / headDim / cache.kvHeads();
    reserve(position + 1, headDim);
    for (int head = kvHead * group; head < (kvHead + 1) * group; head++) {
      for (int dim = 0; dim < headDim; dim++) {
        query[dim] = queries.get(token, head * headDim + dim);
      }
      scores(cache, layer, kvHead, position + 1);
      float total = exponentials(position + 1);
      weighValues(cache, layer, kvHead, position + 1);
      for (int dim = 0; dim < headDim; dim++) {
        y.set(token, head * headDim + dim, sums[dim] / total);
      }
    }
  }

  private void reserve(int positions, int headDim) {
    int padded = Math.ceilDiv(positions, KvBlocks.POSITIONS) * KvBlocks.POSITIONS;
    if (weights.length < padded) {
      weights = new float[padded];
    }
    if (sums.length < headDim) {
      sums = new float[headDim];
      query = new float[headDim];
    }
  }

  /// Fills `weights` with scaled scores; those past the end, computed along with their neighbours,
  /// are not used.
  private void scores(KvBlocks cache, int layer, int kvHead, int positions) {
    float factor = ScalarKernels.scoreFactor(cache.headDim());
    long base = cache.keyOffset(layer, kvHead);
    int headDim = cache.headDim();
    for (int first = 0; first < positions; first += KvBlocks.KEY_LANES) {
      MemorySegment block = cache.block(first / KvBlocks.POSITIONS);
      int keys = cache.keyIndex(first % KvBlocks.POSITIONS, 0);
      for (int lane = 0; lane < KvBlocks.KEY_LANES; lane += 2 * LANES) {
        FloatVector s0 = FloatVector.zero(FLOATS);
        FloatVector s1 = s0;
        for (int dim = 0; dim < headDim; dim++) {
          FloatVector q = FloatVector.broadcast(FLOATS, query[dim]);
          int at = keys + dim * KvBlocks.KEY_LANES + lane;
          s0 = q.fma(load(block, cache.keyType(), base, at), s0);
          s1 = q.fma(load(block, cache.keyType(), base, at + LANES), s1);
        }
        s0.mul(factor).intoArray(weights, first + lane);
        s1.mul(factor).intoArray(weights, first + lane + LANES);
      }
    }
  }

  /// Turns scores into weights relative to the greatest; returns their sum in the order of
  /// [ScalarKernels#sum].
  private float exponentials(int positions) {
    float greatest = Float.NEGATIVE_INFINITY;
    for (int p = 0; p < positions; p++) {
      greatest = Math.max(greatest, weights[p]);
    }
    int whole = positions - positions % LANES;
    for (int p = 0; p < whole; p += LANES) {
      FloatVector shifted = FloatVector.fromArray(FLOATS, weights, p).sub(greatest);
      Elementwise.exp(shifted).intoArray(weights, p);
    }
    for (int p = whole; p < positions; p++) {
      weights[p] = Exponential.exp(weights[p] - greatest);
    }
    return sum(positions);
  }

  private float sum(int count) {
    Arrays.fill(lanes, 0f);
    int whole = count - count % ScalarKernels.LANES;
    for (int lane = 0; lane < ScalarKernels.LANES; lane += LANES) {
      FloatVector sum = FloatVector.zero(FLOATS);
      for (int i = lane; i < whole; i += ScalarKernels.LANES) {
        sum = sum.add(FloatVector.fromArray(FLOATS, weights, i));
      }
      sum.intoArray(lanes, lane);
    }
    for (int i = whole; i < count; i++) {
      lanes[i - whole] += weights[i];
    }
    for (int step = ScalarKernels.LANES / 2; step > 0; step /= 2) {
      for (int i = 0; i < step; i++) {
        lanes[i] += lanes[i + step];
      }
    }
    return lanes[0];
  }

  private void weighValues(KvBlocks cache, int layer, int kvHead, int positions) {
    int headDim = cache.headDim();
    long base = cache.valueOffset(layer, kvHead);
    int dim = 0;
    for (; dim + 4 * LANES <= headDim; dim += 4 * LANES) {
      weighFourVectors(cache, base, positions, dim);
    }
    for (; dim + LANES <= headDim; dim += LANES) {
      weighOneVector(cache, base, positions, dim);
    }
    for (; dim < headDim; dim++) {
      weighElement(cache, base, positions, dim);
    }
  }

  private void weighFourVectors(KvBlocks cache, long base, int positions, int dim) {
    int headDim = cache.headDim();
    KvCacheType type = cache.valueType();
    FloatVector s0 = FloatVector.zero(FLOATS);
    FloatVector s1 = s0;
    FloatVector s2 = s0;
    FloatVector s3 = s0;
    for (int first = 0; first < positions; first += KvBlocks.POSITIONS) {
      MemorySegment block = cache.block(first / KvBlocks.POSITIONS);
      int count = Math.min(KvBlocks.POSITIONS, positions - first);
      for (int p = 0; p < count; p++) {
        FloatVector w = FloatVector.broadcast(FLOATS, weights[first + p]);
        int at = p * headDim + dim;
        s0 = w.fma(load(block, type, base, at), s0);
        s1 = w.fma(load(block, type, base, at + LANES), s1);
        s2 = w.fma(load(block, type, base, at + 2 * LANES), s2);
        s3 = w.fma(load(block, type, base, at + 3 * LANES), s3);
      }
    }
    s0.intoArray(sums, dim);
    s1.intoArray(sums, dim + LANES);
    s2.intoArray(sums, dim + 2 * LANES);
    s3.intoArray(sums, dim + 3 * LANES);
  }

  private void weighOneVector(KvBlocks cache, long base, int positions, int dim) {
    FloatVector sum = FloatVector.zero(FLOATS);
    for (int p = 0; p < positions; p++) {
      MemorySegment block = cache.block(p / KvBlocks.POSITIONS);
      int at = p % KvBlocks.POSITIONS * cache.headDim() + dim;
      FloatVector w = FloatVector.broadcast(FLOATS, weights[p]);
      sum = w.fma(load(block, cache.valueType(), base, at), sum);
    }
    sum.intoArray(sums, dim);
  }

  private void weighElement(KvBlocks cache, long base, int positions, int dim) {
    float sum = 0f;
    for (int p = 0; p < positions; p++) {
      MemorySegment block = cache.block(p / KvBlocks.POSITIONS);
      int at = p % KvBlocks.POSITIONS * cache.headDim() + dim;
      float value =
          switch (cache.valueType()) {
            case F32 -> block.get(ValueLayout.JAVA_FLOAT, base + (long) at * Float.BYTES);
            case F16 ->
                Float.float16ToFloat(
                    block.get(ValueLayout.JAVA_SHORT, base + (long) at * Short.BYTES));
          };
      sum = Math.fma(weights[p], value, sum);
    }
    sums[dim] = sum;
  }

  private static FloatVector load(MemorySegment block, KvCacheType type, long base, int index) {
    return switch (type) {
      case F32 -> Elementwise.load(block, base + (long) index * Float.BYTES);
      case F16 -> Halves.loadF16(block, base + (long) index * Short.BYTES);
    };
  }
}
