package dev.tern.kernel;

import dev.tern.kernel.TernaryMatrix.DequantScales;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// The products of a squared-ReLU feed-forward network for one token, without what is multiplied by
/// zero: rows of the up projection whose gate is shut, and columns of the down projection whose
/// input is zero.
///
/// What is left out is zero by construction. An up projection's output is an integer of at most 127
/// * columns times scales; where the largest that this can be is finite, its product with a shut
///   gate, which is +0, is a zero, whose sign neither a sum of squares nor an int8 code remembers.
///   Where it may not be finite, nothing is left out. Sums over columns are integers. So the
///   network's output is that of the whole products, bit for bit.
///
/// Immutable; safe for use by many threads, each with a [Scratch] of its own.
public final class SparseFeedForward {
  private static final int LARGEST_CODE = 127;

  /// Rows whose gates and ups one thread computes together, at least.
  private static final int LEAST_ROWS = 64;

  /// Shares of the down projection for each thread, which even out a slow one.
  private static final int SHARES_PER_THREAD = 4;

  private static final int ROWS_AT_ONCE = 512;

  private final TernaryMatrix gateUp;
  private final TernaryMatrix.Part down;
  private final TernaryColumns columns;
  private final int width;
  private final float largestUpScale;

  /// Room for what one token needs. Not safe for use by several threads at once.
  public static final class Scratch {
    private final int[] open;
    private final MemorySegment sums;
    private final int shares;

    /// Takes the memory.
    ///
    /// @param arena owns it
    /// @param hidden the width of the network's output
    /// @param intermediate the number of gates
    /// @param threads of the backend
    public Scratch(Arena arena, int hidden, int intermediate, int threads) {
      this.open = new int[intermediate];
      this.shares = threads == 1 ? 1 : SHARES_PER_THREAD * threads;
      long rows =
          (long) Math.ceilDiv(hidden, TernaryColumns.STRIP_ROWS) * TernaryColumns.STRIP_ROWS;
      this.sums = arena.allocate(shares * rows * Integer.BYTES, FloatMatrix.ALIGNMENT);
    }
  }

  /// Joins what has been prepared.
  ///
  /// @param gateUp gate and up, see [#fits]
  /// @param down see [#fits]
  /// @param columns of down
  SparseFeedForward(TernaryMatrix gateUp, TernaryMatrix down, TernaryColumns columns) {
    this(gateUp, down.parts().getFirst(), columns);
  }

  private SparseFeedForward(TernaryMatrix gateUp, TernaryMatrix.Part down, TernaryColumns columns) {
    this.gateUp = gateUp;
    this.down = down;
    this.columns = columns;
    this.width = gateUp.rows() / 2;
    this.largestUpScale = largestScale(gateUp.parts().getLast());
  }

  /// {@return whether the products of a network can be computed in this way}
  ///
  /// @param gateUp gate and up
  /// @param down down
  public static boolean fits(TernaryMatrix gateUp, TernaryMatrix down) {
    return gateUp.parts().size() == 2
        && gateUp.parts().getFirst().rows() == gateUp.parts().getLast().rows()
        && down.parts().size() == 1
        && haveScaleOfRow(gateUp)
        && haveScaleOfRow(down);
  }

  private static boolean haveScaleOfRow(TernaryMatrix matrix) {
    return matrix.parts().stream()
        .noneMatch(part -> part.scales() instanceof DequantScales.PerGroup);
  }

  /// {@return the network with a copy of its down projection by columns}
  ///
  /// @param gateUp gate and up that fit
  /// @param down down that fits
  /// @param arena owns the copy
  /// @param backend computes
  public static SparseFeedForward of(
      TernaryMatrix gateUp, TernaryMatrix down, Arena arena, Backend backend) {
    TernaryMatrix.Part part = down.parts().getFirst();
    return new SparseFeedForward(
        gateUp, down, TernaryColumns.of(part, down.cols(), arena, backend));
  }

  /// {@return this network with the same gates and ups in another layout}
  SparseFeedForward withGateUp(TernaryMatrix value) {
    return new SparseFeedForward(value, down, columns);
  }

  /// NaN if a scale is.
  private static float largestScale(TernaryMatrix.Part part) {
    float largest = 0f;
    for (int row = 0; row < part.rows(); row++) {
      largest = Math.max(largest, Math.abs(part.scales().ofRow(row)));
    }
    return largest;
  }

  /// {@return the memory of the copy in bytes}
  public long byteSize() {
    return columns.codes().byteSize();
  }

  /// {@return the bytes of weights that a token reads}
  ///
  /// @param shutGates the share of gates that are shut
  /// @param zeroInputs the share of the down projection's inputs that are zero
  public long bytesPerToken(double shutGates, double zeroInputs) {
    TernaryMatrix.Part up = gateUp.parts().getLast();
    return gateUp.byteSize() / 2
        + Math.round((1 - shutGates) * up.rows() * up.rowBytes())
        + Math.round((1 - zeroInputs) * byteSize());
  }

  /// Computes all gates, and the ups of those that are not shut; the other ups become 0.
  ///
  /// @param backend computes
  /// @param x `[1, hidden]`
  /// @param both receives `[1, gates | ups]`
  /// @param scratch of these shapes
  public void gateUp(Backend backend, Int8Activations x, FloatMatrix both, Scratch scratch) {
    if (!upsAreFinite(x.quantScale(0))) {
      backend.linear(gateUp, x, 1, both);
      return;
    }
    backend
        .threads()
        .run(
            width, LEAST_ROWS, (from, to) -> gateUp(backend.kernels(), x, both, scratch, from, to));
  }

  private boolean upsAreFinite(float quantScale) {
    float largest = (float) LARGEST_CODE * gateUp.cols() / quantScale * largestUpScale;
    return Float.isFinite(largest * gateUp.parts().getLast().outputScale())
        && Float.isFinite(largest);
  }

  private void gateUp(
      Kernels kernels, Int8Activations x, FloatMatrix both, Scratch scratch, int from, int to) {
    kernels.linear(gateUp, from, to, x, 0, 1, both);
    int[] open = scratch.open;
    int count = 0;
    for (int row = from; row < to; row++) {
      // What is not a number is not shut.
      open[from + count] = width + row;
      count += both.get(0, row) <= 0 ? 0 : 1;
    }
    both.data()
        .asSlice(
            both.byteOffset(0) + (long) (width + from) * Float.BYTES,
            (long) (to - from) * Float.BYTES)
        .fill((byte) 0);
    kernels.linear(gateUp, open, from, count, x, 0, both);
  }

  /// Computes the down projection from the inputs that are not zero.
  ///
  /// @param backend computes
  /// @param x `[1, intermediate]`
  /// @param y receives `[1, hidden]`
  /// @param scratch of these shapes
  public void down(Backend backend, Int8Activations x, FloatMatrix y, Scratch scratch) {
    int shares = scratch.shares;
    long shareBytes = (long) columns.paddedRows() * Integer.BYTES;
    backend
        .threads()
        .run(
            shares,
            1,
            (from, to) -> {
              for (int share = from; share < to; share++) {
                int first = (int) ((long) columns.cols() * share / shares);
                int last = (int) ((long) columns.cols() * (share + 1) / shares);
                MemorySegment sums = scratch.sums.asSlice(share * shareBytes, shareBytes);
                backend.kernels().sumColumns(columns, first, last, x, 0, sums);
              }
            });
    float quantScale = x.quantScale(0);
    backend
        .threads()
        .run(
            columns.rows(),
            ROWS_AT_ONCE,
            (from, to) -> {
              for (int row = from; row < to; row++) {
                y.set(0, row, down.output(row, dot(scratch, row), quantScale));
              }
            });
  }

  /// Exact: at most 127 * columns.
  private int dot(Scratch scratch, int row) {
    int dot = 0;
    for (int share = 0; share < scratch.shares; share++) {
      long index = (long) share * columns.paddedRows() + row;
      dot += scratch.sums.getAtIndex(ValueLayout.JAVA_INT, index);
    }
    return dot;
  }
}
