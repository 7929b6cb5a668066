package dev.tern.train.vocabulary;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// How often each piece of text occurs. Where there are more different ones than memory is wanted
/// for, the rarest are forgotten.
final class PieceCounts {
  private final int limit;
  private final Map<String, Long> counts = new HashMap<>();
  private long forgetting = 1;

  /// Begins to count.
  ///
  /// @param limit the most pieces that are remembered
  PieceCounts(int limit) {
    this.limit = limit;
  }

  void add(String piece) {
    counts.merge(piece, 1L, Long::sum);
    while (counts.size() > limit) {
      counts.values().removeIf(count -> count <= forgetting);
      // Else the next few pieces would fill it again.
      forgetting = counts.size() > limit / 2 ? 2 * forgetting : forgetting;
    }
  }

  /// A piece and how often it occurs.
  ///
  /// @param text the piece
  /// @param count how often it occurs
  record Counted(String text, long count) {}

  /// All pieces, in the order of their texts.
  List<Counted> sorted() {
    List<Counted> sorted = new ArrayList<>(counts.size());
    counts.forEach((text, count) -> sorted.add(new Counted(text, count)));
    sorted.sort(Comparator.comparing(Counted::text));
    return sorted;
  }
}
