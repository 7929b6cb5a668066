package dev.tern.eval;

/// How the weights of two tensors of one shape differ. Immutable.
public sealed interface WeightDifference {
  /// {@return the number of weights}
  long elements();

  /// {@return whether every weight is the same}
  boolean isNone();

  /// {@return the two differences as one, of all weights together}
  ///
  /// @param other of the same kind
  /// @throws IllegalArgumentException if it is of another kind
  WeightDifference plus(WeightDifference other);

  /// Between tensors of integer codes with scales: ternary, binary.
  ///
  /// @param elements the number of weights
  /// @param differingCodes weights whose codes differ
  /// @param differingScales weights of equal codes other than 0 whose scales differ in any bit
  /// @param largestScaleDifference the largest difference of two such scales, relative to the
  ///   larger magnitude of the two; infinite where one is not a finite number
  record OfCodes(
      long elements, long differingCodes, long differingScales, double largestScaleDifference)
      implements WeightDifference {
    /// {@return equal tensors of so many weights}
    static OfCodes none(long elements) {
      return new OfCodes(elements, 0, 0, 0);
    }

    @Override
    public boolean isNone() {
      return differingCodes == 0 && differingScales == 0;
    }

    @Override
    public OfCodes plus(WeightDifference other) {
      if (!(other instanceof OfCodes codes)) {
        throw otherKind();
      }
      return new OfCodes(
          elements + codes.elements,
          differingCodes + codes.differingCodes,
          differingScales + codes.differingScales,
          Math.max(largestScaleDifference, codes.largestScaleDifference));
    }
  }

  /// Between tensors of which at least one holds other numbers.
  ///
  /// @param elements the number of weights
  /// @param differing weights that differ
  /// @param largest the largest difference; infinite where a weight is not a finite number in one
  ///   tensor and another in the other
  /// @param sumOfSquares of all differences
  /// @param sumOfFirstSquares of all weights of the first tensor
  record OfValues(
      long elements, long differing, double largest, double sumOfSquares, double sumOfFirstSquares)
      implements WeightDifference {
    /// {@return equal tensors of so many weights}
    static OfValues none(long elements) {
      return new OfValues(elements, 0, 0, 0, 0);
    }

    /// {@return the root of the mean square of the differences}
    public double rms() {
      return elements == 0 ? 0 : Math.sqrt(sumOfSquares / elements);
    }

    /// {@return the length of the difference relative to the length of the first tensor; 0 if
    /// nothing differs}
    public double relative() {
      return isNone() ? 0 : Math.sqrt(sumOfSquares / sumOfFirstSquares);
    }

    @Override
    public boolean isNone() {
      return differing == 0;
    }

    @Override
    public OfValues plus(WeightDifference other) {
      if (!(other instanceof OfValues values)) {
        throw otherKind();
      }
      return new OfValues(
          elements + values.elements,
          differing + values.differing,
          Math.max(largest, values.largest),
          sumOfSquares + values.sumOfSquares,
          sumOfFirstSquares + values.sumOfFirstSquares);
    }
  }

  private static IllegalArgumentException otherKind() {
    return new IllegalArgumentException("differences of codes and of values cannot be added");
  }
}
