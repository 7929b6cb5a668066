package dev.tern.kernel;

import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

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
  private final Estimation estimation;
  private final ExactProducts exactProducts = new ExactProducts();
  private final Smallest largest = new Smallest();

  /// Prepares for searches.
  ///
  /// @param arena owns the memory
  /// @param rows what is searched
  public LargestProducts(Arena arena, QuantizedRows rows) {
    this.rows = rows;
    this.vector = new Int16Vector(arena, rows.cols(), rows.stride());
    this.upper = new float[rows.rows()];
    this.reachable = new int[rows.rows()];
    this.estimation = new Estimation();
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
    float least = estimation.run(backend, products.length, count);
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
    exactProducts.run(backend, x, reachable, candidates, y, products);
    exactProducts.run(backend, x, also, also.length, y, products);
    return candidates;
  }

  private int all(Backend backend, FloatMatrix x, FloatMatrix y, float[] products) {
    backend.linear(rows.matrix(), x, 1, y);
    y.copyRow(0, products, products.length);
    return products.length;
  }

  /// Fills `upper`, and finds the k-th largest lower bound of all rows.
  private final class Estimation implements ComputeThreads.RangeTask {
    /// By the call that a range begins with. Searches cut the rows alike, so that each finds the
    /// room that the one before made.
    private final @Nullable Room[] rooms = new Room[Math.ceilDiv(upper.length, ROWS_AT_ONCE)];

    private @Nullable Kernels kernels;
    private int count;

    /// {@return the k-th largest lower bound}
    float run(Backend backend, int rowCount, int wanted) {
      kernels = backend.kernels();
      count = wanted;
      for (Room room : rooms) {
        if (room != null) {
          room.lower.restart(0);
        }
      }
      backend.threads().run(rowCount, ROWS_AT_ONCE, this);
      kernels = null;
      largest.restart(count);
      for (Room room : rooms) {
        if (room != null) {
          largest.offerAll(room.lower);
        }
      }
      return largest.least();
    }

    @Override
    public void run(int from, int to) {
      Kernels current = Objects.requireNonNull(kernels);
      Room room = rooms[from / ROWS_AT_ONCE];
      if (room == null) {
        room = new Room();
        rooms[from / ROWS_AT_ONCE] = room;
      }
      float ofResidual = vector.length() + vector.error();
      float ofLength =
          vector.error()
              + vector.length() * ((rows.cols() / 32f + 16) * 0x1p-24f + ESTIMATE_ROUNDING);
      room.lower.restart(Math.min(count, to - from));
      for (int first = from; first < to; first += ROWS_AT_ONCE) {
        int end = Math.min(to, first + ROWS_AT_ONCE);
        current.dots(rows, first, end, vector, room.dots);
        for (int row = first; row < end; row++) {
          float product = room.dots[row - first] * vector.scale() * rows.scale(row);
          float bound = ofResidual * rows.residual(row) + ofLength * rows.length(row);
          // Not finite where a row is not: then it is computed.
          float most = product + bound;
          upper[row] = most < Float.POSITIVE_INFINITY ? most : Float.POSITIVE_INFINITY;
          room.lower.offer(product - bound);
        }
      }
    }
  }

  /// What one range of rows is estimated with.
  private static final class Room {
    final int[] dots = new int[ROWS_AT_ONCE];
    final Smallest lower = new Smallest();
  }

  /// Computes the rows of a list.
  private final class ExactProducts implements ComputeThreads.RangeTask {
    private @Nullable Kernels kernels;
    private @Nullable FloatMatrix x;
    private int @Nullable [] which;
    private @Nullable FloatMatrix y;
    private float @Nullable [] products;

    void run(
        Backend backend,
        FloatMatrix input,
        int[] list,
        int count,
        FloatMatrix output,
        float[] results) {
      kernels = backend.kernels();
      x = input;
      which = list;
      y = output;
      products = results;
      backend.threads().run(count, 1, this);
      kernels = null;
      x = null;
      which = null;
      y = null;
      products = null;
    }

    @Override
    public void run(int from, int to) {
      Kernels current = Objects.requireNonNull(kernels);
      FloatMatrix input = Objects.requireNonNull(x);
      int[] list = Objects.requireNonNull(which);
      FloatMatrix output = Objects.requireNonNull(y);
      float[] results = Objects.requireNonNull(products);
      for (int i = from; i < to; i++) {
        int row = list[i];
        current.linear(rows.matrix(), row, row + 1, input, 0, 1, output);
        results[row] = output.get(0, row);
      }
    }
  }

  /// The largest values seen, the smallest of them first in line to go.
  private static final class Smallest {
    private float[] kept = {};
    private int count;

    /// Forgets all values.
    ///
    /// @param newCount how many are kept from now on
    void restart(int newCount) {
      if (kept.length < newCount) {
        kept = new float[newCount];
      }
      count = newCount;
      Arrays.fill(kept, 0, count, Float.NEGATIVE_INFINITY);
    }

    /// Nearly every value fails the first comparison; so does NaN.
    void offer(float value) {
      if (!(value > kept[0])) {
        return;
      }
      int at = 0;
      while (at + 1 < count && kept[at + 1] < value) {
        kept[at] = kept[at + 1];
        at++;
      }
      kept[at] = value;
    }

    void offerAll(Smallest others) {
      for (int i = 0; i < others.count; i++) {
        offer(others.kept[i]);
      }
    }

    float least() {
      return kept[0];
    }
  }
}
