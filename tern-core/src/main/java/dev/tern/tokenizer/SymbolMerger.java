package dev.tern.tokenizer;

import java.util.Arrays;

/// Merges neighbouring symbols until no rule applies: the merge of the lowest rank first, the
/// leftmost of equals, in O(n log n).
///
/// Holds the symbols of one piece at a time, as a list linked by index so that merging moves
/// nothing. The queue keeps pairs that have changed since; they are recognised when their turn
/// comes, because what a symbol's pair is worth now is noted with the symbol. Not safe for use by
/// several threads.
final class SymbolMerger {
  private static final int NO_RANK = -1;

  private int count;
  private int[] starts = new int[64];
  private int[] ends = new int[64];
  private int[] ids = new int[64];
  private int[] previous = new int[64];
  private int[] next = new int[64];

  /// The rank of the pair that begins with a symbol, and the token that it would make.
  private int[] ranks = new int[64];

  private int[] results = new int[64];

  /// A binary heap of pairs: the rank in the upper half, the left symbol in the lower.
  private long[] queue = new long[64];

  private int queued;

  void clear() {
    count = 0;
  }

  /// Appends a symbol.
  ///
  /// @param id the token it is, or -1
  void add(int start, int end, int id) {
    if (count == starts.length) {
      grow();
    }
    starts[count] = start;
    ends[count] = end;
    ids[count] = id;
    count++;
  }

  private void grow() {
    int capacity = 2 * count;
    starts = Arrays.copyOf(starts, capacity);
    ends = Arrays.copyOf(ends, capacity);
    ids = Arrays.copyOf(ids, capacity);
    previous = Arrays.copyOf(previous, capacity);
    next = Arrays.copyOf(next, capacity);
    ranks = Arrays.copyOf(ranks, capacity);
    results = Arrays.copyOf(results, capacity);
  }

  /// Merges what has been added.
  ///
  /// @param text holds the symbols
  void merge(PairRule rule, byte[] text) {
    queued = 0;
    for (int symbol = 0; symbol < count; symbol++) {
      previous[symbol] = symbol - 1;
      next[symbol] = symbol + 1 < count ? symbol + 1 : -1;
    }
    for (int symbol = 0; symbol < count; symbol++) {
      consider(symbol, rule, text);
    }
    while (queued > 0) {
      long best = poll();
      int left = (int) best;
      if (ranks[left] == (int) (best >>> 32)) {
        mergeWithNext(left);
        if (previous[left] >= 0) {
          consider(previous[left], rule, text);
        }
        consider(left, rule, text);
      }
    }
  }

  private void mergeWithNext(int left) {
    int right = next[left];
    ends[left] = ends[right];
    ids[left] = results[left];
    ranks[right] = NO_RANK;
    next[left] = next[right];
    if (next[right] >= 0) {
      previous[next[right]] = left;
    }
  }

  private void consider(int left, PairRule rule, byte[] text) {
    int right = next[left];
    long merge =
        right < 0
            ? PairRule.NONE
            : rule.find(ids[left], ids[right], text, starts[left], ends[right]);
    if (merge == PairRule.NONE) {
      ranks[left] = NO_RANK;
    } else {
      ranks[left] = (int) (merge >>> 32);
      results[left] = (int) merge;
      offer(((long) ranks[left] << 32) | left);
    }
  }

  /// The first symbol that is left, or -1 if there is none.
  int first() {
    return count > 0 ? 0 : -1;
  }

  /// The symbol after another, or -1.
  int next(int symbol) {
    return next[symbol];
  }

  int start(int symbol) {
    return starts[symbol];
  }

  int end(int symbol) {
    return ends[symbol];
  }

  /// The token a symbol has become, or -1.
  int id(int symbol) {
    return ids[symbol];
  }

  private void offer(long pair) {
    if (queued == queue.length) {
      queue = Arrays.copyOf(queue, 2 * queued);
    }
    int at = queued++;
    while (at > 0 && queue[(at - 1) / 2] > pair) {
      queue[at] = queue[(at - 1) / 2];
      at = (at - 1) / 2;
    }
    queue[at] = pair;
  }

  private long poll() {
    long best = queue[0];
    long last = queue[--queued];
    int at = 0;
    for (int child = 1; child < queued; child = 2 * at + 1) {
      if (child + 1 < queued && queue[child + 1] < queue[child]) {
        child++;
      }
      if (last <= queue[child]) {
        break;
      }
      queue[at] = queue[child];
      at = child;
    }
    queue[at] = last;
    return best;
  }
}
