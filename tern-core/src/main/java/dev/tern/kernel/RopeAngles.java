package dev.tern.kernel;

import java.lang.foreign.Arena;

/// Cosines and sines of RoPE for the tokens of one forward pass.
///
/// `angle = position * theta^(-2i / headDim) / factor[i]`, computed as the reference does (Hugging
/// Face transformers, float32): the inverse frequency and its product with the position are rounded
/// to a float before the cosine is taken. Refilled for each pass; not synchronized.
public final class RopeAngles {
  private final float[] inverseFrequencies;
  private final FloatMatrix cosines;
  private final FloatMatrix sines;

  /// Makes room for the angles of a pass.
  ///
  /// @param arena owns the memory
  /// @param tokens the most tokens of a pass
  /// @param inverseFrequencies one for each pair of elements, from [#inverseFrequencies]
  public RopeAngles(Arena arena, int tokens, float[] inverseFrequencies) {
    this.inverseFrequencies = inverseFrequencies.clone();
    this.cosines = FloatMatrix.allocate(arena, tokens, inverseFrequencies.length);
    this.sines = FloatMatrix.allocate(arena, tokens, inverseFrequencies.length);
  }

  /// {@return theta^(-2i / headDim) for each of the headDim / 2 pairs}
  ///
  /// @param headDim an even number
  /// @param theta the base, for example 500000
  public static float[] inverseFrequencies(int headDim, float theta) {
    float[] inverse = new float[headDim / 2];
    for (int i = 0; i < inverse.length; i++) {
      inverse[i] = 1f / (float) StrictMath.pow(theta, (float) (2 * i) / headDim);
    }
    return inverse;
  }

  /// Computes the angles of consecutive positions.
  ///
  /// @param firstPosition the position of token 0
  /// @param tokens how many
  public void fill(int firstPosition, int tokens) {
    for (int t = 0; t < tokens; t++) {
      fillRow(t, firstPosition + t);
    }
  }

  /// Computes the angles of the rows of a pass.
  ///
  /// @param places where they stand
  public void fill(RowPlaces places) {
    for (int row = 0; row < places.count(); row++) {
      fillRow(row, places.position(row));
    }
  }

  private void fillRow(int row, int position) {
    for (int i = 0; i < inverseFrequencies.length; i++) {
      float angle = position * inverseFrequencies[i];
      cosines.set(row, i, cos(angle));
      sines.set(row, i, sin(angle));
    }
  }

  /// {@return `(float) StrictMath.cos(angle)`}
  static float cos(float angle) {
    double near = Math.cos(angle);
    return roundsLikeItsNeighbours(near) ? (float) near : (float) StrictMath.cos(angle);
  }

  /// {@return `(float) StrictMath.sin(angle)`}
  static float sin(float angle) {
    double near = Math.sin(angle);
    return roundsLikeItsNeighbours(near) ? (float) near : (float) StrictMath.sin(angle);
  }

  /// Whether all doubles within four ulps are the same float. Math and StrictMath are both within
  /// one ulp of the exact value, so that then they are the same float too; StrictMath alone is what
  /// every machine agrees on, but is slow and makes arrays.
  private static boolean roundsLikeItsNeighbours(double value) {
    return (float) (value * (1 - 0x1p-50)) == (float) (value * (1 + 0x1p-50));
  }

  /// {@return half the head dimension}
  public int pairs() {
    return inverseFrequencies.length;
  }

  /// {@return cosines `[tokens, pairs]`}
  public FloatMatrix cosines() {
    return cosines;
  }

  /// {@return sines `[tokens, pairs]`}
  public FloatMatrix sines() {
    return sines;
  }
}
