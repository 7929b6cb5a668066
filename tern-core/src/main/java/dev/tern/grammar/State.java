package dev.tern.grammar;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Where a text stands in a grammar: all ways in which it may be read so far.
final class State {
  /// A way: a place in the program, at an instruction that reads.
  ///
  /// @param place its index
  /// @param stack the numbers on it
  record Path(int place, @Nullable Frame stack) {}

  /// A number on a stack, and what lies below. There is one for each number on each stack, so that
  /// stacks are equal when they are the same.
  static final class Frame {
    final int number;
    final @Nullable Frame below;

    Frame(int number, @Nullable Frame below) {
      this.number = number;
      this.below = below;
    }

    @Override
    @SuppressWarnings("ReferenceEquality")
    public boolean equals(@Nullable Object other) {
      return other instanceof Frame frame && number == frame.number && below == frame.below;
    }

    @Override
    public int hashCode() {
      return 31 * number + System.identityHashCode(below);
    }
  }

  private final Path[] paths;
  private final boolean accepts;
  private final @Nullable State[] next;

  /// What is remembered of the tokens that may come next.
  private @Nullable TokenMask mask;

  State(Path[] paths, boolean accepts, int classes) {
    this.paths = paths;
    this.accepts = accepts;
    this.next = new State[classes];
  }

  Path[] paths() {
    return paths;
  }

  /// Whether the text may end here.
  boolean accepts() {
    return accepts;
  }

  /// Whether the text may go on.
  boolean goesOn() {
    return paths.length > 0;
  }

  /// Whether the text is none of the grammar's, nor the beginning of one.
  boolean isDead() {
    return !accepts && paths.length == 0;
  }

  @Nullable State known(int byteClass) {
    return next[byteClass];
  }

  /// Forgets what has been found out, so that one state does not keep all others in memory.
  void forget() {
    Arrays.fill(next, null);
    mask = null;
  }

  @Nullable TokenMask knownMask() {
    return mask;
  }

  void remember(TokenMask found) {
    mask = found;
  }

  void remember(int byteClass, State state) {
    next[byteClass] = state;
  }
}
