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

  /// {@return where some columns of a token are in the memory of a matrix that has them}
  private static long columns(FloatMatrix x, int token, int from, int count) {
    Objects.checkFromIndexSize(from, count, x.cols());
    return x.byteOffset(token) + (long) from * Float.BYTES;
  }

  /// Calls a routine on as many floats at three places.
  private void call(
      NativeCode.Function function,
      MemorySegment a,
      long aFrom,
      MemorySegment b,
      long bFrom,
      MemorySegment c,
      long cFrom,
      int count) {
    long bytes = (long) count * Float.BYTES;
    function.call(a, aFrom, bytes, b, bFrom, bytes, c, cFrom, bytes, parameters);
  }

  private void setCount(int count) {
    Routine.setParameter(parameters, RowRoutine.COUNT, count);
  }

  private void setFloat(int word, float value) {
    parameters.set(ValueLayout.JAVA_FLOAT, (long) word * Long.BYTES, value);
  }

  void add(FloatMatrix x, int token, FloatMatrix y) {
    int cols = x.cols();
    long from = columns(x, token, 0, cols);
    setCount(cols);
    call(routines.add, x.data(), from, x.data(), from, y.data(), columns(y, token, 0, cols), cols);
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
    call(
        function,
        gate.data(),
        columns(gate, token, 0, cols),
        up.data(),
        columns(up, token, 0, cols),
        y.data(),
        columns(y, token, 0, cols),
        cols);
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
    MemorySegment in = x.data();
    long inFrom = columns(x, token, from, count);
    setCount(count);
    call(routines.sumOfSquares, in, inFrom, in, inFrom, in, inFrom, count);
    double sum =
        parameters.get(ValueLayout.JAVA_DOUBLE, (long) TokenRoutines.SumOfSquares.SUM * Long.BYTES);
    setFloat(TokenRoutines.Normalize.FACTOR, ScalarKernels.normFactor(sum, count, eps));
    long outFrom = columns(y, token, from, count);
    call(routines.normalize, in, inFrom, weight, 0, y.data(), outFrom, count);
  }

  void quantize(FloatMatrix x, int token, Int8Activations codes) {
    MemorySegment in = x.data();
    int cols = x.cols();
    long inFrom = columns(x, token, 0, cols);
    setCount(cols);
    call(routines.absmax, in, inFrom, in, inFrom, in, inFrom, cols);
    float absmax =
        parameters.get(ValueLayout.JAVA_FLOAT, (long) TokenRoutines.Absmax.ABSMAX * Long.BYTES);
    float quantScale = 127 / Math.max(LEAST_ABSMAX, absmax);
    setFloat(TokenRoutines.Quantize.QUANT_SCALE, quantScale);
    long inBytes = (long) cols * Float.BYTES;
    // Codes are written 8 at a time, which the padding of a row has room for.
    routines.quantize.call(
        in,
        inFrom,
        inBytes,
        codes.codes(),
        (long) token * codes.stride(),
        Math.ceilDiv(cols, 8) * 8L,
        in,
        inFrom,
        inBytes,
        parameters);
    codes.finish(
        token,
        quantScale,
        parameters.get(ValueLayout.JAVA_INT, (long) TokenRoutines.Quantize.CODE_SUM * Long.BYTES));
  }

  void rotateHalves(FloatMatrix x, int token, RopeAngles angles) {
    int pairs = angles.pairs();
    setCount(pairs);
    Routine.setParameter(
        parameters, TokenRoutines.RotateHalves.HALF_BYTES, (long) pairs * Float.BYTES);
    rotate(routines.rotateHalves, x, token, angles);
  }

  /// {@return whether there is a routine for heads of this many pairs}
  static boolean canRotatePairs(int pairs) {
    return pairs % TokenRoutines.RotatePairs.PAIRS_AT_ONCE == 0;
  }

  void rotatePairs(FloatMatrix x, int token, RopeAngles angles) {
    Routine.setParameter(parameters, TokenRoutines.RotatePairs.PAIRS, angles.pairs());
    rotate(routines.rotatePairs, x, token, angles);
  }

  private void rotate(NativeCode.Function function, FloatMatrix x, int token, RopeAngles angles) {
    int pairs = angles.pairs();
    long cosines = columns(angles.cosines(), token, 0, pairs);
    long sines = columns(angles.sines(), token, 0, pairs);
    long bytes = (long) pairs * Float.BYTES;
    for (int from = 0; from < x.cols(); from += 2 * pairs) {
      function.call(
          x.data(),
          columns(x, token, from, 2 * pairs),
          2 * bytes,
          angles.cosines().data(),
          cosines,
          bytes,
          angles.sines().data(),
          sines,
          bytes,
          parameters);
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
    int keyBytes = cache.keyType().bytes();
    long valueBytes = (long) headDim * cache.valueType().bytes();
    NativeCode.Function storeKey = function(routines.storeKey, cache.keyType());
    NativeCode.Function storeValue = function(routines.storeValue, cache.valueType());
    Routine.setParameter(parameters, TokenRoutines.Store.COUNT, headDim);
    for (int head = 0; head < cache.kvHeads(); head++) {
      long key = cache.keyOffset(layer, head) + (long) cache.keyIndex(inBlock, 0) * keyBytes;
      long keyExtent = ((headDim - 1L) * KvBlocks.KEY_LANES + 1) * keyBytes;
      store(storeKey, keys, token, head * headDim, headDim, block, key, keyExtent);
      long value = cache.valueOffset(layer, head) + inBlock * valueBytes;
      store(storeValue, values, token, head * headDim, headDim, block, value, valueBytes);
    }
  }

  private void store(
      NativeCode.Function function,
      FloatMatrix x,
      int token,
      int from,
      int count,
      MemorySegment block,
      long to,
      long toBytes) {
    long at = columns(x, token, from, count);
    long bytes = (long) count * Float.BYTES;
    function.call(x.data(), at, bytes, x.data(), at, bytes, block, to, toBytes, parameters);
  }

  private static NativeCode.Function function(
      Map<KvCacheType, NativeCode.Function> functions, KvCacheType type) {
    return Objects.requireNonNull(functions.get(type), type.name());
  }
}
