package dev.tern.train.vocabulary;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.function.IntConsumer;

/// Byte pair encoding: again and again makes a token of the two neighbours that occur most often.
///
/// Source: Sennrich, Haddow and Birch, "Neural machine translation of rare words with subword
/// units", arXiv 1508.07909, algorithm 1; with counts that are kept up instead of taken anew. Of
/// pairs that are equally frequent the one whose left token has the lowest id goes first, then the
/// one whose right token has; so does Hugging Face tokenizers.
///
/// At any time each word has the tokens that an encoder with the merges so far gives it: the
/// earliest merge first, the leftmost of equals.
final class MergeLearner {
  /// A pair that occurs once says nothing of other texts.
  private static final long LEAST_COUNT = 2;

  private final boolean byText;
  private final Set<String> reserved;
  private final List<String> tokens;
  private final Map<String, Integer> ids = new HashMap<>();
  private final List<String> merges = new ArrayList<>();
  private final List<int[]> words = new ArrayList<>();
  private final List<Long> weights = new ArrayList<>();
  private final Map<Long, Pair> pairs = new HashMap<>();
  private final PriorityQueue<Candidate> queue =
      new PriorityQueue<>(
          Comparator.comparingLong(Candidate::count)
              .reversed()
              .thenComparingInt(candidate -> candidate.pair().left)
              .thenComparingInt(candidate -> candidate.pair().right));

  /// Two neighbours.
  private static final class Pair {
    final int left;
    final int right;

    /// How often they occur, in words times their weights.
    long count;

    /// The greatest count with which they stand in the queue.
    long queued;

    /// Numbers of words that have them, and some that had.
    int[] words = new int[2];

    int wordCount;

    /// Which merge makes a token of them, and which token; -1 as long as none does.
    int rank = -1;

    int result = -1;

    Pair(int left, int right) {
      this.left = left;
      this.right = right;
    }

    void addWord(int word) {
      if (wordCount > 0 && words[wordCount - 1] == word) {
        return;
      }
      if (wordCount == words.length) {
        words = Arrays.copyOf(words, 2 * wordCount);
      }
      words[wordCount++] = word;
    }
  }

  private record Candidate(Pair pair, long count) {}

  /// Begins.
  ///
  /// @param alphabet the tokens that there are; the index is the id
  /// @param byText whether encoders merge any two tokens that together spell a third, as those of
  ///   SentencePiece do; else only those that were merged here
  /// @param reserved texts that must not become tokens
  MergeLearner(List<String> alphabet, boolean byText, Set<String> reserved) {
    this.byText = byText;
    this.reserved = reserved;
    tokens = new ArrayList<>(alphabet);
    for (int id = 0; id < tokens.size(); id++) {
      ids.put(tokens.get(id), id);
    }
  }

  /// Adds a word.
  ///
  /// @param symbols ids of the alphabet; kept
  /// @param weight how often it occurs
  void addWord(int[] symbols, long weight) {
    int word = words.size();
    words.add(symbols);
    weights.add(weight);
    count(word, weight);
  }

  /// The tokens: the alphabet, then in the order in which they were learnt. The last words have
  /// been added before.
  ///
  /// @param size how many there should be
  /// @param progress is told how many there are
  /// @return as many, or fewer if no pair is left that occurs more than once
  List<String> learn(int size, IntConsumer progress) {
    pairs.values().forEach(this::offer);
    while (tokens.size() < size) {
      Candidate best = queue.poll();
      if (best == null) {
        break;
      }
      Pair pair = best.pair();
      if (best.count() != pair.count) {
        pair.queued = 0;
        offer(pair);
      } else if (pair.rank < 0 && !reserved.contains(text(pair))) {
        merge(pair);
        progress.accept(tokens.size());
      }
    }
    return List.copyOf(tokens);
  }

  /// What has been merged, `left right`, the earliest first.
  List<String> merges() {
    return List.copyOf(merges);
  }

  private String text(Pair pair) {
    return tokens.get(pair.left) + tokens.get(pair.right);
  }

  private void offer(Pair pair) {
    if (pair.count >= LEAST_COUNT && pair.count > pair.queued) {
      pair.queued = pair.count;
      queue.add(new Candidate(pair, pair.count));
    }
  }

  private void merge(Pair pair) {
    String text = text(pair);
    int result = ids.computeIfAbsent(text, _ -> tokens.size());
    if (result == tokens.size()) {
      tokens.add(text);
    }
    int rank = merges.size();
    merges.add(tokens.get(pair.left) + " " + tokens.get(pair.right));
    List<Pair> merged = byText ? pairsThatSpell(text) : List.of(pair);
    for (Pair each : merged) {
      each.rank = rank;
      each.result = result;
    }
    List<Pair> changed = new ArrayList<>();
    for (Pair each : merged) {
      int[] affected = Arrays.copyOf(each.words, each.wordCount);
      for (int word : affected) {
        rewrite(word, changed);
      }
      each.words = new int[0];
      each.wordCount = 0;
    }
    changed.forEach(this::offer);
  }

  private List<Pair> pairsThatSpell(String text) {
    List<Pair> found = new ArrayList<>();
    for (int middle = 1; middle < text.length(); middle++) {
      Integer left = ids.get(text.substring(0, middle));
      Integer right = ids.get(text.substring(middle));
      Pair pair = left == null || right == null ? null : pairs.get(key(left, right));
      if (pair != null) {
        found.add(pair);
      }
    }
    return found;
  }

  /// Merges inside a word what can be merged now.
  private void rewrite(int word, List<Pair> changed) {
    int[] before = words.get(word);
    int[] after = merged(before);
    if (after.length < before.length) {
      long weight = weights.get(word);
      for (int i = 0; i + 1 < before.length; i++) {
        pair(before[i], before[i + 1]).count -= weight;
      }
      words.set(word, after);
      count(word, weight);
      for (int i = 0; i + 1 < after.length; i++) {
        changed.add(pair(after[i], after[i + 1]));
      }
    }
  }

  private void count(int word, long weight) {
    int[] symbols = words.get(word);
    for (int i = 0; i + 1 < symbols.length; i++) {
      Pair pair = pair(symbols[i], symbols[i + 1]);
      pair.count += weight;
      pair.addWord(word);
    }
  }

  private int[] merged(int[] word) {
    int[] symbols = word.clone();
    int length = symbols.length;
    while (true) {
      int best = -1;
      int rank = Integer.MAX_VALUE;
      int result = -1;
      for (int i = 0; i + 1 < length; i++) {
        Pair pair = pair(symbols[i], symbols[i + 1]);
        if (pair.rank >= 0 && pair.rank < rank) {
          best = i;
          rank = pair.rank;
          result = pair.result;
        }
      }
      if (best < 0) {
        return Arrays.copyOf(symbols, length);
      }
      symbols[best] = result;
      System.arraycopy(symbols, best + 2, symbols, best + 1, length - best - 2);
      length--;
    }
  }

  private static long key(int left, int right) {
    return ((long) left << 32) | right;
  }

  /// Two neighbours; those that meet for the first time may spell a token that there is already.
  private Pair pair(int left, int right) {
    Pair known = pairs.get(key(left, right));
    if (known != null) {
      return known;
    }
    Pair pair = new Pair(left, right);
    if (byText) {
      Integer result = ids.get(text(pair));
      if (result != null) {
        pair.result = result;
        pair.rank = result - (tokens.size() - merges.size());
      }
    }
    pairs.put(key(left, right), pair);
    return pair;
  }
}
