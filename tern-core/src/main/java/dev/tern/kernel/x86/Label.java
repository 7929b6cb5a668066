package dev.tern.kernel.x86;

import java.util.ArrayList;
import java.util.List;

/// A place in the code: a target of jumps, or where constants lie.
///
/// Distances to a label that is not bound yet are filled in when it is.
final class Label {
  private static final int UNBOUND = -1;

  private int position = UNBOUND;
  private final List<Fixup> fixups = new ArrayList<>();

  /// A distance to fill in.
  ///
  /// @param at where its four bytes are
  /// @param end the end of the instruction, from which the distance counts
  record Fixup(int at, int end) {}

  boolean isBound() {
    return position != UNBOUND;
  }

  int position() {
    if (!isBound()) {
      throw new IllegalStateException("the label has not been bound");
    }
    return position;
  }

  void bind(int here) {
    if (isBound()) {
      throw new IllegalStateException("the label is bound already");
    }
    position = here;
  }

  void await(int at, int end) {
    fixups.add(new Fixup(at, end));
  }

  List<Fixup> fixups() {
    return fixups;
  }
}
