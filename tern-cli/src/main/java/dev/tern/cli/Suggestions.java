package dev.tern.cli;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/// Guesses what a person meant who mistyped a name.
final class Suggestions {
  private static final int MOST = 3;

  private Suggestions() {}

  /// {@return the names that are few typing mistakes away, the nearest first}
  static List<String> similar(String typed, Collection<String> names) {
    int tolerated = Math.max(1, typed.replace("-", "").length() / 3);
    return names.stream()
        .filter(name -> distance(typed, name) <= tolerated)
        .sorted(
            Comparator.<String>comparingInt(name -> distance(typed, name)).thenComparing(n -> n))
        .limit(MOST)
        .toList();
  }

  /// The least number of letters to insert, delete, replace or swap with their neighbour (optimal
  /// string alignment).
  private static int distance(String a, String b) {
    int[][] costs = new int[a.length() + 1][b.length() + 1];
    for (int i = 0; i <= a.length(); i++) {
      for (int j = 0; j <= b.length(); j++) {
        if (i == 0 || j == 0) {
          costs[i][j] = i + j;
          continue;
        }
        int replaced = costs[i - 1][j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        int best = Math.min(replaced, 1 + Math.min(costs[i - 1][j], costs[i][j - 1]));
        boolean swapped =
            i > 1
                && j > 1
                && a.charAt(i - 1) == b.charAt(j - 2)
                && a.charAt(i - 2) == b.charAt(j - 1);
        costs[i][j] = swapped ? Math.min(best, 1 + costs[i - 2][j - 2]) : best;
      }
    }
    return costs[a.length()][b.length()];
  }
}
