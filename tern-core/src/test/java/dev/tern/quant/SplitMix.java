package dev.tern.quant;

/// The generator of ggml-golden.c, and a plain source of deterministic test data.
final class SplitMix {
  private long state;

  SplitMix(long seed) {
    state = seed;
  }

  long next() {
    state += 0x9E3779B97F4A7C15L;
    long z = state;
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }

  /// Uniform in -1 (included) to 1.
  float unit() {
    return unit(next());
  }

  static float unit(long random) {
    return (float) ((int) (random >>> 40) - (1 << 23)) / (1 << 23);
  }

  byte[] bytes(int count) {
    byte[] bytes = new byte[count];
    for (int i = 0; i < count; i++) {
      bytes[i] = (byte) (next() >>> 56);
    }
    return bytes;
  }

  float[] units(int count) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = unit();
    }
    return values;
  }

  /// Codes that the format holds: -1, 0, +1; with `withTwo` also +2; without zero if `binary`.
  byte[] codes(int count, boolean binary, boolean withTwo) {
    byte[] codes = new byte[count];
    for (int i = 0; i < count; i++) {
      int pick = (int) (next() >>> 60);
      codes[i] = (byte) (binary ? pick % 2 * 2 - 1 : pick % (withTwo ? 4 : 3) - 1);
    }
    return codes;
  }
}
