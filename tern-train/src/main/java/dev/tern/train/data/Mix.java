package dev.tern.train.data;

/// Random numbers that are the same on every virtual machine of every age, which the JDK promises
/// of `java.util.Random` only, whose 48 bits are few for shuffling millions.
///
/// Source: Steele, Lea and Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014;
/// the constants of SplitMix64.
final class Mix {
  private static final long STEP = 0x9E3779B97F4A7C15L;

  private long state;

  Mix(long seed) {
    state = seed;
  }

  /// A number that depends on both and looks like neither.
  static long of(long a, long b) {
    return scramble(scramble(a + STEP) ^ (b + STEP));
  }

  /// A number from 0 to 1, 1 excluded, by the upper 53 bits.
  static double unit(long bits) {
    return (bits >>> 11) * 0x1p-53;
  }

  private static long scramble(long value) {
    long z = value;
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }

  long next() {
    state += STEP;
    return scramble(state);
  }

  /// Puts numbers in a random order, all orders being equally likely as far as 64 bits of seed
  /// allow (Fisher and Yates).
  void shuffle(int[] numbers) {
    for (int i = numbers.length - 1; i > 0; i--) {
      int other = below(i + 1);
      int kept = numbers[i];
      numbers[i] = numbers[other];
      numbers[other] = kept;
    }
  }

  /// From 0 to the bound, which is excluded; no number is likelier than another by more than bound
  /// / 2^63.
  private int below(int bound) {
    return (int) Math.multiplyHigh(next() >>> 1, (long) bound << 1);
  }
}
