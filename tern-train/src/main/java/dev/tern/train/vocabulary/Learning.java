package dev.tern.train.vocabulary;

import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/// How a kind of vocabulary is learnt from text.
interface Learning {
  /// The most symbols of a word. Longer ones, which are no words of a language, are cut.
  int LONGEST = 64;

  /// Cuts a text into the pieces inside which tokens may be merged.
  void cut(String text, Consumer<String> pieces);

  /// Chooses an alphabet and spells the pieces in it.
  ///
  /// @param pieces with how often each occurs
  /// @param room how many tokens the alphabet and what is learnt may be together
  /// @param reserved texts that must not become tokens
  Prepared prepare(List<PieceCounts.Counted> pieces, int room, Set<String> reserved);

  /// What learning begins with.
  ///
  /// @param learner has all words
  /// @param alphabetSize tokens that are there before anything is learnt
  record Prepared(MergeLearner learner, int alphabetSize) {}

  /// Adds a word, a long one in parts.
  static void addInParts(int[] symbols, long weight, MergeLearner learner) {
    for (int from = 0; from < symbols.length; from += LONGEST) {
      int[] part = Arrays.copyOfRange(symbols, from, Math.min(from + LONGEST, symbols.length));
      if (part.length > 1) {
        learner.addWord(part, weight);
      }
    }
  }
}
