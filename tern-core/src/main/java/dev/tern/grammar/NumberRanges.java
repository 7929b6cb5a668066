package dev.tern.grammar;

import static dev.tern.grammar.Expression.choice;
import static dev.tern.grammar.Expression.literal;
import static dev.tern.grammar.Expression.optional;
import static dev.tern.grammar.Expression.sequence;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Numbers between bounds, digit by digit.
final class NumberRanges {
  /// Integers without a bound fit 64 bits.
  private static final int FREE_DIGITS = 18;

  private static final Expression NONZERO_FRACTION =
      sequence(
          literal("."),
          new Expression.Repeat(JsonText.DIGIT, 0, JsonText.MAX_DIGITS - 1),
          JsonText.NONZERO);

  /// A bound.
  ///
  /// @param value an integer
  /// @param excluded whether it is itself out of bounds
  record Bound(BigInteger value, boolean excluded) {
    Bound negated() {
      return new Bound(value.negate(), excluded);
    }
  }

  private NumberRanges() {}

  /// The integers between two that are allowed themselves; -0 is none.
  static Expression integers(@Nullable BigInteger least, @Nullable BigInteger most) {
    BigInteger from = least == null ? beyond(most).negate() : least;
    BigInteger to = most == null ? beyond(least) : most;
    List<Expression> options = new ArrayList<>();
    if (from.signum() < 0) {
      options.add(sequence(literal("-"), naturals(to.negate().max(BigInteger.ONE), from.negate())));
    }
    options.add(naturals(from.max(BigInteger.ZERO), to));
    return new Expression.Choice(options);
  }

  /// What ends a range without an end, given its other end: as many digits as a long has, or one
  /// more than the other end.
  private static BigInteger beyond(@Nullable BigInteger other) {
    int digits = other == null ? 0 : other.abs().toString().length() + 1;
    return BigInteger.TEN.pow(Math.max(FREE_DIGITS, digits)).subtract(BigInteger.ONE);
  }

  /// Numbers between two bounds, without exponents.
  static Expression numbers(@Nullable Bound lower, @Nullable Bound upper) {
    List<Expression> options = new ArrayList<>();
    if (lower == null || lower.value().signum() < 0) {
      // -0 is left out.
      Bound nearest =
          upper != null && upper.value().signum() < 0
              ? upper.negated()
              : new Bound(BigInteger.ZERO, true);
      options.add(
          sequence(literal("-"), magnitudes(nearest, lower == null ? null : lower.negated())));
    }
    if (upper == null || upper.value().signum() >= 0) {
      Bound nearest =
          lower != null && lower.value().signum() >= 0 ? lower : new Bound(BigInteger.ZERO, false);
      options.add(magnitudes(nearest, upper));
    }
    return new Expression.Choice(options);
  }

  private static Expression magnitudes(Bound lower, @Nullable Bound upper) {
    BigInteger from = lower.value();
    BigInteger end = upper == null ? beyond(from) : upper.value();
    BigInteger before = end.subtract(BigInteger.ONE);
    List<Expression> options = new ArrayList<>();
    if (lower.excluded() && from.compareTo(before) <= 0) {
      options.add(sequence(literal(from.toString()), NONZERO_FRACTION));
    }
    BigInteger first = lower.excluded() ? from.add(BigInteger.ONE) : from;
    options.add(sequence(naturals(first, before), optional(JsonText.FRACTION)));
    if ((upper == null || !upper.excluded()) && first.compareTo(end) <= 0) {
      options.add(literal(end.toString()));
    }
    return new Expression.Choice(options);
  }

  /// The integers between two that are at least 0.
  private static Expression naturals(BigInteger from, BigInteger to) {
    List<Expression> options = new ArrayList<>();
    BigInteger first = from;
    while (first.compareTo(to) <= 0) {
      BigInteger longest =
          BigInteger.TEN.pow(first.toString().length()).subtract(BigInteger.ONE).min(to);
      options.add(between(first.toString(), longest.toString()));
      first = longest.add(BigInteger.ONE);
    }
    return new Expression.Choice(options);
  }

  /// Numbers of one length.
  private static Expression between(String from, String to) {
    if (from.isEmpty()) {
      return Expression.EMPTY;
    }
    int length = from.length();
    if (from.equals("0".repeat(length)) && to.equals("9".repeat(length))) {
      return new Expression.Repeat(JsonText.DIGIT, length, length);
    }
    char first = from.charAt(0);
    char last = to.charAt(0);
    if (first == last) {
      return sequence(literal(from.substring(0, 1)), between(from.substring(1), to.substring(1)));
    }
    int rest = length - 1;
    return choice(
        sequence(literal(from.substring(0, 1)), between(from.substring(1), "9".repeat(rest))),
        digits(first + 1, last - 1, rest),
        sequence(literal(to.substring(0, 1)), between("0".repeat(rest), to.substring(1))));
  }

  private static Expression digits(int first, int last, int rest) {
    return sequence(
        Expression.between(first, last), new Expression.Repeat(JsonText.DIGIT, rest, rest));
  }
}
