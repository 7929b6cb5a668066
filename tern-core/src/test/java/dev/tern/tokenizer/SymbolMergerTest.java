package dev.tern.tokenizer;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SymbolMergerTest {
  private record Symbol(int start, int end, int id) {}

  /// The definition: look at all pairs, merge the first of the best, begin again.
  private static List<Symbol> mergeByTheBook(List<Symbol> symbols, PairRule rule, byte[] text) {
    List<Symbol> merged = new ArrayList<>(symbols);
    while (true) {
      int best = -1;
      long bestMerge = Long.MAX_VALUE;
      for (int i = 0; i + 1 < merged.size(); i++) {
        Symbol left = merged.get(i);
        Symbol right = merged.get(i + 1);
        long merge = rule.find(left.id, right.id, text, left.start, right.end);
        if (merge != PairRule.NONE && merge >>> 32 < bestMerge >>> 32) {
          best = i;
          bestMerge = merge;
        }
      }
      if (best < 0) {
        return merged;
      }
      Symbol right = merged.remove(best + 1);
      Symbol left = merged.get(best);
      merged.set(best, new Symbol(left.start, right.end, (int) bestMerge));
    }
  }

  private static List<Symbol> merge(List<Symbol> symbols, PairRule rule, byte[] text) {
    SymbolMerger merger = new SymbolMerger();
    for (Symbol symbol : symbols) {
      merger.add(symbol.start, symbol.end, symbol.id);
    }
    merger.merge(rule, text);
    List<Symbol> merged = new ArrayList<>();
    for (int i = merger.first(); i >= 0; i = merger.next(i)) {
      merged.add(new Symbol(merger.start(i), merger.end(i), merger.id(i)));
    }
    return merged;
  }

  @Test
  void equalsTheDefinitionForListedMerges() {
    Random random = new Random(1);
    for (int round = 0; round < 3_000; round++) {
      int letters = 1 + random.nextInt(4);
      int tokens = letters + random.nextInt(12);
      MergeTable table = new MergeTable(40);
      for (int rank = 0; rank < 20; rank++) {
        table.put(
            random.nextInt(tokens),
            random.nextInt(tokens),
            rank,
            random.nextInt(letters, tokens + 1));
      }
      check(random, letters, table);
    }
  }

  @Test
  void equalsTheDefinitionForScores() {
    Random random = new Random(2);
    for (int round = 0; round < 3_000; round++) {
      int letters = 1 + random.nextInt(3);
      List<String> tokens = new ArrayList<>();
      for (int i = 0; i < letters; i++) {
        tokens.add(Character.toString('a' + i));
      }
      while (tokens.size() < 14) {
        String token = word(random, letters, 2 + random.nextInt(4));
        if (!tokens.contains(token)) {
          tokens.add(token);
        }
        letters = tokens.size() % 5 == 0 ? 3 : letters;
      }
      float[] scores = new float[tokens.size()];
      for (int i = 0; i < scores.length; i++) {
        // Few different scores, so that ties are the rule.
        scores[i] = random.nextInt(4) - 2;
      }
      Vocabulary vocabulary = Vocabularies.of(tokens.toArray(String[]::new));
      TokenIndex index = new TokenIndex("test", vocabulary);
      check(random, 3, TextRanks.byScore("test", vocabulary, index, scores));
    }
  }

  private static void check(Random random, int letters, PairRule rule) {
    byte[] text = word(random, letters, random.nextInt(40)).getBytes(UTF_8);
    List<Symbol> symbols = new ArrayList<>();
    for (int i = 0; i < text.length; i++) {
      symbols.add(new Symbol(i, i + 1, text[i] - 'a'));
    }
    assertEquals(mergeByTheBook(symbols, rule, text), merge(symbols, rule, text));
  }

  private static String word(Random random, int letters, int length) {
    StringBuilder word = new StringBuilder();
    for (int i = 0; i < length; i++) {
      word.append((char) ('a' + random.nextInt(letters)));
    }
    return word.toString();
  }

  @Test
  void mergesTheLeftmostOfEqualPairsFirst() {
    MergeTable table = new MergeTable(1);
    table.put(0, 0, 0, 1);
    byte[] text = "aaa".getBytes(UTF_8);
    List<Symbol> symbols = List.of(new Symbol(0, 1, 0), new Symbol(1, 2, 0), new Symbol(2, 3, 0));
    assertEquals(List.of(new Symbol(0, 2, 1), new Symbol(2, 3, 0)), merge(symbols, table, text));
  }

  @Test
  void hasNothingToMergeInAnEmptyPiece() {
    assertEquals(List.of(), merge(List.of(), new MergeTable(0), new byte[0]));
  }
}
