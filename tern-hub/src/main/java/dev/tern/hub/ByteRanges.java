package dev.tern.hub;

import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// A set of positions in a file, kept as ranges that neither touch nor overlap. Not safe for use by
/// several threads.
final class ByteRanges {
  /// Positions next to each other.
  ///
  /// @param from the first
  /// @param to the first that does not belong to it
  record Range(long from, long to) {
    long length() {
      return to - from;
    }
  }

  /// From the first position of each range to the one behind its last.
  private final TreeMap<Long, Long> ranges = new TreeMap<>();

  private long count;

  /// Adds positions, some of which may be in it already.
  void add(long from, long to) {
    if (from >= to) {
      return;
    }
    long start = from;
    long end = to;
    Map.Entry<Long, Long> before = ranges.floorEntry(from);
    if (before != null && before.getValue() >= from) {
      start = before.getKey();
    }
    for (Map.Entry<Long, Long> next = ranges.ceilingEntry(start);
        next != null && next.getKey() <= end;
        next = ranges.ceilingEntry(start)) {
      end = Math.max(end, next.getValue());
      count -= next.getValue() - next.getKey();
      ranges.remove(next.getKey());
    }
    ranges.put(start, end);
    count += end - start;
  }

  void clear() {
    ranges.clear();
    count = 0;
  }

  /// {@return how many positions it has}
  long count() {
    return count;
  }

  /// {@return the position behind its last; 0 if it is empty}
  long end() {
    return ranges.isEmpty() ? 0 : ranges.lastEntry().getValue();
  }

  /// {@return the first positions from `from` on and before `limit` that are not in it}
  ///
  /// @param most the greatest length of what is returned
  Optional<Range> firstGap(long from, long limit, long most) {
    long start = from;
    Map.Entry<Long, Long> covering = ranges.floorEntry(start);
    if (covering != null && covering.getValue() > start) {
      start = covering.getValue();
    }
    if (start >= limit) {
      return Optional.empty();
    }
    Long next = ranges.ceilingKey(start);
    long end = next == null ? limit : Math.min(limit, next);
    return Optional.of(new Range(start, Math.min(end, start + most)));
  }

  /// {@return its ranges, for example `0-10 20-30`, each with the position behind its last}
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    ranges.forEach(
        (from, to) -> text.append(text.isEmpty() ? "" : " ").append(from).append('-').append(to));
    return text.toString();
  }

  /// {@return what [#toString()] wrote; empty if it is anything else}
  static Optional<ByteRanges> parse(String text) {
    ByteRanges all = new ByteRanges();
    for (String range : text.isEmpty() ? new String[0] : text.split(" ", -1)) {
      if (!range.matches("\\d{1,18}-\\d{1,18}")) {
        return Optional.empty();
      }
      int dash = range.indexOf('-');
      long from = Long.parseLong(range.substring(0, dash));
      long to = Long.parseLong(range.substring(dash + 1));
      if (from >= to) {
        return Optional.empty();
      }
      all.add(from, to);
    }
    return Optional.of(all);
  }
}
