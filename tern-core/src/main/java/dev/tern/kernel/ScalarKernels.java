package dev.tern.kernel;

import dev.tern.KvCacheType;
import dev.tern.kernel.TernaryMatrix.DequantScales.PerGroup;
import dev.tern.quant.Absmax;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// The readable definition of every operation, and the implementation of last resort.
///
/// Slow on purpose: plain loops in the order of thought. The order of floating-point operations
/// written here is the one every other implementation keeps.
public final class ScalarKernels implements Kernels {
  /// Strided partial sums of a floating-point dot product; wide enough for any vector unit.
  public static final int LANES = 32;

  private static final int SQUARE_LANES = 8;

  /// Makes the definition available.
  public ScalarKernels() {}

  @Override
  public String description() {
    return "scalar";
  }

  @Override
  public int tokenTile() {
    return 1;
  }

  @Override
  public void linear(
      TernaryMatrix weights,
      int fromRow,
      int toRow,
      Int8Activations x,
      int fromToken,
      int toToken,
      FloatMatrix y) {
    byte[] codes = new byte[weights.cols()];
    byte[] activations = new byte[weights.cols()];
    for (TernaryMatrix.Part part : weights.parts()) {
      int first = Math.max(fromRow - part.firstRow(), 0);
      int last = Math.min(toRow - part.firstRow(), part.rows());
      for (int row = first; row < last; row++) {
        for (int col = 0; col < codes.length; col++) {
          codes[col] = (byte) part.code(row, col);
        }
        for (int t = fromToken; t < toToken; t++) {
          MemorySegment.copy(
              x.codes(), ValueLayout.JAVA_BYTE, (long) t * x.stride(), activations, 0, x.cols());
          y.set(t, part.firstRow() + row, output(part, row, codes, activations, x.quantScale(t)));
        }
      }
    }
  }

  private static float output(
      TernaryMatrix.Part part, int row, byte[] codes, byte[] activations, float quantScale) {
    if (part.scales() instanceof PerGroup scales) {
      float sum = 0f;
      for (int from = 0, group = 0; from < codes.length; from += scales.groupColumns(), group++) {
        int to = Math.min(from + scales.groupColumns(), codes.length);
        sum += scales.ofGroup(row, group) * dot(codes, activations, from, to);
      }
      float value = sum / quantScale;
      return part.outputScale() == 1f ? value : value * part.outputScale();
    }
    return part.output(row, dot(codes, activations, 0, codes.length), quantScale);
  }

  /// Exact: |sum| is at most 127 * columns, far below 2^31.
  private static int dot(byte[] codes, byte[] activations, int from, int to) {
    int sum = 0;
    for (int i = from; i < to; i++) {
      sum += codes[i] * activations[i];
    }
    return sum;
  }

  @Override
  public void linear(
      DenseMatrix weights,
      int fromRow,
      int toRow,
      FloatMatrix x,
      int fromToken,
      int toToken,
      FloatMatrix y) {
    float[] values = new float[weights.cols()];
    float[] activations = new float[weights.cols()];
    for (DenseMatrix.Part part : weights.parts()) {
      int first = Math.max(fromRow - part.firstRow(), 0);
      int last = Math.min(toRow - part.firstRow(), part.rows());
      for (int row = first; row < last; row++) {
        part.codec().decodeRow(part.tensor(), row, values);
        for (int t = fromToken; t < toToken; t++) {
          x.copyRow(t, activations);
          y.set(t, part.firstRow() + row, part.output(dot(values, activations)));
        }
      }
    }
  }

  /// {@return the dot product of two vectors, summed in 32 strided lanes and then pairwise}
  ///
  /// @param a one vector
  /// @param b another of the same length
  public static float dot(float[] a, float[] b) {
    float[] lanes = new float[LANES];
    for (int i = 0; i < a.length; i++) {
      lanes[i % LANES] = Math.fma(a[i], b[i], lanes[i % LANES]);
    }
    return sumPairwise(lanes);
  }

  /// {@return the sum of some values in 32 strided lanes and then pairwise}
  ///
  /// @param values the values
  /// @param count how many of them
  public static float sum(float[] values, int count) {
    float[] lanes = new float[LANES];
    for (int i = 0; i < count; i++) {
      lanes[i % LANES] += values[i];
    }
    return sumPairwise(lanes);
  }

  private static float sumPairwise(float[] lanes) {
    for (int step = LANES / 2; step > 0; step /= 2) {
      for (int i = 0; i < step; i++) {
        lanes[i] += lanes[i + step];
      }
    }
    return lanes[0];
  }

  @Override
  public void quantize(FloatMatrix x, int token, Int8Activations codes) {
    float[] values = new float[x.cols()];
    x.copyRow(token, values);
    Absmax absmax = Absmax.of(values);
    int sum = 0;
    for (int col = 0; col < values.length; col++) {
      byte code = absmax.code(values[col]);
      codes.codes().set(ValueLayout.JAVA_BYTE, (long) token * codes.stride() + col, code);
      sum += code;
    }
    codes.finish(token, absmax.quantScale(), sum);
  }

  @Override
  public void rmsNorm(FloatMatrix x, int token, MemorySegment weight, float eps, FloatMatrix y) {
    normalize(x, token, 0, x.cols(), weight, eps, y);
  }

  @Override
  public void rmsNormHeads(FloatMatrix x, int token, MemorySegment weight, float eps) {
    int headDim = Math.toIntExact(weight.byteSize() / Float.BYTES);
    for (int from = 0; from < x.cols(); from += headDim) {
      normalize(x, token, from, headDim, weight, eps, x);
    }
  }

  private static void normalize(
      FloatMatrix x,
      int token,
      int from,
      int count,
      MemorySegment weight,
      float eps,
      FloatMatrix y) {
    double[] lanes = new double[SQUARE_LANES];
    for (int i = 0; i < count; i++) {
      double value = x.get(token, from + i);
      lanes[i % SQUARE_LANES] += value * value;
    }
    for (int step = SQUARE_LANES / 2; step > 0; step /= 2) {
      for (int i = 0; i < step; i++) {
        lanes[i] += lanes[i + step];
      }
    }
    float factor = normFactor(lanes[0], count, eps);
    for (int i = 0; i < count; i++) {
      float w = weight.getAtIndex(ValueLayout.JAVA_FLOAT, i);
      y.set(token, from + i, x.get(token, from + i) * factor * w);
    }
  }

  /// {@return what RMSNorm multiplies values by before the weights}
  ///
  /// @param sumOfSquares of the values
  /// @param count how many
  /// @param eps added to the mean square
  public static float normFactor(double sumOfSquares, int count, float eps) {
    float mean = (float) (sumOfSquares / count);
    return 1f / (float) Math.sqrt(mean + eps);
  }

  @Override
  public void rotate(FloatMatrix x, int token, RopeAngles angles, RopeStyle style) {
    int pairs = angles.pairs();
    int headDim = 2 * pairs;
    for (int from = 0; from < x.cols(); from += headDim) {
      for (int i = 0; i < pairs; i++) {
        int a = from + (style == RopeStyle.HALF ? i : 2 * i);
        int b = style == RopeStyle.HALF ? a + pairs : a + 1;
        float cosine = angles.cosines().get(token, i);
        float sine = angles.sines().get(token, i);
        float xa = x.get(token, a);
        float xb = x.get(token, b);
        x.set(token, a, xa * cosine - xb * sine);
        x.set(token, b, xb * cosine + xa * sine);
      }
    }
  }

  @Override
  public void store(
      FloatMatrix keys, FloatMatrix values, int token, KvBlocks cache, int layer, int position) {
    MemorySegment block = cache.block(position / KvBlocks.POSITIONS);
    int inBlock = position % KvBlocks.POSITIONS;
    int headDim = cache.headDim();
    for (int head = 0; head < cache.kvHeads(); head++) {
      long keyBase = cache.keyOffset(layer, head);
      long valueBase = cache.valueOffset(layer, head);
      for (int dim = 0; dim < headDim; dim++) {
        float key = keys.get(token, head * headDim + dim);
        float value = values.get(token, head * headDim + dim);
        write(block, cache.keyType(), keyBase, cache.keyIndex(inBlock, dim), key);
        write(block, cache.valueType(), valueBase, inBlock * headDim + dim, value);
      }
    }
  }

  private static void write(
      MemorySegment block, KvCacheType type, long base, int index, float value) {
    switch (type) {
      case F32 -> block.set(ValueLayout.JAVA_FLOAT, base + (long) index * Float.BYTES, value);
      case F16 ->
          block.set(
              ValueLayout.JAVA_SHORT,
              base + (long) index * Short.BYTES,
              Float.floatToFloat16(value));
    }
  }

  private static float read(MemorySegment block, KvCacheType type, long base, int index) {
    return switch (type) {
      case F32 -> block.get(ValueLayout.JAVA_FLOAT, base + (long) index * Float.BYTES);
      case F16 ->
          Float.float16ToFloat(
              block.get(ValueLayout.JAVA_SHORT, base + (long) index * Short.BYTES));
    };
  }

  @Override
  public void attend(
      FloatMatrix queries,
      int token,
      KvBlocks cache,
      int layer,
      int kvHead,
      int position,
      FloatMatrix y) {
    int headDim = cache.headDim();
    int heads = queries.cols() / headDim;
    int group = heads / cache.kvHeads();
    float[] weights = new float[position + 1];
    float[] sums = new float[headDim];
    for (int head = kvHead * group; head < (kvHead + 1) * group; head++) {
      float greatest = scores(queries, token, head, cache, layer, kvHead, weights);
      for (int p = 0; p <= position; p++) {
        weights[p] = Exponential.exp(weights[p] - greatest);
      }
      float total = sum(weights, position + 1);
      weighValues(cache, layer, kvHead, weights, sums);
      for (int dim = 0; dim < headDim; dim++) {
        y.set(token, head * headDim + dim, sums[dim] / total);
      }
    }
  }

  private static float scores(
      FloatMatrix queries,
      int token,
      int head,
      KvBlocks cache,
      int layer,
      int kvHead,
      float[] scores) {
    int headDim = cache.headDim();
    float factor = scoreFactor(headDim);
    long base = cache.keyOffset(layer, kvHead);
    float greatest = Float.NEGATIVE_INFINITY;
    for (int p = 0; p < scores.length; p++) {
      MemorySegment block = cache.block(p / KvBlocks.POSITIONS);
      float score = 0f;
      for (int dim = 0; dim < headDim; dim++) {
        int index = cache.keyIndex(p % KvBlocks.POSITIONS, dim);
        score =
            Math.fma(
                queries.get(token, head * headDim + dim),
                read(block, cache.keyType(), base, index),
                score);
      }
      scores[p] = score * factor;
      greatest = Math.max(greatest, scores[p]);
    }
    return greatest;
  }

  /// {@return what attention scores are multiplied by: 1 / sqrt(headDim)}
  ///
  /// @param headDim elements of one head
  public static float scoreFactor(int headDim) {
    return (float) (1.0 / Math.sqrt(headDim));
  }

  private static void weighValues(
      KvBlocks cache, int layer, int kvHead, float[] weights, float[] sums) {
    int headDim = cache.headDim();
    long base = cache.valueOffset(layer, kvHead);
    java.util.Arrays.fill(sums, 0f);
    for (int p = 0; p < weights.length; p++) {
      MemorySegment block = cache.block(p / KvBlocks.POSITIONS);
      for (int dim = 0; dim < headDim; dim++) {
        int index = p % KvBlocks.POSITIONS * headDim + dim;
        sums[dim] = Math.fma(weights[p], read(block, cache.valueType(), base, index), sums[dim]);
      }
    }
  }

  @Override
  public void gate(
      GatedActivation activation, FloatMatrix gate, FloatMatrix up, int token, FloatMatrix y) {
    for (int col = 0; col < gate.cols(); col++) {
      y.set(token, col, activate(activation, gate.get(token, col)) * up.get(token, col));
    }
  }

  /// {@return the non-linearity of one value}
  ///
  /// @param activation which
  /// @param x the gate
  public static float activate(GatedActivation activation, float x) {
    return switch (activation) {
      case SILU -> x / (1f + Exponential.exp(-x));
      case SQUARED_RELU -> Math.max(x, 0f) * Math.max(x, 0f);
    };
  }

  @Override
  public void add(FloatMatrix x, int token, FloatMatrix y) {
    for (int col = 0; col < x.cols(); col++) {
      y.set(token, col, y.get(token, col) + x.get(token, col));
    }
  }
}
