package dev.tern.kernel.x86;

import dev.tern.KvCacheType;
import dev.tern.kernel.FloatMatrix;
import dev.tern.kernel.KvBlocks;
import dev.tern.kernel.ScalarKernels;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/// Causal attention of one token over its KV head's positions, on one thread: cuts it into calls of
/// [AttentionRoutines], and sees to it that each stays within the memory that it is given.
final class Attention {
  private static final List<KvCacheType> TYPES = List.of(KvCacheType.values());
  private static final int HEADS_AT_ONCE = AttentionRoutines.HEADS_AT_ONCE;

  private final Routines routines;
  private final MemorySegment parameters = allocate(4L * Long.BYTES);

  private final float[] totals = new float[HEADS_AT_ONCE];

  /// Scores, then weights, of the heads that are computed at once: `[heads, padded positions]`.
  private MemorySegment weights = allocate(0);

  /// `[heads, headDim]`.
  private MemorySegment sums = allocate(0);

  /// The routines, for several heads and for one.
  ///
  /// @param scores by type of the keys and number of heads
  /// @param weights of one head
  /// @param weighValues by type of the values and number of heads
  /// @param divide one head's sums
  record Routines(
      List<NativeCode.Function> scores,
      NativeCode.Function weights,
      List<NativeCode.Function> weighValues,
      NativeCode.Function divide) {
    static Routines load() throws UnavailableException {
      List<Routine> all = new ArrayList<>();
      for (KvCacheType type : TYPES) {
        all.add(new AttentionRoutines.Scores(type, 1));
        all.add(new AttentionRoutines.Scores(type, HEADS_AT_ONCE));
      }
      for (KvCacheType type : TYPES) {
        all.add(new AttentionRoutines.WeighValues(type, 1));
        all.add(new AttentionRoutines.WeighValues(type, HEADS_AT_ONCE));
      }
      all.add(new AttentionRoutines.Weights());
      all.add(new TokenRoutines.Divide());
      List<NativeCode.Function> functions = NativeCode.load(all);
      return new Routines(
          functions.subList(0, 4), functions.get(8), functions.subList(4, 8), functions.get(9));
    }
  }

  Attention(Routines routines) {
    this.routines = routines;
  }

  private static MemorySegment allocate(long bytes) {
    return Arena.ofAuto().allocate(bytes, 64);
  }

  /// {@return whether there are routines for heads of this width}
  static boolean supports(int headDim) {
    return headDim % AttentionRoutines.DIMS_AT_ONCE == 0;
  }

  /// See `Kernels.attend`.
  ///
  /// @throws IndexOutOfBoundsException if something is not within what it is of
  void attend(
      FloatMatrix queries,
      int token,
      KvBlocks cache,
      int layer,
      int kvHead,
      int position,
      FloatMatrix y) {
    int headDim = cache.headDim();
    int heads = queries.cols() / headDim / cache.kvHeads();
    Objects.checkIndex(position, cache.positions());
    Objects.checkIndex(kvHead, cache.kvHeads());
    Objects.checkIndex(token, Math.min(queries.rows(), y.rows()));
    Objects.checkFromIndexSize(kvHead * heads * headDim, heads * headDim, y.cols());
    int padded = Math.ceilDiv(position + 1, KvBlocks.POSITIONS) * KvBlocks.POSITIONS;
    reserve(heads, padded, headDim);
    sums.fill((byte) 0);
    for (int head = 0; head < heads; ) {
      int count = head + HEADS_AT_ONCE <= heads ? HEADS_AT_ONCE : 1;
      long ofHead = (long) (kvHead * heads + head) * headDim * Float.BYTES;
      long keys = cache.keyOffset(layer, kvHead);
      scores(cache, keys, queries, queries.byteOffset(token) + ofHead, count, position + 1, padded);
      for (int i = 0; i < count; i++) {
        totals[i] = weights(i, position + 1, padded);
      }
      long values = cache.valueOffset(layer, kvHead);
      weighValues(cache, values, head, count, position + 1, padded);
      for (int i = 0; i < count; i++) {
        long to = y.byteOffset(token) + ofHead + (long) i * headDim * Float.BYTES;
        divide(head + i, headDim, totals[i], y, to);
      }
      head += count;
    }
  }

  /// Memory for weights is taken twice over where it grows with a text, so that what is given up,
  /// which a garbage collection frees some time, is not more than what is in use.
  private void reserve(int heads, int padded, int headDim) {
    long weightBytes = (long) Math.min(heads, HEADS_AT_ONCE) * padded * Float.BYTES;
    if (weights.byteSize() < weightBytes) {
      weights = allocate(Math.max(weightBytes, 2 * weights.byteSize()));
    }
    if (sums.byteSize() < (long) heads * headDim * Float.BYTES) {
      sums = allocate((long) heads * headDim * Float.BYTES);
    }
  }

  private static int index(KvCacheType type, int heads) {
    return 2 * TYPES.indexOf(type) + (heads == 1 ? 0 : 1);
  }

  /// {@return the bytes of some heads' rows of headDim floats}
  private static long rows(int heads, int headDim) {
    return (long) heads * headDim * Float.BYTES;
  }

  /// {@return from the first head's weights of some positions to the last's, in bytes}
  private static long weightExtent(int heads, int positions, int padded) {
    return ((heads - 1L) * padded + positions) * Float.BYTES;
  }

  /// Fills the weights with scores.
  ///
  /// @param base where this KV head's keys begin in each block
  private void scores(
      KvBlocks cache,
      long base,
      FloatMatrix queries,
      long query,
      int heads,
      int positions,
      int padded) {
    int headDim = cache.headDim();
    NativeCode.Function function = routines.scores.get(index(cache.keyType(), heads));
    Routine.setParameter(parameters, AttentionRoutines.Scores.HEAD_DIM, headDim);
    Routine.setParameter(
        parameters, AttentionRoutines.Scores.SCORE_STRIDE, (long) padded * Float.BYTES);
    setFloat(AttentionRoutines.Scores.FACTOR, ScalarKernels.scoreFactor(headDim));
    for (int first = 0; first < positions; first += KvBlocks.POSITIONS) {
      int count = Math.min(KvBlocks.POSITIONS, positions - first);
      int groups = Math.ceilDiv(count, KvBlocks.KEY_LANES);
      int lanes = groups * KvBlocks.KEY_LANES;
      Routine.setParameter(parameters, AttentionRoutines.Scores.POSITION_GROUPS, groups);
      function.call(
          cache.block(first / KvBlocks.POSITIONS),
          base,
          (long) lanes * headDim * cache.keyType().bytes(),
          queries.data(),
          query,
          rows(heads, headDim),
          weights,
          (long) first * Float.BYTES,
          weightExtent(heads, lanes, padded),
          parameters);
    }
  }

  /// Turns a head's scores into weights; returns their sum.
  private float weights(int head, int positions, int padded) {
    int count = Math.ceilDiv(positions, ScalarKernels.LANES) * ScalarKernels.LANES;
    long from = (long) head * padded * Float.BYTES;
    for (int p = positions; p < count; p++) {
      weights.setAtIndex(ValueLayout.JAVA_FLOAT, (long) head * padded + p, Float.NEGATIVE_INFINITY);
    }
    Routine.setParameter(parameters, AttentionRoutines.Weights.COUNT, count);
    long bytes = (long) count * Float.BYTES;
    routines.weights.call(
        weights, from, bytes, weights, from, bytes, weights, from, bytes, parameters);
    return parameters.get(
        ValueLayout.JAVA_FLOAT, (long) AttentionRoutines.Weights.TOTAL * Long.BYTES);
  }

  /// Adds the values of all positions to the sums.
  ///
  /// @param base where this KV head's values begin in each block
  private void weighValues(
      KvBlocks cache, long base, int head, int heads, int positions, int padded) {
    int headDim = cache.headDim();
    NativeCode.Function function = routines.weighValues.get(index(cache.valueType(), heads));
    Routine.setParameter(parameters, AttentionRoutines.WeighValues.HEAD_DIM, headDim);
    Routine.setParameter(
        parameters, AttentionRoutines.WeighValues.WEIGHT_STRIDE, (long) padded * Float.BYTES);
    for (int first = 0; first < positions; first += KvBlocks.POSITIONS) {
      int count = Math.min(KvBlocks.POSITIONS, positions - first);
      Routine.setParameter(parameters, AttentionRoutines.WeighValues.POSITIONS, count);
      function.call(
          cache.block(first / KvBlocks.POSITIONS),
          base,
          (long) count * headDim * cache.valueType().bytes(),
          weights,
          (long) first * Float.BYTES,
          weightExtent(heads, count, padded),
          sums,
          rows(head, headDim),
          rows(heads, headDim),
          parameters);
    }
  }

  private void divide(int head, int headDim, float total, FloatMatrix y, long to) {
    Routine.setParameter(parameters, RowRoutine.COUNT, headDim);
    setFloat(TokenRoutines.Divide.DIVISOR, total);
    long from = rows(head, headDim);
    long bytes = rows(1, headDim);
    routines.divide.call(sums, from, bytes, sums, from, bytes, y.data(), to, bytes, parameters);
  }

  private void setFloat(int word, float value) {
    parameters.set(ValueLayout.JAVA_FLOAT, (long) word * Long.BYTES, value);
  }
}
