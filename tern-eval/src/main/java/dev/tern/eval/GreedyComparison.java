package dev.tern.eval;

import java.util.List;
import java.util.OptionalInt;

/// What two models write behind the same text when each takes its likeliest token. Immutable.
///
/// @param text both go on from
/// @param first what the first model writes
/// @param second what the second model writes
public record GreedyComparison(String text, List<Integer> first, List<Integer> second) {
  /// Copies the tokens.
  public GreedyComparison {
    first = List.copyOf(first);
    second = List.copyOf(second);
  }

  /// {@return the index of the first token that differs, or that only one of the two has; empty if
  /// there is none}
  public OptionalInt firstDifference() {
    if (first.equals(second)) {
      return OptionalInt.empty();
    }
    int index = 0;
    while (index < Math.min(first.size(), second.size())
        && first.get(index).equals(second.get(index))) {
      index++;
    }
    return OptionalInt.of(index);
  }
}
