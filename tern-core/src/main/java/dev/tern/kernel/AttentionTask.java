package dev.tern.kernel;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// The attention of some tokens as work on ranges of items, one for each token and KV head.
///
/// One object serves one layer after another, as [ProductTask] does. Belongs to the thread that
/// asks for attention; others run its ranges meanwhile.
final class AttentionTask implements ComputeThreads.RangeTask {
  private final Kernels kernels;
  private @Nullable FloatMatrix queries;
  private @Nullable RowPlaces places;
  private @Nullable FloatMatrix y;
  private int tokens;
  private int kvHeads;
  private int layer;

  AttentionTask(Kernels kernels) {
    this.kernels = kernels;
  }

  /// Lets tokens whose keys and values have been stored attend, and forgets the matrices; see
  /// [Backend#attention].
  void run(
      ComputeThreads threads,
      FloatMatrix ofTokens,
      RowPlaces ofRows,
      int ofLayer,
      FloatMatrix output) {
    queries = ofTokens;
    tokens = ofRows.count();
    places = ofRows;
    kvHeads = ofRows.cache(0).kvHeads();
    layer = ofLayer;
    y = output;
    try {
      threads.run(tokens * kvHeads, 1, this);
    } finally {
      queries = null;
      places = null;
      y = null;
    }
  }

  @Override
  public void run(int from, int to) {
    FloatMatrix input = Objects.requireNonNull(queries);
    RowPlaces rows = Objects.requireNonNull(places);
    FloatMatrix output = Objects.requireNonNull(y);
    for (int item = from; item < to; item++) {
      int t = outsideIn(item / kvHeads, tokens);
      kernels.attend(input, t, rows.cache(t), layer, item % kvHeads, rows.position(t), output);
    }
  }

  /// Later tokens of a text attend to more positions; taking first, last, second, last but one and
  /// so on gives every contiguous range of items about the same work.
  private static int outsideIn(int index, int count) {
    return index % 2 == 0 ? index / 2 : count - 1 - index / 2;
  }
}
