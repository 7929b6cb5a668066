package dev.tern.hub;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.BitSet;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ByteRangesTest {
  private static final int SIZE = 60;

  @Test
  void areTheSetsThatBitsWouldBe() {
    Random random = new Random(1);
    for (int run = 0; run < 300; run++) {
      ByteRanges ranges = new ByteRanges();
      BitSet bits = new BitSet();
      for (int i = 0; i < 12; i++) {
        int from = random.nextInt(SIZE);
        int to = from + random.nextInt(SIZE - from + 1);
        ranges.add(from, to);
        bits.set(from, to);
        assertEquals(bits.cardinality(), ranges.count());
        assertEquals(bits.length(), ranges.end());
        for (int start = 0; start < SIZE; start++) {
          assertGap(ranges, bits, start);
        }
        String text = ranges.toString();
        assertEquals(text, ByteRanges.parse(text).orElseThrow().toString());
      }
    }
  }

  private static void assertGap(ByteRanges ranges, BitSet bits, int start) {
    int from = bits.nextClearBit(start);
    int next = bits.nextSetBit(from);
    int to = Math.min(Math.min(next < 0 ? SIZE : next, SIZE), from + 7);
    Optional<ByteRanges.Range> gap = ranges.firstGap(start, SIZE, 7);
    assertEquals(
        from >= SIZE ? Optional.empty() : Optional.of(new ByteRanges.Range(from, to)), gap);
  }
}
