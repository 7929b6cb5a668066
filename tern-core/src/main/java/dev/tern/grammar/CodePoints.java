package dev.tern.grammar;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/// A set of Unicode code points, without surrogates: UTF-8 cannot spell them.
final class CodePoints {
  /// Neighbouring code points.
  ///
  /// @param first the least
  /// @param last the greatest
  record Range(int first, int last) {}

  static final CodePoints ALL = of(new Range(0, Character.MAX_CODE_POINT));

  private final List<Range> ranges;

  private CodePoints(List<Range> ranges) {
    this.ranges = List.copyOf(ranges);
  }

  static CodePoints of(Range... ranges) {
    return of(Arrays.asList(ranges));
  }

  static CodePoints of(List<Range> ranges) {
    List<Range> valid = new ArrayList<>();
    for (Range range : ranges) {
      addUnless(valid, range.first(), Math.min(range.last(), Character.MIN_SURROGATE - 1));
      addUnless(valid, Math.max(range.first(), Character.MAX_SURROGATE + 1), range.last());
    }
    valid.sort(Comparator.comparingInt(Range::first));
    List<Range> merged = new ArrayList<>();
    for (Range range : valid) {
      if (!merged.isEmpty() && range.first() <= merged.getLast().last() + 1) {
        Range before = merged.removeLast();
        merged.add(new Range(before.first(), Math.max(before.last(), range.last())));
      } else {
        merged.add(range);
      }
    }
    return new CodePoints(merged);
  }

  /// Each character of a text.
  static CodePoints of(String characters) {
    return of(characters.codePoints().mapToObj(c -> new Range(c, c)).toList());
  }

  static CodePoints of(int first, int last) {
    return of(new Range(first, last));
  }

  private static void addUnless(List<Range> ranges, int first, int last) {
    if (first <= last) {
      ranges.add(new Range(first, last));
    }
  }

  /// In rising order, with gaps between them.
  List<Range> ranges() {
    return ranges;
  }

  boolean isEmpty() {
    return ranges.isEmpty();
  }

  boolean contains(int codePoint) {
    return ranges.stream()
        .anyMatch(range -> range.first() <= codePoint && codePoint <= range.last());
  }

  CodePoints or(CodePoints other) {
    List<Range> all = new ArrayList<>(ranges);
    all.addAll(other.ranges);
    return of(all);
  }

  CodePoints not() {
    List<Range> others = new ArrayList<>();
    int next = 0;
    for (Range range : ranges) {
      addUnless(others, next, range.first() - 1);
      next = range.last() + 1;
    }
    addUnless(others, next, Character.MAX_CODE_POINT);
    return of(others);
  }

  CodePoints and(CodePoints other) {
    return not().or(other.not()).not();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof CodePoints set && ranges.equals(set.ranges);
  }

  @Override
  public int hashCode() {
    return ranges.hashCode();
  }

  @Override
  public String toString() {
    return ranges.toString();
  }
}
