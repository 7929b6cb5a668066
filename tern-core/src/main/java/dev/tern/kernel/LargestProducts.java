package dev.tern.kernel;

import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
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
/// Several vectors are searched for together: the index is read once, a block of rows at a time,
/// and each vector finds what it would find alone.
///
/// Belongs to one session or batch; not safe for use by several threads.
public final class LargestProducts {
  /// Rows that are estimated by one call: few enough that several vectors find them in the
  /// second-level cache.
  private static final int ROWS_AT_ONCE = 64;

  /// Above this share of all rows the exact product of the whole matrix costs less.
  private static final int WORTHWHILE_SHARE = 8;

  /// What the float arithmetic of estimates and bounds can lose, relative to `|E| |h|`.
  private static final float ESTIMATE_ROUNDING = 2e-6f;

  private final Arena arena;
  private final QuantizedRows rows;
  private final List<Search> searches = new ArrayList<>();
  private final Estimation estimation;
  private final ExactProducts exactProducts = new ExactProducts();

  /// What is to be found for one vector.
  ///
  /// @param x row 0 is the vector
  /// @param count how many of the largest products, at least 1
  /// @param also rows that are computed in any case
  /// @param products receives the products of the first rows of the matrix, as many as it is long:
  ///   those of the `count` largest among them, of `also`, and of some others; negative infinity
  ///   for the rest
  @SuppressWarnings("ArrayRecordComponent") // A vocabulary of numbers, filled where it is read.
  public record Demand(FloatMatrix x, int count, int[] also, float[] products) {}

  /// Prepares for searches.
  ///
  /// @param arena owns the memory
  /// @param rows what is searched
  public LargestProducts(Arena arena, QuantizedRows rows) {
    this.arena = arena;
    this.rows = rows;
    this.estimation = new Estimation();
  }

  /// Computes the largest products with one vector, and some others; makes no objects.
  ///
  /// @param backend computes
  /// @param x see [Demand]
  /// @param count see [Demand]
  /// @param also see [Demand]
  /// @param y row 0 receives products, in places
  /// @param products see [Demand]
  /// @return how many products were computed exactly
  public int find(
      Backend backend, FloatMatrix x, int count, int[] also, FloatMatrix y, float[] products) {
    search(0).begin(x, count, also, products);
    estimation.run(backend, products.length, 1);
    return search(0).finish(backend, y);
  }

  /// Computes the largest products with several vectors, and some others.
  ///
  /// @param backend computes
  /// @param demands for as many products each
  /// @param y row 0 receives products, in places
  public void find(Backend backend, List<Demand> demands, FloatMatrix y) {
    int rowCount = 0;
    for (int i = 0; i < demands.size(); i++) {
      Demand demand = demands.get(i);
      search(i).begin(demand.x, demand.count, demand.also, demand.products);
      rowCount = demand.products.length;
    }
    estimation.run(backend, rowCount, demands.size());
    for (int i = 0; i < demands.size(); i++) {
      search(i).finish(backend, y);
    }
  }

  private Search search(int index) {
    if (index == searches.size()) {
      searches.add(new Search());
    }
    return searches.get(index);
  }

  /// The search for one vector.
  private final class Search {
    private final Int16Vector vector = new Int16Vector(arena, rows.cols(), rows.stride());
    private final float[] upper = new float[rows.rows()];
    private final int[] reachable = new int[rows.rows()];
    private final Smallest largest = new Smallest();
    private @Nullable FloatMatrix x;
    private int count;
    private int[] also = {};
    private float[] products = {};
    private boolean bounded;
    private int candidates;

    void begin(FloatMatrix newX, int newCount, int[] newAlso, float[] newProducts) {
      x = newX;
      count = newCount;
      also = newAlso;
      products = newProducts;
      boolean few = (long) count * WORTHWHILE_SHARE < products.length;
      bounded = few && vector.set(newX);
    }

    /// Bounds the products of some rows.
    ///
    /// @param dots their estimates in codes
    /// @param lower is offered the lower bounds
    void bound(int from, int to, int[] dots, Smallest lower) {
      float ofResidual = vector.length() + vector.error();
      float ofLength =
          vector.error()
              + vector.length() * ((rows.cols() / 32f + 16) * 0x1p-24f + ESTIMATE_ROUNDING);
      for (int row = from; row < to; row++) {
        float product = dots[row - from] * vector.scale() * rows.scale(row);
        float bound = ofResidual * rows.residual(row) + ofLength * rows.length(row);
        // Not finite where a row is not: then it is computed.
        float most = product + bound;
        upper[row] = most < Float.POSITIVE_INFINITY ? most : Float.POSITIVE_INFINITY;
        lower.offer(product - bound);
      }
    }

    /// Lists the rows whose upper bound reaches the k-th largest lower bound of all.
    void collect() {
      float least = largest.least();
      candidates = 0;
      for (int row = 0; row < products.length; row++) {
        if (upper[row] >= least) {
          reachable[candidates++] = row;
        }
      }
      Arrays.fill(products, Float.NEGATIVE_INFINITY);
    }

    /// {@return how many products were computed exactly}
    int finish(Backend backend, FloatMatrix y) {
      FloatMatrix input = Objects.requireNonNull(x);
      x = null;
      if (!bounded || (long) candidates * WORTHWHILE_SHARE >= products.length) {
        backend.linear(rows.matrix(), input, 1, y);
        y.copyRow(0, products, products.length);
        return products.length;
      }
      exactProducts.run(backend, input, reachable, candidates, y, products);
      exactProducts.run(backend, input, also, also.length, y, products);
      return candidates;
    }
  }

  /// Bounds all products of some searches, and lists what each has to compute.
  private final class Estimation implements ComputeThreads.RangeTask {
    /// By the call that a range begins with. Searches cut the rows alike, so that each finds the
    /// room that the one before made.
    private final @Nullable Room[] rooms = new Room[Math.ceilDiv(rows.rows(), ROWS_AT_ONCE)];

    private final ComputeThreads.RangeTask collection = this::collect;
    private final List<Search> bounded = new ArrayList<>();
    private final List<Int16Vector> vectors = new ArrayList<>();
    private @Nullable Kernels kernels;

    void run(Backend backend, int rowCount, int searchCount) {
      kernels = backend.kernels();
      bounded.clear();
      vectors.clear();
      for (int i = 0; i < searchCount; i++) {
        if (searches.get(i).bounded) {
          bounded.add(searches.get(i));
          vectors.add(searches.get(i).vector);
        }
      }
      for (Room room : rooms) {
        if (room != null) {
          room.clear();
        }
      }
      if (!bounded.isEmpty()) {
        backend.threads().run(rowCount, ROWS_AT_ONCE, this);
        backend.threads().run(bounded.size(), 1, collection);
      }
      kernels = null;
    }

    @Override
    public void run(int from, int to) {
      Kernels current = Objects.requireNonNull(kernels);
      Room room = rooms[from / ROWS_AT_ONCE];
      if (room == null) {
        room = new Room();
        rooms[from / ROWS_AT_ONCE] = room;
      }
      room.makeFor(bounded.size());
      for (int i = 0; i < bounded.size(); i++) {
        room.lower[i].restart(Math.min(bounded.get(i).count, to - from));
      }
      for (int first = from; first < to; first += ROWS_AT_ONCE) {
        int end = Math.min(to, first + ROWS_AT_ONCE);
        current.dots(rows, first, end, vectors, room.dots);
        for (int i = 0; i < bounded.size(); i++) {
          bounded.get(i).bound(first, end, room.dots[i], room.lower[i]);
        }
      }
    }

    private void collect(int from, int to) {
      for (int i = from; i < to; i++) {
        Search search = bounded.get(i);
        search.largest.restart(search.count);
        for (Room room : rooms) {
          if (room != null && i < room.lower.length) {
            search.largest.offerAll(room.lower[i]);
          }
        }
        search.collect();
      }
    }
  }

  /// What one range of rows is estimated with, by vector.
  private static final class Room {
    int[][] dots = {};

    /// The largest lower bounds.
    Smallest[] lower = {};

    void makeFor(int vectors) {
      int before = dots.length;
      if (before >= vectors) {
        return;
      }
      dots = Arrays.copyOf(dots, vectors);
      lower = Arrays.copyOf(lower, vectors);
      for (int i = before; i < vectors; i++) {
        dots[i] = new int[ROWS_AT_ONCE];
        lower[i] = new Smallest();
      }
    }

    void clear() {
      for (Smallest each : lower) {
        each.restart(0);
      }
    }
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
