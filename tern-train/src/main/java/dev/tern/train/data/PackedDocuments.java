package dev.tern.train.data;

import java.util.Arrays;
import java.util.List;

/// Documents in some order, one after another, as one stream of tokens.
///
/// A place in the stream is found in the sums of the documents' lengths, of which every 32nd is
/// kept, so that a hundred million documents need 25 MB. Not safe for use by several threads.
final class PackedDocuments {
  private static final int STEP = 32;

  private final Corpus corpus;
  private final int[] order;
  private final boolean isolated;

  /// Where every 32nd document begins in the stream.
  private final long[] starts;

  private final long tokens;

  /// The buffers of the last window.
  private int[] ids = {};

  private int[] documents = {};
  private boolean[] learnt = {};

  /// Puts documents one after another.
  ///
  /// @param order numbers of documents, some perhaps several times; not copied
  /// @param isolated whether tokens see and predict those of their own document only
  PackedDocuments(Corpus corpus, int[] order, boolean isolated) {
    this.corpus = corpus;
    this.order = order;
    this.isolated = isolated;
    starts = new long[(order.length + STEP - 1) / STEP];
    long sum = 0;
    for (int i = 0; i < order.length; i++) {
      if (i % STEP == 0) {
        starts[i / STEP] = sum;
      }
      sum += corpus.length(order[i]);
    }
    tokens = sum;
  }

  long tokens() {
    return tokens;
  }

  /// Copies a window: each token, the one that should follow it, and its document's number within
  /// the window.
  ///
  /// @param from the first token's place in the stream
  /// @param length how many
  /// @param at where in the targets
  /// @return how many there are; less than the length at the end of the stream
  int read(long from, int length, int[] inputs, int[] targets, int[] numbers, int at) {
    gather(from, length + 1);
    int there = (int) Math.min(length, tokens - from);
    int known = (int) Math.min(length + 1L, tokens - from);
    for (int i = 0; i < there; i++) {
      inputs[at + i] = ids[i];
      numbers[at + i] = isolated ? documents[i] : 0;
      boolean predicts =
          i + 1 < known && learnt[i + 1] && (!isolated || documents[i] == documents[i + 1]);
      targets[at + i] = predicts ? ids[i + 1] : TokenBatch.IGNORED;
    }
    return there;
  }

  private void gather(long from, int count) {
    if (ids.length < count) {
      ids = new int[count];
      documents = new int[count];
      learnt = new boolean[count];
    }
    int group = Arrays.binarySearch(starts, from);
    group = group < 0 ? -group - 2 : group;
    int place = group * STEP;
    long start = starts[group];
    while (start + corpus.length(order[place]) <= from) {
      start += corpus.length(order[place++]);
    }
    int offset = (int) (from - start);
    int done = 0;
    for (int number = 0; done < count && place < order.length; number++) {
      int document = order[place++];
      int taken = Math.min(corpus.length(document) - offset, count - done);
      corpus.read(document, offset, taken, ids, learnt, done);
      Arrays.fill(documents, done, done + taken, number);
      done += taken;
      offset = 0;
    }
  }

  /// All documents of some shards, numbered through.
  ///
  /// @param vocabulary number of the tokenizer's tokens
  record Corpus(List<Shard> shards, List<Integer> firsts, int vocabulary) {
    int length(int document) {
      int shard = shard(document);
      return shards.get(shard).length(document - firsts.get(shard));
    }

    void read(int document, int from, int count, int[] ids, boolean[] learnt, int at) {
      int number = shard(document);
      Shard shard = shards.get(number);
      long first = shard.start(document - firsts.get(number)) + from;
      shard.read(first, count, ids, at, vocabulary);
      for (int i = 0; i < count; i++) {
        learnt[at + i] = shard.isLearnt(first + i);
      }
    }

    /// Shards without documents share their first number with the next one, which comes after them.
    private int shard(int document) {
      int low = 0;
      int high = firsts.size() - 1;
      while (low < high) {
        int middle = (low + high + 1) >>> 1;
        if (firsts.get(middle) <= document) {
          low = middle;
        } else {
          high = middle - 1;
        }
      }
      return low;
    }
  }
}
