package dev.tern.train.vocabulary;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/// Learns SentencePiece's BPE: words of characters. Characters that are rare are left to the byte
/// tokens.
final class SentencePieceLearning implements Learning {
  /// The share of the text that has characters of its own; SentencePiece's default.
  private static final double COVERAGE = 0.9995;

  private static final int SPACE_MARK = WordSplitter.SPACE_MARK;

  @Override
  public void cut(String text, Consumer<String> pieces) {
    WordSplitter.split(SPACE_MARK_TEXT + text.replace(' ', WordSplitter.SPACE_MARK), pieces);
  }

  private static final String SPACE_MARK_TEXT = String.valueOf(WordSplitter.SPACE_MARK);

  @Override
  public Prepared prepare(List<PieceCounts.Counted> pieces, int room, Set<String> reserved) {
    List<Integer> characters = characters(pieces, room);
    Map<Integer, Integer> ids = new HashMap<>();
    List<String> alphabet = new ArrayList<>();
    for (int character : characters) {
      ids.put(character, alphabet.size());
      alphabet.add(Character.toString(character));
    }
    MergeLearner learner = new MergeLearner(alphabet, true, reserved);
    for (PieceCounts.Counted piece : pieces) {
      addWords(piece, ids, learner);
    }
    return new Prepared(learner, alphabet.size());
  }

  /// The most frequent first, of equals the one that comes first in Unicode; the space always.
  private static List<Integer> characters(List<PieceCounts.Counted> pieces, int room) {
    Map<Integer, Long> counts = new HashMap<>();
    long total = 0;
    for (PieceCounts.Counted piece : pieces) {
      total += piece.count() * piece.text().codePointCount(0, piece.text().length());
      piece
          .text()
          .codePoints()
          .forEach(character -> counts.merge(character, piece.count(), Long::sum));
    }
    counts.remove(SPACE_MARK);
    List<Integer> byFrequency = new ArrayList<>(counts.keySet());
    byFrequency.sort(
        Comparator.comparing((Integer character) -> counts.getOrDefault(character, 0L))
            .reversed()
            .thenComparing(Comparator.naturalOrder()));
    List<Integer> chosen = new ArrayList<>(List.of(SPACE_MARK));
    long rare = byFrequency.stream().mapToLong(each -> counts.getOrDefault(each, 0L)).sum();
    for (int character : byFrequency) {
      if (chosen.size() == room || rare <= (1 - COVERAGE) * total) {
        break;
      }
      chosen.add(character);
      rare -= counts.getOrDefault(character, 0L);
    }
    return chosen;
  }

  /// No token reaches across a character that the alphabet does not have.
  private static void addWords(
      PieceCounts.Counted piece, Map<Integer, Integer> ids, MergeLearner learner) {
    int[] characters = piece.text().codePoints().toArray();
    int[] symbols = new int[characters.length];
    int length = 0;
    for (int character : characters) {
      Integer id = ids.get(character);
      if (id != null) {
        symbols[length++] = id;
      } else {
        Learning.addInParts(Arrays.copyOf(symbols, length), piece.count(), learner);
        length = 0;
      }
    }
    Learning.addInParts(Arrays.copyOf(symbols, length), piece.count(), learner);
  }
}
