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
  private @Nullable KvBlocks cache;
  private @Nullable FloatMatrix y;
  private int tokens;
  private int layer;
  private int firstPosition;

  AttentionTask(Kernels kernels) {
    this.kernels = kernels;
  }

  /// Lets tokens whose keys and values have been stored attend, and forgets the matrices; see
  /// [Backend#attention].
  void run(
      ComputeThreads threads,
      FloatMatrix ofTokens,
      int tokenCount,
      KvBlocks blocks,
      int ofLayer,
      int position,
      FloatMatrix output) {
    queries = ofTokens;
    tokens = tokenCount;
    cache = blocks;
    layer = ofLayer;
    firstPosition = position;
    y = output;
    try {
      threads.run(tokens * blocks.kvHeads(), 1, this);
    } finally {
      queries = null;
      cache = null;
      y = null;
    }
  }

  @Override
  public void run(int from, int to) {
    FloatMatrix input = Objects.requireNonNull(queries);
    KvBlocks blocks = Objects.requireNonNull(cache);
    FloatMatrix output = Objects.requireNonNull(y);
    int kvHeads = blocks.kvHeads();
    for (int item = from; item < to; item++) {
      int t = outsideIn(item / kvHeads, tokens);
      kernels.attend(input, t, blocks, layer, item % kvHeads, firstPosition + t, output);
    }
  }

  /// Later tokens attend to more positions; taking first, last, second, last but one and so on
  /// gives every contiguous range of items about the same work.
  private static int outsideIn(int index, int count) {
    return index % 2 == 0 ? index / 2 : count - 1 - index / 2;
  }
}
