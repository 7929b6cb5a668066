package dev.tern.kernel;

import java.lang.foreign.Arena;
import java.util.Arrays;

/// Finds the rows of a matrix that have the largest products with a vector, exactly, without
/// computing all of them: what a head has to do for greedy decoding and top-k sampling.
///
/// Every row's product is estimated from its int8 copy and the vector in 16 bits, in integers. With
/// E the row, D its copy, h the vector and g its copy, `E h = D g + D (h - g) + (E - D) h`, so by
/// Cauchy and Schwarz the estimate is off by at most `(|E| + |E - D|) |h - g| + |E - D| |h|`, plus
/// what the exact kernel itself rounds: `(cols / 32 + 16) 2^-24 |E| |h|` for sums in 32 lanes. Rows
/// whose upper bound reaches the k-th largest lower bound are computed by the exact kernel; no
/// other row can be among the k largest.
///
/// Belongs to one session; not safe for use by several threads.
public final class LargestProducts {
  /// Rows that are estimated by one call.
  private static final int ROWS_AT_ONCE = 256;

  /// Above this share of all rows the exact product of the whole matrix costs less.
  private static final int WORTHWHILE_SHARE = 8;

  /// What the float arithmetic of estimates and bounds can lose, relative to `|E| |h|`.
  private static final float ESTIMATE_ROUNDING = 2e-6f;

  private final QuantizedRows rows;
  private final Int16Vector vector;
  private final float[] upper;
  private final int[] reachable;

  /// Prepares for searches.
  ///
  /// @param arena owns the memory
  /// @param rows what is searched
  public LargestProducts(Arena arena, QuantizedRows rows) {
    this.rows = rows;
    this.vector = new Int16Vector(arena, rows.cols(), rows.stride());
    this.upper = new float[rows.rows()];
    this.reachable = new int[rows.rows()];
  }

  /// Computes the largest products, and some others.
  ///
  /// @param backend computes
  /// @param x row 0 is the vector
  /// @param count how many of the largest, at least 1
  /// @param also rows that are computed in any case
  /// @param y row 0 receives products, in places
  /// @param products receives the products of the first rows of the matrix, as many as it is long:
  ///   those of the `count` largest among them, of `also`, and of some others; negative infinity
  ///   for the rest
  /// @return how many products were computed exactly
  public int find(
      Backend backend, FloatMatrix x, int count, int[] also, FloatMatrix y, float[] products) {
    boolean few = (long) count * WORTHWHILE_SHARE < products.length;
    if (!few || !vector.set(x)) {
      return all(backend, x, y, products);
    }
    Threshold threshold = new Threshold(count);
    backend
        .threads()
        .run(
            products.length,
            ROWS_AT_ONCE,
            (from, to) -> threshold.merge(estimate(backend.kernels(), from, to, count)));
    float least = threshold.least();
    int candidates = 0;
    for (int row = 0; row < products.length; row++) {
      if (upper[row] >= least) {
        reachable[candidates++] = row;
      }
    }
    if ((long) candidates * WORTHWHILE_SHARE >= products.length) {
      return all(backend, x, y, products);
    }
    Arrays.fill(products, Float.NEGATIVE_INFINITY);
    exactly(backend, x, reachable, candidates, y, products);
    exactly(backend, x, also, also.length, y, products);
    return candidates;
  }

  private int all(Backend backend, FloatMatrix x, FloatMatrix y, float[] products) {
    backend.linear(rows.matrix(), x, 1, y);
    y.columns(0, products.length).copyRow(0, products);
    return products.length;
  }

  private void exactly(
      Backend backend, FloatMatrix x, int[] which, int count, FloatMatrix y, float[] products) {
    backend
        .threads()
        .run(
            count,
            1,
            (from, to) -> {
              for (int i = from; i < to; i++) {
                int row = which[i];
                backend.kernels().linear(rows.matrix(), row, row + 1, x, 0, 1, y);
                products[row] = y.get(0, row);
              }
            });
  }

  /// Fills `upper` for some rows; returns their largest lower bounds.
  private float[] estimate(Kernels kernels, int from, int to, int count) {
    int[] dots = new int[ROWS_AT_ONCE];
    float ofResidual = vector.length() + vector.error();
    float ofLength =
        vector.error()
            + vector.length() * ((rows.cols() / 32f + 16) * 0x1p-24f + ESTIMATE_ROUNDING);
    Smallest lower = new Smallest(Math.min(count, to - from));
    for (int first = from; first < to; first += ROWS_AT_ONCE) {
      int end = Math.min(to, first + ROWS_AT_ONCE);
      kernels.dots(rows, first, end, vector, dots);
      for (int row = first; row < end; row++) {
        float product = dots[row - first] * vector.scale() * rows.scale(row);
        float bound = ofResidual * rows.residual(row) + ofLength * rows.length(row);
        // Not finite where a row is not: then it is computed.
        float most = product + bound;
        upper[row] = most < Float.POSITIVE_INFINITY ? most : Float.POSITIVE_INFINITY;
        lower.offer(product - bound);
      }
    }
    return lower.values();
  }

  /// The largest values seen, the smallest of them first in line to go.
  private static final class Smallest {
    private final float[] kept;

    Smallest(int count) {
      kept = new float[count];
      Arrays.fill(kept, Float.NEGATIVE_INFINITY);
    }

    /// Nearly every value fails the first comparison; so does NaN.
    void offer(float value) {
      if (!(value > kept[0])) {
        return;
      }
      int at = 0;
      while (at + 1 < kept.length && kept[at + 1] < value) {
        kept[at] = kept[at + 1];
        at++;
      }
      kept[at] = value;
    }

    float[] values() {
      return kept;
    }
  }

  /// The k-th largest lower bound of all rows.
  private static final class Threshold {
    private final Smallest largest;

    Threshold(int count) {
      largest = new Smallest(count);
    }

    synchronized void merge(float[] values) {
      for (float value : values) {
        largest.offer(value);
      }
    }

    synchronized float least() {
      return largest.values()[0];
    }
  }
}
