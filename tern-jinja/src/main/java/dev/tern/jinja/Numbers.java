package dev.tern.jinja;

import dev.tern.jinja.Value.Bool;
import dev.tern.jinja.Value.Int;
import dev.tern.jinja.Value.Real;
import java.math.BigDecimal;

/// Arithmetic as Python does it, refused where its unlimited integers would be needed.
final class Numbers {
  private static final long EXACT_IN_DOUBLE = 1L << 53;

  private Numbers() {}

  static boolean isNumber(Value value) {
    return value instanceof Bool || isNumberButNotBool(value);
  }

  private static boolean isNumberButNotBool(Value value) {
    return value instanceof Int || value instanceof Real;
  }

  /// {@return a value that is an integer to Python, `True` and `False` included}
  static boolean isIntegral(Value value) {
    return value instanceof Bool || value instanceof Int;
  }

  static long integer(Value value, String use) {
    return switch (value) {
      case Bool(boolean truth) -> truth ? 1 : 0;
      case Int(long number) -> number;
      default ->
          throw new TemplateException("%s must be an int, not %s".formatted(use, value.type()));
    };
  }

  private static double real(Value value) {
    if (value instanceof Real(double number)) {
      return number;
    }
    long number = integer(value, "a number");
    if (Math.abs(number) > EXACT_IN_DOUBLE) {
      throw new TemplateException("the integer %d is too large for a float".formatted(number));
    }
    return number;
  }

  static int compare(Value left, Value right) {
    if (isIntegral(left) && isIntegral(right)) {
      return Long.compare(integer(left, ""), integer(right, ""));
    }
    // Not Double.compare, to which 0.0 and -0.0 are different.
    double difference = real(left) - real(right);
    return real(left) == real(right) ? 0 : difference < 0 ? -1 : 1;
  }

  /// {@return the value of an operator between two numbers}
  static Value binary(String operator, Value left, Value right) {
    try {
      if (isIntegral(left) && isIntegral(right) && !operator.equals("/")) {
        return new Int(integers(operator, integer(left, ""), integer(right, "")));
      }
    } catch (ArithmeticException _) {
      throw new TemplateException("an integer is too large, or divided by zero");
    }
    return finite(reals(operator, real(left), real(right)));
  }

  static Value negate(Value value) {
    return value instanceof Real(double number)
        ? new Real(-number)
        : binary("-", new Int(0), value);
  }

  static Value absolute(Value value) {
    boolean negative =
        value instanceof Real(double number)
            ? 1 / number < 0 || number < 0
            : integer(value, "abs") < 0;
    return negative ? negate(value) : value instanceof Bool ? new Int(integer(value, "")) : value;
  }

  private static Value finite(double number) {
    if (Double.isNaN(number)) {
      throw new TemplateException("the result of a calculation is not a number");
    }
    return new Real(number);
  }

  private static long integers(String operator, long left, long right) {
    return switch (operator) {
      case "+" -> Math.addExact(left, right);
      case "-" -> Math.subtractExact(left, right);
      case "*" -> Math.multiplyExact(left, right);
      case "//" -> Math.floorDivExact(left, right);
      case "%" -> Math.floorMod(left, right);
      case "**" -> power(left, right);
      default -> throw new AssertionError(operator);
    };
  }

  private static long power(long base, long exponent) {
    if (exponent < 0) {
      throw TemplateException.unsupported("a negative exponent");
    }
    if (Math.abs(base) <= 1) {
      return exponent == 0 ? 1 : exponent % 2 == 0 ? base * base : base;
    }
    long result = 1;
    for (long i = 0; i < exponent; i++) {
      result = Math.multiplyExact(result, base);
    }
    return result;
  }

  private static double reals(String operator, double left, double right) {
    if (right == 0 && "//%".contains(operator)) {
      throw new TemplateException("division by zero");
    }
    return switch (operator) {
      case "+" -> left + right;
      case "-" -> left - right;
      case "*" -> left * right;
      case "/" -> left / right;
      case "//" -> floorDivision(left, right);
      case "%" -> modulo(left, right);
      default -> throw TemplateException.unsupported("'**' with a float");
    };
  }

  private static double modulo(double left, double right) {
    double rest = left % right;
    if (rest == 0) {
      return Math.copySign(0, right);
    }
    return rest < 0 == right < 0 ? rest : rest + right;
  }

  private static double floorDivision(double left, double right) {
    double quotient = (left - modulo(left, right)) / right;
    if (quotient == 0) {
      return Math.copySign(0, left / right);
    }
    double floor = Math.floor(quotient);
    return quotient - floor > 0.5 ? floor + 1 : floor;
  }

  /// {@return `repr(number)`: the shortest digits that give the number back}
  static String text(double number) {
    if (Double.isInfinite(number)) {
      return number > 0 ? "inf" : "-inf";
    }
    if (number == 0) {
      return 1 / number < 0 ? "-0.0" : "0.0";
    }
    BigDecimal shortest = new BigDecimal(Double.toString(number)).stripTrailingZeros();
    int exponent = shortest.precision() - shortest.scale() - 1;
    if (exponent >= -4 && exponent < 16) {
      String plain = shortest.toPlainString();
      return plain.contains(".") ? plain : plain + ".0";
    }
    String digits = shortest.unscaledValue().abs().toString();
    return "%s%s%se%s%02d"
        .formatted(
            number < 0 ? "-" : "",
            digits.substring(0, 1),
            digits.length() > 1 ? "." + digits.substring(1) : "",
            exponent < 0 ? "-" : "+",
            Math.abs(exponent));
  }
}
