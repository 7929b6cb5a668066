package dev.tern.train.quantize;

import ai.djl.ndarray.NDArray;

/// Multiplication by a number, with gradients.
///
/// The engine's own `array.mul(number)` makes an array of the number and closes it at once. Its
/// memory is a Java buffer, which the garbage collector may then free although the backward pass
/// still reads it there: gradients are multiplied by whatever lies in that place by then. Here the
/// array of the number lives as long as the result's manager.
public final class Factor {
  private Factor() {}

  /// {@return the product}
  ///
  /// @param array any shape
  /// @param factor rounded to 32 bits
  public static NDArray times(NDArray array, double factor) {
    return array.mul(array.getManager().create((float) factor));
  }
}
