package dev.tern.generate;

import java.util.Comparator;
import java.util.List;

/// Divides the rows that a pass has for prompts among those that have not been computed.
final class PrefillShares {
  private PrefillShares() {}

  /// Gives every text the same number of rows, and what short ones do not need to longer ones; so a
  /// long prompt holds up neither those that are generating nor a short prompt that comes after it.
  ///
  /// @param texts with tokens to compute
  /// @param budget the rows, at least 1
  static void divide(List<BatchText> texts, int budget) {
    List<BatchText> shortestFirst =
        texts.stream().sorted(Comparator.comparingInt(BatchText::pending)).toList();
    int left = budget;
    for (int i = 0; i < shortestFirst.size(); i++) {
      BatchText text = shortestFirst.get(i);
      text.rows = Math.min(text.pending(), left / (shortestFirst.size() - i));
      left -= text.rows;
    }
  }
}
