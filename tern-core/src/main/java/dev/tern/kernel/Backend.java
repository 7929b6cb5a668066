package dev.tern.kernel;

import java.lang.foreign.MemorySegment;

/// Operations on whole matrices: kernels and the threads that share the work.
///
/// The split into ranges is decided here alone and never changes a result: rows, tokens and heads
/// are independent of each other. Safe for use by many threads, which take turns at the compute
/// threads. Operations on one token, of which decoding takes hundreds, make no objects.
public final class Backend implements AutoCloseable {
  private final Kernels kernels;
  private final ComputeThreads threads;
  private final ThreadLocal<ProductTask> products;
  private final ThreadLocal<AttentionTask> attentions;

  /// Joins kernels and threads.
  ///
  /// @param kernels what computes
  /// @param threads who computes; closed with this backend
  public Backend(Kernels kernels, ComputeThreads threads) {
    this.kernels = kernels;
    this.threads = threads;
    this.products = ThreadLocal.withInitial(() -> new ProductTask(kernels));
    this.attentions = ThreadLocal.withInitial(() -> new AttentionTask(kernels));
  }

  /// {@return the kernels that compute}
  public Kernels kernels() {
    return kernels;
  }

  /// {@return the threads that compute}
  public ComputeThreads threads() {
    return threads;
  }

  /// {@return the same kernels without other threads: whoever calls it computes all by itself, and
  /// waits for nobody; there is nothing to close}
  public Backend onCallingThread() {
    return new Backend(kernels, new ComputeThreads(1));
  }

  /// Multiplies ternary weights by int8 activations, see [Kernels#linear].
  ///
  /// @param weights `[rows, cols]`
  /// @param x `[tokens, cols]`
  /// @param tokens how many rows of `x`
  /// @param y `[tokens, rows]`
  public void linear(TernaryMatrix weights, Int8Activations x, int tokens, FloatMatrix y) {
    ProductTask product = products.get();
    product.set(weights, x);
    run(product, weights.rows(), tokens, y);
  }

  /// Multiplies weights of any encoding by float activations, see [Kernels#linear].
  ///
  /// @param weights `[rows, cols]`
  /// @param x `[tokens, cols]`
  /// @param tokens how many rows of `x`
  /// @param y `[tokens, rows]`
  public void linear(DenseMatrix weights, FloatMatrix x, int tokens, FloatMatrix y) {
    ProductTask product = products.get();
    product.set(weights, x);
    run(product, weights.rows(), tokens, y);
  }

  /// By tokens where every thread gets at least two whole tiles of them, because what kernels
  /// prepare for a tile is then prepared once; else by rows.
  private void run(ProductTask product, int rows, int tokens, FloatMatrix y) {
    int tileTokens = kernels.tokenTile();
    int count = threads.count();
    if (tileTokens > 1 && tokens >= 2 * count * tileTokens) {
      int tiles = Math.min(TILES_AT_ONCE, Math.ceilDiv(tokens, count * tileTokens));
      product.run(threads, rows, tokens, true, tiles * tileTokens, y);
    } else {
      int grain = tokens == 1 ? LEAST_ROWS : Math.max(LEAST_ROWS, Math.ceilDiv(rows, count));
      product.run(threads, rows, tokens, false, grain, y);
    }
  }

  /// Tiles of tokens that share the preparation of weights in one call.
  private static final int TILES_AT_ONCE = 4;

  /// Fewer rows are not worth the preparation of their input.
  private static final int LEAST_ROWS = 32;

  /// Quantizes tokens to int8, see [Kernels#quantize].
  ///
  /// @param x `[tokens, cols]`
  /// @param tokens how many rows
  /// @param codes `[tokens, cols]`
  public void quantize(FloatMatrix x, int tokens, Int8Activations codes) {
    if (tokens == 1) {
      kernels.quantize(x, 0, codes);
    } else {
      eachToken(tokens, t -> kernels.quantize(x, t, codes));
    }
  }

  /// Replaces tokens by what their int8 codes stand for: `x = code / quantScale`.
  ///
  /// @param codes `[tokens, cols]`
  /// @param tokens how many rows
  /// @param x `[tokens, cols]`
  public void dequantize(Int8Activations codes, int tokens, FloatMatrix x) {
    if (tokens == 1) {
      dequantizeToken(codes, 0, x);
    } else {
      eachToken(tokens, t -> dequantizeToken(codes, t, x));
    }
  }

  private static void dequantizeToken(Int8Activations codes, int t, FloatMatrix x) {
    for (int col = 0; col < x.cols(); col++) {
      x.set(t, col, codes.code(t, col) / codes.quantScale(t));
    }
  }

  /// Normalizes tokens, see [Kernels#rmsNorm].
  ///
  /// @param x `[tokens, cols]`
  /// @param tokens how many rows
  /// @param weight `[cols]`
  /// @param eps added to the mean square
  /// @param y `[tokens, cols]`, may be `x`
  public void rmsNorm(FloatMatrix x, int tokens, MemorySegment weight, float eps, FloatMatrix y) {
    if (tokens == 1) {
      kernels.rmsNorm(x, 0, weight, eps, y);
    } else {
      eachToken(tokens, t -> kernels.rmsNorm(x, t, weight, eps, y));
    }
  }

  /// Normalizes the heads of tokens in place, see [Kernels#rmsNormHeads].
  ///
  /// @param x `[tokens, heads * headDim]`
  /// @param tokens how many rows
  /// @param weight `[headDim]`
  /// @param eps added to the mean square
  public void rmsNormHeads(FloatMatrix x, int tokens, MemorySegment weight, float eps) {
    if (tokens == 1) {
      kernels.rmsNormHeads(x, 0, weight, eps);
    } else {
      eachToken(tokens, t -> kernels.rmsNormHeads(x, t, weight, eps));
    }
  }

  /// Rotates the heads of tokens in place, see [Kernels#rotate].
  ///
  /// @param x `[tokens, heads * headDim]`
  /// @param tokens how many rows
  /// @param angles of these tokens
  /// @param style which elements turn together
  public void rotate(FloatMatrix x, int tokens, RopeAngles angles, RopeStyle style) {
    if (tokens == 1) {
      kernels.rotate(x, 0, angles, style);
    } else {
      eachToken(tokens, t -> kernels.rotate(x, t, angles, style));
    }
  }

  /// Stores the keys and values of tokens, then lets each token attend to all positions of its text
  /// up to its own.
  ///
  /// @param queries `[tokens, heads * headDim]`
  /// @param keys `[tokens, kvHeads * headDim]`
  /// @param values `[tokens, kvHeads * headDim]`
  /// @param places where the tokens stand; their caches have memory for all positions
  /// @param layer from 0
  /// @param y `[tokens, heads * headDim]`
  public void attention(
      FloatMatrix queries,
      FloatMatrix keys,
      FloatMatrix values,
      RowPlaces places,
      int layer,
      FloatMatrix y) {
    for (int t = 0; t < places.count(); t++) {
      kernels.store(keys, values, t, places.cache(t), layer, places.position(t));
    }
    attentions.get().run(threads, queries, places, layer, y);
  }

  /// The gated non-linearity of tokens, see [Kernels#gate].
  ///
  /// @param activation which
  /// @param gate `[tokens, cols]`
  /// @param up `[tokens, cols]`
  /// @param tokens how many rows
  /// @param y `[tokens, cols]`, may be `gate` or `up`
  public void gate(
      GatedActivation activation, FloatMatrix gate, FloatMatrix up, int tokens, FloatMatrix y) {
    if (tokens == 1) {
      kernels.gate(activation, gate, up, 0, y);
    } else {
      eachToken(tokens, t -> kernels.gate(activation, gate, up, t, y));
    }
  }

  /// Adds tokens: `y += x`.
  ///
  /// @param x `[tokens, cols]`
  /// @param tokens how many rows
  /// @param y `[tokens, cols]`
  public void add(FloatMatrix x, int tokens, FloatMatrix y) {
    if (tokens == 1) {
      kernels.add(x, 0, y);
    } else {
      eachToken(tokens, t -> kernels.add(x, t, y));
    }
  }

  @FunctionalInterface
  private interface TokenTask {
    void run(int token);
  }

  private void eachToken(int tokens, TokenTask task) {
    threads.run(
        tokens,
        1,
        (from, to) -> {
          for (int t = from; t < to; t++) {
            task.run(t);
          }
        });
  }

  /// Lets the compute threads end.
  @Override
  public void close() {
    threads.close();
  }
}
