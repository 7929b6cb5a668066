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
  private static final int HEADS_AT_ONCE = AttentionRoutines.HEADS_AT_ONCE;

  private final Routines routines;
  private final MemorySegment parameters = allocate(4L * Long.BYTES);

  /// Scores, then weights: `[heads, padded positions]`.
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
      for (KvCacheType type : KvCacheType.values()) {
        all.add(new AttentionRoutines.Scores(type, 1));
        all.add(new AttentionRoutines.Scores(type, HEADS_AT_ONCE));
      }
      for (KvCacheType type : KvCacheType.values()) {
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

  /// One call's input and output.
  ///
  /// @param base where this KV head's keys or values begin in each block
  private record Span(KvBlocks cache, long base, KvCacheType type) {
    /// {@return exactly the bytes of some positions of a block, from the first}
    MemorySegment positions(int block, int count) {
      return cache.block(block).asSlice(base, (long) count * cache.headDim() * type.bytes());
    }
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
    Span keys = new Span(cache, cache.keyOffset(layer, kvHead), cache.keyType());
    Span values = new Span(cache, cache.valueOffset(layer, kvHead), cache.valueType());
    long firstHead = (long) kvHead * heads * headDim * Float.BYTES;
    MemorySegment query =
        queries
            .data()
            .asSlice(queries.byteOffset(token) + firstHead, (long) heads * headDim * Float.BYTES);
    MemorySegment out =
        y.data().asSlice(y.byteOffset(token) + firstHead, (long) heads * headDim * Float.BYTES);
    sums.asSlice(0, (long) heads * headDim * Float.BYTES).fill((byte) 0);
    for (int head = 0; head < heads; ) {
      int count = head + HEADS_AT_ONCE <= heads ? HEADS_AT_ONCE : 1;
      scores(keys, query, head, count, position + 1, padded);
      float[] totals = new float[count];
      for (int i = 0; i < count; i++) {
        totals[i] = weights(head + i, position + 1, padded);
      }
      weighValues(values, head, count, position + 1, padded);
      for (int i = 0; i < count; i++) {
        divide(head + i, headDim, totals[i], out);
      }
      head += count;
    }
  }

  private void reserve(int heads, int padded, int headDim) {
    if (weights.byteSize() < (long) heads * padded * Float.BYTES) {
      weights = allocate((long) heads * padded * Float.BYTES);
    }
    if (sums.byteSize() < (long) heads * headDim * Float.BYTES) {
      sums = allocate((long) heads * headDim * Float.BYTES);
    }
  }

  private static int index(KvCacheType type, int heads) {
    return 2 * List.of(KvCacheType.values()).indexOf(type) + (heads == 1 ? 0 : 1);
  }

  private void scores(
      Span keys, MemorySegment query, int head, int heads, int positions, int padded) {
    int headDim = keys.cache.headDim();
    Routine.setParameter(parameters, AttentionRoutines.Scores.HEAD_DIM, headDim);
    Routine.setParameter(
        parameters, AttentionRoutines.Scores.SCORE_STRIDE, (long) padded * Float.BYTES);
    setFloat(AttentionRoutines.Scores.FACTOR, ScalarKernels.scoreFactor(headDim));
    MemorySegment of = rows(query, head, heads, headDim);
    for (int first = 0; first < positions; first += KvBlocks.POSITIONS) {
      int count = Math.min(KvBlocks.POSITIONS, positions - first);
      int groups = Math.ceilDiv(count, KvBlocks.KEY_LANES);
      Routine.setParameter(parameters, AttentionRoutines.Scores.POSITION_GROUPS, groups);
      MemorySegment to = weightsFrom(head, heads, first, groups * KvBlocks.KEY_LANES, padded);
      routines
          .scores
          .get(index(keys.type, heads))
          .call(
              keys.positions(first / KvBlocks.POSITIONS, groups * KvBlocks.KEY_LANES),
              of,
              to,
              parameters);
    }
  }

  /// {@return some rows of a matrix without gaps}
  private static MemorySegment rows(MemorySegment matrix, int first, int count, int cols) {
    return matrix.asSlice((long) first * cols * Float.BYTES, (long) count * cols * Float.BYTES);
  }

  /// {@return the weights of some heads, from a position of the first to some positions of the
  /// last}
  private MemorySegment weightsFrom(int head, int heads, int first, int count, int padded) {
    return weights.asSlice(
        ((long) head * padded + first) * Float.BYTES,
        ((heads - 1L) * padded + count) * Float.BYTES);
  }

  /// Turns a head's scores into weights; returns their sum.
  private float weights(int head, int positions, int padded) {
    int count = Math.ceilDiv(positions, ScalarKernels.LANES) * ScalarKernels.LANES;
    MemorySegment of = weightsFrom(head, 1, 0, count, padded);
    for (int p = positions; p < count; p++) {
      of.setAtIndex(ValueLayout.JAVA_FLOAT, p, Float.NEGATIVE_INFINITY);
    }
    Routine.setParameter(parameters, AttentionRoutines.Weights.COUNT, count);
    routines.weights.call(of, of, of, parameters);
    return parameters.get(
        ValueLayout.JAVA_FLOAT, (long) AttentionRoutines.Weights.TOTAL * Long.BYTES);
  }

  private void weighValues(Span values, int head, int heads, int positions, int padded) {
    int headDim = values.cache.headDim();
    Routine.setParameter(parameters, AttentionRoutines.WeighValues.HEAD_DIM, headDim);
    Routine.setParameter(
        parameters, AttentionRoutines.WeighValues.WEIGHT_STRIDE, (long) padded * Float.BYTES);
    MemorySegment to = rows(sums, head, heads, headDim);
    for (int first = 0; first < positions; first += KvBlocks.POSITIONS) {
      int count = Math.min(KvBlocks.POSITIONS, positions - first);
      Routine.setParameter(parameters, AttentionRoutines.WeighValues.POSITIONS, count);
      routines
          .weighValues
          .get(index(values.type, heads))
          .call(
              values.positions(first / KvBlocks.POSITIONS, count),
              weightsFrom(head, heads, first, count, padded),
              to,
              parameters);
    }
  }

  private void divide(int head, int headDim, float total, MemorySegment out) {
    MemorySegment from = rows(sums, head, 1, headDim);
    MemorySegment to = rows(out, head, 1, headDim);
    Routine.setParameter(parameters, RowRoutine.COUNT, headDim);
    setFloat(TokenRoutines.Divide.DIVISOR, total);
    routines.divide.call(from, from, to, parameters);
  }

  private void setFloat(int word, float value) {
    parameters.set(ValueLayout.JAVA_FLOAT, (long) word * Long.BYTES, value);
  }
}
