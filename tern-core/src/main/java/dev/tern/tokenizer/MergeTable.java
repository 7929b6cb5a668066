package dev.tern.tokenizer;

import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;

/// Merges that a file lists: an open-addressing table from two token ids to rank and result.
final class MergeTable implements PairRule {
  private static final long FREE = -1;

  /// Pairs at even places, what they merge into at the odd place after.
  private final long[] slots;

  private int size;

  /// Makes an empty table.
  ///
  /// @param capacity the number of merges that will be put into it
  MergeTable(int capacity) {
    int least = capacity + capacity / 2 + 1;
    slots = new long[2 * Integer.highestOneBit(2 * least - 1)];
    Arrays.fill(slots, FREE);
  }

  /// Adds a merge. Of two for the same pair the first counts, as in llama.cpp.
  void put(int left, int right, int rank, int result) {
    long pair = pair(left, right);
    int slot = slot(pair);
    if (slots[slot] == FREE) {
      slots[slot] = pair;
      slots[slot + 1] = PairRule.merge(rank, result);
      size++;
    }
  }

  int size() {
    return size;
  }

  /// A merge of two tokens into a third.
  record Merge(int left, int right, int result) {}

  /// {@return all merges, the earliest first}
  List<Merge> inOrder() {
    TreeMap<Integer, Merge> byRank = new TreeMap<>();
    for (int slot = 0; slot < slots.length; slot += 2) {
      if (slots[slot] != FREE) {
        long pair = slots[slot];
        long merge = slots[slot + 1];
        byRank.put((int) (merge >>> 32), new Merge((int) (pair >>> 32), (int) pair, (int) merge));
      }
    }
    return List.copyOf(byRank.values());
  }

  @Override
  public long find(int left, int right, byte[] text, int from, int to) {
    if ((left | right) < 0) {
      return NONE;
    }
    int slot = slot(pair(left, right));
    return slots[slot] == FREE ? NONE : slots[slot + 1];
  }

  private static long pair(int left, int right) {
    return ((long) left << 32) | right;
  }

  private int slot(long pair) {
    long mixed = pair * 0x9E3779B97F4A7C15L;
    int slot = (int) (mixed >>> 32) & (slots.length - 2);
    while (slots[slot] != pair && slots[slot] != FREE) {
      slot = (slot + 2) & (slots.length - 2);
    }
    return slot;
  }
}
