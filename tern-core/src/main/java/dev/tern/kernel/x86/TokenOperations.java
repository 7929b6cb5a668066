package dev.tern.kernel.x86;

import dev.tern.KvCacheType;
import dev.tern.kernel.FloatMatrix;
import dev.tern.kernel.GatedActivation;
import dev.tern.kernel.Int8Activations;
import dev.tern.kernel.KvBlocks;
import dev.tern.kernel.RopeAngles;
import dev.tern.kernel.ScalarKernels;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/// Operations on one token's values, on one thread: calls [TokenRoutines], and sees to it that each
/// stays within the memory that it is given.
final class TokenOperations {
  private static final float LEAST_ABSMAX = 1e-5f;

  private final Routines routines;
  private final MemorySegment parameters = Arena.ofAuto().allocate(4L * Long.BYTES, 64);

  /// The routines in machine code.
  record Routines(
      NativeCode.Function add,
      NativeCode.Function silu,
      NativeCode.Function squaredRelu,
      NativeCode.Function sumOfSquares,
      NativeCode.Function normalize,
      NativeCode.Function absmax,
      NativeCode.Function quantize,
      NativeCode.Function rotateHalves,
      NativeCode.Function rotatePairs,
      Map<KvCacheType, NativeCode.Function> storeKey,
      Map<KvCacheType, NativeCode.Function> storeValue) {
    static Routines load() throws UnavailableException {
      List<Routine> routines =
          new ArrayList<>(
              List.of(
                  new TokenRoutines.Add(),
                  new TokenRoutines.Gate(GatedActivation.SILU),
                  new TokenRoutines.Gate(GatedActivation.SQUARED_RELU),
                  new TokenRoutines.SumOfSquares(),
                  new TokenRoutines.Normalize(),
                  new TokenRoutines.Absmax(),
                  new TokenRoutines.Quantize(),
                  new TokenRoutines.RotateHalves(),
                  new TokenRoutines.RotatePairs()));
      for (KvCacheType type : KvCacheType.values()) {
        routines.add(new TokenRoutines.Store(type, KvBlocks.KEY_LANES));
        routines.add(new TokenRoutines.Store(type, 1));
      }
      var functions = NativeCode.load(routines).iterator();
      Routines loaded =
          new Routines(
              functions.next(),
              functions.next(),
              functions.next(),
              functions.next(),
              functions.next(),
              functions.next(),
              functions.next(),
              functions.next(),
              functions.next(),
              new EnumMap<>(KvCacheType.class),
              new EnumMap<>(KvCacheType.class));
      for (KvCacheType type : KvCacheType.values()) {
        loaded.storeKey.put(type, functions.next());
        loaded.storeValue.put(type, functions.next());
      }
      return loaded;
    }
  }

  TokenOperations(Routines routines) {
    this.routines = routines;
  }

  /// {@return exactly some columns of a token}
  private static MemorySegment columns(FloatMatrix x, int token, int from, int count) {
    return x.columns(from, count)
        .data()
        .asSlice(x.byteOffset(token) + (long) from * Float.BYTES, (long) count * Float.BYTES);
  }

  private static MemorySegment row(FloatMatrix x, int token, int count) {
    return columns(x, token, 0, count);
  }

  private void setCount(int count) {
    Routine.setParameter(parameters, RowRoutine.COUNT, count);
  }

  private void setFloat(int word, float value) {
    parameters.set(ValueLayout.JAVA_FLOAT, (long) word * Long.BYTES, value);
  }

  void add(FloatMatrix x, int token, FloatMatrix y) {
    MemorySegment from = row(x, token, x.cols());
    setCount(x.cols());
    routines.add.call(from, from, row(y, token, x.cols()), parameters);
  }

  void gate(
      GatedActivation activation, FloatMatrix gate, FloatMatrix up, int token, FloatMatrix y) {
    int cols = gate.cols();
    setCount(cols);
    NativeCode.Function function =
        switch (activation) {
          case SILU -> routines.silu;
          case SQUARED_RELU -> routines.squaredRelu;
        };
    function.call(row(gate, token, cols), row(up, token, cols), row(y, token, cols), parameters);
  }

  /// Normalizes some columns.
  void normalize(
      FloatMatrix x,
      int token,
      int from,
      int count,
      MemorySegment weight,
      float eps,
      FloatMatrix y) {
    MemorySegment in = columns(x, token, from, count);
    setCount(count);
    routines.sumOfSquares.call(in, in, in, parameters);
    double sum =
        parameters.get(ValueLayout.JAVA_DOUBLE, (long) TokenRoutines.SumOfSquares.SUM * Long.BYTES);
    setFloat(TokenRoutines.Normalize.FACTOR, ScalarKernels.normFactor(sum, count, eps));
    routines.normalize.call(
        in,
        weight.asSlice(0, (long) count * Float.BYTES),
        columns(y, token, from, count),
        parameters);
  }

  void quantize(FloatMatrix x, int token, Int8Activations codes) {
    MemorySegment in = row(x, token, x.cols());
    setCount(x.cols());
    routines.absmax.call(in, in, in, parameters);
    float absmax =
        parameters.get(ValueLayout.JAVA_FLOAT, (long) TokenRoutines.Absmax.ABSMAX * Long.BYTES);
    float quantScale = 127 / Math.max(LEAST_ABSMAX, absmax);
    setFloat(TokenRoutines.Quantize.QUANT_SCALE, quantScale);
    // Codes are written 8 at a time, which the padding of a row has room for.
    MemorySegment out =
        codes.codes().asSlice((long) token * codes.stride(), Math.ceilDiv(x.cols(), 8) * 8L);
    routines.quantize.call(in, out, in, parameters);
    codes.finish(
        token,
        quantScale,
        parameters.get(ValueLayout.JAVA_INT, (long) TokenRoutines.Quantize.CODE_SUM * Long.BYTES));
  }

  void rotateHalves(FloatMatrix x, int token, RopeAngles angles) {
    int pairs = angles.pairs();
    MemorySegment cosines = row(angles.cosines(), token, pairs);
    MemorySegment sines = row(angles.sines(), token, pairs);
    setCount(pairs);
    Routine.setParameter(
        parameters, TokenRoutines.RotateHalves.HALF_BYTES, (long) pairs * Float.BYTES);
    for (int from = 0; from < x.cols(); from += 2 * pairs) {
      routines.rotateHalves.call(columns(x, token, from, 2 * pairs), cosines, sines, parameters);
    }
  }

  /// {@return whether there is a routine for heads of this many pairs}
  static boolean canRotatePairs(int pairs) {
    return pairs % TokenRoutines.RotatePairs.PAIRS_AT_ONCE == 0;
  }

  void rotatePairs(FloatMatrix x, int token, RopeAngles angles) {
    int pairs = angles.pairs();
    MemorySegment cosines = row(angles.cosines(), token, pairs);
    MemorySegment sines = row(angles.sines(), token, pairs);
    Routine.setParameter(parameters, TokenRoutines.RotatePairs.PAIRS, pairs);
    for (int from = 0; from < x.cols(); from += 2 * pairs) {
      routines.rotatePairs.call(columns(x, token, from, 2 * pairs), cosines, sines, parameters);
    }
  }

  /// {@return whether there are routines for heads of this width}
  static boolean canStore(int headDim) {
    return headDim % TokenRoutines.Store.COUNT_AT_ONCE == 0;
  }

  void store(
      FloatMatrix keys, FloatMatrix values, int token, KvBlocks cache, int layer, int position) {
    int headDim = cache.headDim();
    MemorySegment block = cache.block(position / KvBlocks.POSITIONS);
    int inBlock = position % KvBlocks.POSITIONS;
    Routine.setParameter(parameters, TokenRoutines.Store.COUNT, headDim);
    for (int head = 0; head < cache.kvHeads(); head++) {
      int keyBytes = cache.keyType().bytes();
      MemorySegment key =
          block.asSlice(
              cache.keyOffset(layer, head) + (long) cache.keyIndex(inBlock, 0) * keyBytes,
              ((headDim - 1L) * KvBlocks.KEY_LANES + 1) * keyBytes);
      MemorySegment from = columns(keys, token, head * headDim, headDim);
      function(routines.storeKey, cache.keyType()).call(from, from, key, parameters);

      long valueBytes = (long) headDim * cache.valueType().bytes();
      MemorySegment value =
          block.asSlice(cache.valueOffset(layer, head) + inBlock * valueBytes, valueBytes);
      from = columns(values, token, head * headDim, headDim);
      function(routines.storeValue, cache.valueType()).call(from, from, value, parameters);
    }
  }

  private static NativeCode.Function function(
      Map<KvCacheType, NativeCode.Function> functions, KvCacheType type) {
    return Objects.requireNonNull(functions.get(type), type::toString);
  }
}
