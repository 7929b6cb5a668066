package dev.tern.train.vocabulary;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// Incremental counting against counting anew.
class MergeLearnerTest {
  private static final List<String> ALPHABET = List.of("a", "b", "c", "d");

  /// The definition: encode all words with the merges so far, count all pairs, take the best.
  private static final class Definition {
    final List<String> tokens = new ArrayList<>(ALPHABET);
    final List<String> merges = new ArrayList<>();
    final boolean byText;

    Definition(boolean byText) {
      this.byText = byText;
    }

    List<String> encode(String word) {
      List<String> symbols = new ArrayList<>(word.chars().mapToObj(Character::toString).toList());
      while (true) {
        int best = -1;
        int rank = Integer.MAX_VALUE;
        for (int i = 0; i + 1 < symbols.size(); i++) {
          int own = rank(symbols.get(i), symbols.get(i + 1));
          if (own >= 0 && own < rank) {
            best = i;
            rank = own;
          }
        }
        if (best < 0) {
          return symbols;
        }
        symbols.set(best, symbols.get(best) + symbols.remove(best + 1));
      }
    }

    private int rank(String left, String right) {
      if (byText) {
        int id = tokens.indexOf(left + right);
        return id < ALPHABET.size() ? -1 : id - ALPHABET.size();
      }
      return merges.indexOf(left + " " + right);
    }

    void learn(Map<String, Integer> words, int size) {
      while (tokens.size() < size) {
        Map<String, Long> counts = new HashMap<>();
        words.forEach((word, weight) -> {
          List<String> symbols = encode(word);
          for (int i = 0; i + 1 < symbols.size(); i++) {
            counts.merge(symbols.get(i) + " " + symbols.get(i + 1), (long) weight, Long::sum);
          }
        });
        String best = null;
        for (Map.Entry<String, Long> each : counts.entrySet()) {
          if (each.getValue() >= 2 && (best == null || isBetter(each, best, counts.get(best)))) {
            best = each.getKey();
          }
        }
        if (best == null) {
          return;
        }
        merges.add(best);
        String token = best.replace(" ", "");
        if (!tokens.contains(token)) {
          tokens.add(token);
        }
      }
    }

    private boolean isBetter(Map.Entry<String, Long> pair, String best, long count) {
      if (pair.getValue() != count) {
        return pair.getValue() > count;
      }
      String[] own = pair.getKey().split(" ", 2);
      String[] other = best.split(" ", 2);
      int left = Integer.compare(tokens.indexOf(own[0]), tokens.indexOf(other[0]));
      int right = Integer.compare(tokens.indexOf(own[1]), tokens.indexOf(other[1]));
      return left != 0 ? left < 0 : right < 0;
    }
  }

  @Test
  void learnsWhatCountingAnewLearns() {
    for (int seed = 0; seed < 300; seed++) {
      Random random = new Random(seed);
      boolean byText = seed % 2 == 0;
      Map<String, Integer> words = new HashMap<>();
      for (int i = 0; i < 25; i++) {
        StringBuilder word = new StringBuilder();
        IntStream.range(0, random.nextInt(2, 14))
            .forEach(_ -> word.append(ALPHABET.get(random.nextInt(random.nextInt(1, 5)))));
        words.put(word.toString(), random.nextInt(1, 4));
      }
      Definition definition = new Definition(byText);
      definition.learn(words, 60);
      MergeLearner learner = new MergeLearner(ALPHABET, byText, Set.of());
      words.forEach((word, weight) ->
          learner.addWord(word.chars().map(letter -> letter - 'a').toArray(), weight));
      assertEquals(definition.tokens, learner.learn(60, _ -> {}), "seed " + seed);
      assertEquals(definition.merges, learner.merges(), "seed " + seed);
    }
  }

  @Test
  void reservedTextsAreNotLearnt() {
    MergeLearner learner = new MergeLearner(ALPHABET, true, Set.of("ab"));
    learner.addWord(new int[] {0, 1, 2}, 10);
    assertEquals(List.of("a", "b", "c", "d", "bc", "abc"), learner.learn(6, _ -> {}));
  }

  @Test
  void theRarestPiecesAreForgottenWhereThereAreTooMany() {
    PieceCounts counts = new PieceCounts(100);
    for (int i = 0; i < 10_000; i++) {
      counts.add("rare" + i);
      counts.add("frequent" + i % 10);
    }
    List<PieceCounts.Counted> sorted = counts.sorted();
    assertTrue(sorted.size() <= 100, sorted.size() + " pieces");
    assertEquals(10, sorted.stream().filter(each -> each.text().startsWith("frequent")).count());
    assertTrue(
        sorted.stream()
            .filter(each -> each.text().startsWith("frequent"))
            .allMatch(each -> each.count() > 900));
  }

  @Test
  void wordsAreCutWhereTokensEnd() {
    List<String> words = new ArrayList<>();
    WordSplitter.split("▁▁the▁end.▁12,don't\n▁ok\u0301!?", words::add);
    assertEquals(
        List.of("▁▁the", "▁end", ".", "▁1", "2", ",", "don", "'", "t", "▁ok\u0301", "!?"), words);
  }
}
