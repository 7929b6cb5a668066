package dev.tern.train.network;

import java.util.Arrays;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;

/// First values of parameters, from a seed and the parameter's name alone: norms are 1, all else is
/// normally distributed with a standard deviation of 0.02, as in Hugging Face's models of these
/// families.
final class Initialization {
  private static final double STANDARD_DEVIATION = 0.02;

  private Initialization() {}

  static float[] values(ParameterLayout.Entry entry, long seed) {
    float[] values = new float[Math.toIntExact(entry.elements())];
    if (entry.role() == Parameter.Role.NORM) {
      Arrays.fill(values, 1);
      return values;
    }
    RandomGenerator random =
        RandomGeneratorFactory.of("L64X128MixRandom")
            .create(seed * 0x9E3779B97F4A7C15L + entry.name().hashCode());
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (random.nextGaussian() * STANDARD_DEVIATION);
    }
    return values;
  }
}
