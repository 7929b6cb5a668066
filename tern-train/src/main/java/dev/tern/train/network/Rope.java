package dev.tern.train.network;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;

/// Rotary position embedding on halves: element i turns with element `i + headDim / 2` by the angle
/// `position * theta^(-2 i / headDim)`.
///
/// The partner of each element is fetched with a product by a fixed matrix of -1, 0 and 1, which is
/// exact and costs less than cutting and joining. Source: Su et al., arXiv 2104.09864.
///
/// @param cos cosines, `[positions, 1, headDim]`
/// @param sin sines, `[positions, 1, headDim]`
/// @param partners `[headDim, headDim]`
record Rope(NDArray cos, NDArray sin, NDArray partners) {
  /// Computes the angles.
  ///
  /// @param manager what the arrays belong to
  /// @param positions the most tokens of a sequence
  /// @param headDim even
  /// @param theta base of the frequencies
  static Rope of(NDManager manager, int positions, int headDim, float theta) {
    float[] cos = new float[positions * headDim];
    float[] sin = new float[positions * headDim];
    int half = headDim / 2;
    for (int position = 0; position < positions; position++) {
      for (int col = 0; col < headDim; col++) {
        double angle = position * Math.pow(theta, -2.0 * (col % half) / headDim);
        cos[position * headDim + col] = (float) Math.cos(angle);
        sin[position * headDim + col] = (float) Math.sin(angle);
      }
    }
    float[] partners = new float[headDim * headDim];
    for (int col = 0; col < half; col++) {
      partners[(col + half) * headDim + col] = -1;
      partners[col * headDim + col + half] = 1;
    }
    Shape shape = new Shape(positions, 1, headDim);
    return new Rope(
        manager.create(cos, shape),
        manager.create(sin, shape),
        manager.create(partners, new Shape(headDim, headDim)));
  }

  /// Turns the heads of queries or keys.
  ///
  /// @param heads `[sequences, positions, heads, headDim]`, positions from 0
  /// @return the same shape
  NDArray apply(NDArray heads) {
    long positions = heads.getShape().get(1);
    NDArray cosines = first(cos, positions, heads);
    NDArray sines = first(sin, positions, heads);
    return heads.mul(cosines).add(heads.matMul(partners).mul(sines));
  }

  /// A part belongs to the manager of the heads: that of the angles lives as long as the run.
  private static NDArray first(NDArray angles, long positions, NDArray heads) {
    if (positions == angles.getShape().get(0)) {
      return angles;
    }
    return angles.get(heads.getManager(), new NDIndex("0:" + positions));
  }
}
