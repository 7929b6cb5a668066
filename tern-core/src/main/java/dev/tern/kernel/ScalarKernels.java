package dev.tern.kernel;

import dev.tern.kernel.TernaryMatrix.DequantScales.PerGroup;
import dev.tern.quant.Absmax;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/// The readable definition of every operation, and the implementation of last resort.
///
/// Plain loops over plain arrays in the order of thought: rows and tokens are copied out of native
/// memory, computed, and copied back, which also is what an interpreter runs fastest. The order of
/// floating-point operations written here is the one every other implementation keeps.
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
    byte[][] activations = new byte[toToken - fromToken][weights.cols()];
    for (int i = 0; i < activations.length; i++) {
      x.copyCodes(fromToken + i, activations[i]);
    }
    for (TernaryMatrix.Part part : weights.parts()) {
      int first = Math.max(fromRow - part.firstRow(), 0);
      int last = Math.min(toRow - part.firstRow(), part.rows());
      if (first < last) {
        float[][] outputs = new float[activations.length][last - first];
        multiply(part, first, last, activations, x, fromToken, outputs);
        write(outputs, y, fromToken, part.firstRow() + first);
      }
    }
  }

  private static void multiply(
      TernaryMatrix.Part part,
      int first,
      int last,
      byte[][] activations,
      Int8Activations x,
      int fromToken,
      float[][] outputs) {
    byte[] packed = new byte[(int) part.rowBytes()];
    byte[] codes = new byte[packed.length * 4];
    for (int row = first; row < last; row++) {
      part.copyRow(row, packed);
      TernaryMatrix.unpack(packed, codes);
      for (int i = 0; i < activations.length; i++) {
        float quantScale = x.quantScale(fromToken + i);
        outputs[i][row - first] = output(part, row, codes, activations[i], quantScale);
      }
    }
  }

  private static float output(
      TernaryMatrix.Part part, int row, byte[] codes, byte[] activations, float quantScale) {
    if (part.scales() instanceof PerGroup scales) {
      float sum = 0f;
      int group = 0;
      for (int from = 0; from < activations.length; from += scales.groupColumns()) {
        int to = Math.min(from + scales.groupColumns(), activations.length);
        sum += scales.ofGroup(row, group++) * dot(codes, activations, from, to);
      }
      float value = sum / quantScale;
      return part.outputScale() == 1f ? value : value * part.outputScale();
    }
    return part.output(row, dot(codes, activations, 0, activations.length), quantScale);
  }

  /// Exact: |sum| is at most 127 * columns, far below 2^31.
  private static int dot(byte[] codes, byte[] activations, int from, int to) {
    int sum = 0;
    for (int i = from; i < to; i++) {
      sum += codes[i] * activations[i];
    }
    return sum;
  }

  private static void write(float[][] outputs, FloatMatrix y, int fromToken, int firstRow) {
    for (int i = 0; i < outputs.length; i++) {
      y.setRow(fromToken + i, firstRow, outputs[i], outputs[i].length);
    }
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
    float[][] activations = new float[toToken - fromToken][weights.cols()];
    for (int i = 0; i < activations.length; i++) {
      x.copyRow(fromToken + i, activations[i]);
    }
    for (DenseMatrix.Part part : weights.parts()) {
      int first = Math.max(fromRow - part.firstRow(), 0);
      int last = Math.min(toRow - part.firstRow(), part.rows());
      if (first < last) {
        float[][] outputs = new float[activations.length][last - first];
        for (int row = first; row < last; row++) {
          part.codec().decodeRow(part.tensor(), row, values);
          for (int i = 0; i < activations.length; i++) {
            outputs[i][row - first] = part.output(dot(values, activations[i]));
          }
        }
        write(outputs, y, fromToken, part.firstRow() + first);
      }
    }
  }

  @Override
  public void dots(QuantizedRows rows, int fromRow, int toRow, Int16Vector x, int[] dots) {
    byte[] codes = new byte[rows.cols()];
    short[] values = new short[rows.cols()];
    MemorySegment.copy(x.codes(), ValueLayout.JAVA_SHORT, 0, values, 0, values.length);
    for (int row = fromRow; row < toRow; row++) {
      long offset = (long) row * rows.stride();
      MemorySegment.copy(rows.codes(), ValueLayout.JAVA_BYTE, offset, codes, 0, codes.length);
      int sum = 0;
      for (int col = 0; col < codes.length; col++) {
        sum += codes[col] * values[col];
      }
      dots[row - fromRow] = sum;
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

  /// {@return the sum of 32 lanes: halves added lane by lane until one is left}
  ///
  /// @param lanes 32 values; overwritten
  public static float sumPairwise(float[] lanes) {
    for (int step = LANES / 2; step > 0; step /= 2) {
      for (int i = 0; i < step; i++) {
        lanes[i] += lanes[i + step];
      }
    }
    return lanes[0];
  }

  @Override
  public void quantize(FloatMatrix x, int token, Int8Activations codes) {
    float[] values = rowOf(x, token);
    byte[] quantized = new byte[values.length];
    Absmax absmax = Absmax.of(values);
    absmax.quantize(values, quantized);
    codes.set(token, quantized, absmax.quantScale());
  }

  private static float[] rowOf(FloatMatrix x, int token) {
    float[] values = new float[x.cols()];
    x.copyRow(token, values);
    return values;
  }

  @Override
  public void rmsNorm(FloatMatrix x, int token, MemorySegment weight, float eps, FloatMatrix y) {
    float[] values = rowOf(x, token);
    normalize(values, 0, floats(weight, values.length), eps);
    y.setRow(token, values);
  }

  @Override
  public void rmsNormHeads(FloatMatrix x, int token, MemorySegment weight, float eps) {
    float[] values = rowOf(x, token);
    float[] weights = floats(weight, Math.toIntExact(weight.byteSize() / Float.BYTES));
    for (int from = 0; from < values.length; from += weights.length) {
      normalize(values, from, weights, eps);
    }
    x.setRow(token, values);
  }

  private static float[] floats(MemorySegment segment, int count) {
    float[] values = new float[count];
    MemorySegment.copy(segment, ValueLayout.JAVA_FLOAT, 0, values, 0, count);
    return values;
  }

  private static void normalize(float[] values, int from, float[] weights, float eps) {
    double[] lanes = new double[SQUARE_LANES];
    for (int i = 0; i < weights.length; i++) {
      double value = values[from + i];
      lanes[i % SQUARE_LANES] += value * value;
    }
    for (int step = SQUARE_LANES / 2; step > 0; step /= 2) {
      for (int i = 0; i < step; i++) {
        lanes[i] += lanes[i + step];
      }
    }
    float factor = normFactor(lanes[0], weights.length, eps);
    for (int i = 0; i < weights.length; i++) {
      values[from + i] = values[from + i] * factor * weights[i];
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
    float[] values = rowOf(x, token);
    float[] cosines = rowOf(angles.cosines(), token);
    float[] sines = rowOf(angles.sines(), token);
    int pairs = cosines.length;
    for (int from = 0; from < values.length; from += 2 * pairs) {
      for (int i = 0; i < pairs; i++) {
        int a = from + (style == RopeStyle.HALF ? i : 2 * i);
        int b = style == RopeStyle.HALF ? a + pairs : a + 1;
        float xa = values[a];
        float xb = values[b];
        values[a] = xa * cosines[i] - xb * sines[i];
        values[b] = xb * cosines[i] + xa * sines[i];
      }
    }
    x.setRow(token, values);
  }

  @Override
  public void store(
      FloatMatrix keys, FloatMatrix values, int token, KvBlocks cache, int layer, int position) {
    float[] key = rowOf(keys, token);
    float[] value = rowOf(values, token);
    for (int head = 0; head < cache.kvHeads(); head++) {
      cache.storeKey(layer, head, position, key, head * cache.headDim());
      cache.storeValue(layer, head, position, value, head * cache.headDim());
    }
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
    int group = queries.cols() / headDim / cache.kvHeads();
    float[] query = rowOf(queries, token);
    float[] weights = new float[position + 1];
    float[] sums = new float[headDim];
    for (int head = kvHead * group; head < (kvHead + 1) * group; head++) {
      float greatest = scores(query, head * headDim, cache, layer, kvHead, weights);
      for (int p = 0; p <= position; p++) {
        weights[p] = Exponential.exp(weights[p] - greatest);
      }
      float total = sum(weights, position + 1);
      weighValues(cache, layer, kvHead, weights, sums);
      for (int dim = 0; dim < headDim; dim++) {
        sums[dim] /= total;
      }
      y.setRow(token, head * headDim, sums, headDim);
    }
  }

  private static float scores(
      float[] query, int from, KvBlocks cache, int layer, int kvHead, float[] scores) {
    int headDim = cache.headDim();
    float factor = scoreFactor(headDim);
    float[] keys = new float[headDim * KvBlocks.KEY_LANES];
    float greatest = Float.NEGATIVE_INFINITY;
    for (int p = 0; p < scores.length; p++) {
      int lane = p % KvBlocks.KEY_LANES;
      if (lane == 0) {
        cache.copyKeys(layer, kvHead, p, keys);
      }
      float score = 0f;
      for (int dim = 0; dim < headDim; dim++) {
        score = Math.fma(query[from + dim], keys[dim * KvBlocks.KEY_LANES + lane], score);
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
    float[] value = new float[sums.length];
    Arrays.fill(sums, 0f);
    for (int p = 0; p < weights.length; p++) {
      cache.copyValue(layer, kvHead, p, value);
      for (int dim = 0; dim < sums.length; dim++) {
        sums[dim] = Math.fma(weights[p], value[dim], sums[dim]);
      }
    }
  }

  @Override
  public void gate(
      GatedActivation activation, FloatMatrix gate, FloatMatrix up, int token, FloatMatrix y) {
    float[] gates = rowOf(gate, token);
    float[] ups = rowOf(up, token);
    for (int col = 0; col < gates.length; col++) {
      gates[col] = activate(activation, gates[col]) * ups[col];
    }
    y.setRow(token, gates);
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
    float[] values = rowOf(x, token);
    float[] sums = rowOf(y, token);
    for (int col = 0; col < values.length; col++) {
      sums[col] += values[col];
    }
    y.setRow(token, sums);
  }
}
