package dev.tern.grammar;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The UTF-8 of a set of characters: a first byte out of some, then bytes out of ranges.
///
/// Source: Russ Cox, "Regular Expression Matching in the Wild"; the ranges are split where the
/// length of the encoding changes, and where a byte would not run through all its values.
///
/// @param first the first byte
/// @param rest the ranges of the others
record Utf8Sequences(BitSet first, List<ByteRange> rest) {
  private static final int[] LENGTH_ENDS = {0x7F, 0x7FF, 0xFFFF, 0x10FFFF};
  private static final int BITS = 6;

  /// Neighbouring values of a byte.
  ///
  /// @param first the least
  /// @param last the greatest
  record ByteRange(int first, int last) {}

  /// All sequences of a set, those with the same rest as one.
  static List<Utf8Sequences> of(CodePoints set) {
    Map<List<ByteRange>, BitSet> firstByRest = new LinkedHashMap<>();
    for (CodePoints.Range range : set.ranges()) {
      int from = range.first();
      for (int lengthEnd : LENGTH_ENDS) {
        if (from <= Math.min(lengthEnd, range.last())) {
          split(from, Math.min(lengthEnd, range.last()), firstByRest);
          from = lengthEnd + 1;
        }
      }
    }
    return firstByRest.entrySet().stream()
        .map(entry -> new Utf8Sequences(entry.getValue(), entry.getKey()))
        .toList();
  }

  /// Splits code points of one length until all bytes behind the first that differs run through all
  /// their values.
  private static void split(int from, int to, Map<List<ByteRange>, BitSet> firstByRest) {
    for (int low = BITS; low < length(to) * BITS; low += BITS) {
      int mask = (1 << low) - 1;
      if ((from & ~mask) != (to & ~mask)) {
        if ((from & mask) != 0) {
          split(from, from | mask, firstByRest);
          split((from | mask) + 1, to, firstByRest);
          return;
        }
        if ((to & mask) != mask) {
          split(from, (to & ~mask) - 1, firstByRest);
          split(to & ~mask, to, firstByRest);
          return;
        }
      }
    }
    int length = length(to);
    List<ByteRange> rest = new ArrayList<>();
    for (int i = 1; i < length; i++) {
      rest.add(new ByteRange(octet(from, i, length), octet(to, i, length)));
    }
    firstByRest
        .computeIfAbsent(rest, _ -> new BitSet())
        .set(octet(from, 0, length), octet(to, 0, length) + 1);
  }

  private static int length(int codePoint) {
    int length = 1;
    while (codePoint > LENGTH_ENDS[length - 1]) {
      length++;
    }
    return length;
  }

  private static int octet(int codePoint, int index, int length) {
    int bits = codePoint >> (BITS * (length - 1 - index));
    if (index > 0) {
      return 0x80 | (bits & 0x3F);
    }
    return length == 1 ? bits : ((0xF00 >> length) & 0xFF) | bits;
  }
}
