package dev.tern.tensor;

import java.util.Arrays;
import java.util.stream.Collectors;
import java.util.stream.LongStream;

/// The dimensions of a tensor, outermost first: a matrix is `[rows, cols]`, with a row contiguous
/// in memory.
///
/// GGUF lists dimensions innermost first; its reader reverses them once, and nobody else does.
public final class Shape {
  private final long[] dimensions;
  private final long elements;

  private Shape(long[] dimensions) {
    long product = 1;
    for (long dimension : dimensions) {
      if (dimension < 0) {
        throw new IllegalArgumentException("dimension " + dimension + " is negative");
      }
      product = Math.multiplyExact(product, dimension);
    }
    this.dimensions = dimensions;
    this.elements = product;
  }

  /// Makes a shape.
  ///
  /// @param dimensions outermost first; none for a scalar
  /// @throws IllegalArgumentException if one is negative
  /// @throws ArithmeticException if their product does not fit a `long`
  public static Shape of(long... dimensions) {
    return new Shape(dimensions.clone());
  }

  /// {@return the number of dimensions}
  public int rank() {
    return dimensions.length;
  }

  /// {@return the size of that dimension}
  ///
  /// @param index 0 is the outermost
  public long dimension(int index) {
    return dimensions[index];
  }

  /// {@return the number of elements}
  public long elements() {
    return elements;
  }

  /// {@return the size of the innermost, contiguous dimension; 1 for a scalar}
  public long cols() {
    return dimensions.length == 0 ? 1 : dimensions[dimensions.length - 1];
  }

  /// {@return the number of rows, all outer dimensions multiplied; 1 for a vector or scalar}
  public long rows() {
    long rows = 1;
    for (int i = 0; i < dimensions.length - 1; i++) {
      rows *= dimensions[i];
    }
    return rows;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Shape shape && Arrays.equals(dimensions, shape.dimensions);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(dimensions);
  }

  /// {@return for example `[2560, 6912]`}
  @Override
  public String toString() {
    return LongStream.of(dimensions)
        .mapToObj(Long::toString)
        .collect(Collectors.joining(", ", "[", "]"));
  }
}
