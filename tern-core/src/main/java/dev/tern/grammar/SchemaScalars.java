package dev.tern.grammar;

import dev.tern.grammar.NumberRanges.Bound;
import dev.tern.json.JsonView;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Strings and numbers of a JSON schema.
final class SchemaScalars {
  /// Every year from 1000 to 2999, so that no reader refuses one, with the days that its months
  /// have.
  private static final String DATE =
      "([12][0-9]{3}-((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)|02-(0[1-9]|1[0-9]|2[0-8]))"
          + "|([12][0-9](0[48]|[2468][048]|[13579][26])|(12|16|20|24|28)00)-02-29)";

  /// Offsets to 14 hours, beyond which there are none.
  private static final String TIME =
      "([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\\.[0-9]{1,9})?(Z|[+-](0[0-9]|1[0-3]):[0-5][0-9])";

  private static final String UUID =
      "[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}";

  private SchemaScalars() {}

  static Expression string(JsonView schema, JsonText json) {
    Optional<JsonView> pattern = SchemaKeywords.find(schema, "pattern");
    Optional<JsonView> format = SchemaKeywords.find(schema, "format");
    boolean hasLength =
        SchemaKeywords.has(schema, "minLength") || SchemaKeywords.has(schema, "maxLength");
    if (Stream.of(pattern.isPresent(), format.isPresent(), hasLength).filter(is -> is).count()
        > 1) {
      throw SchemaKeywords.refused(
          schema, "of pattern, format, and minLength or maxLength only one is enforced at a time");
    }
    if (pattern.isPresent()) {
      return JsonText.string(PatternParser.parse(pattern.get().path(), pattern.get().string()));
    }
    if (format.isPresent()) {
      return JsonText.string(format(format.get()));
    }
    return hasLength ? ofLength(schema) : json.anyString();
  }

  private static Expression ofLength(JsonView schema) {
    int least = count(schema, "minLength", 0);
    int most = count(schema, "maxLength", Expression.UNLIMITED);
    return most != Expression.UNLIMITED && most < least
        ? Expression.NOTHING
        : JsonText.string(new Expression.Repeat(JsonText.CHARACTER, least, most));
  }

  private static Expression format(JsonView format) {
    String pattern =
        switch (format.string()) {
          case "date" -> DATE;
          case "time" -> TIME;
          case "date-time" -> DATE + "T" + TIME;
          case "uuid" -> UUID;
          default ->
              throw SchemaKeywords.refused(
                  format,
                  "the format '%s' is not enforced; there are date, time, date-time and uuid"
                      .formatted(format.string()));
        };
    return PatternParser.parse(format.path(), "^" + pattern + "$");
  }

  /// A number of characters or elements.
  static int count(JsonView schema, String keyword, int otherwise) {
    Optional<JsonView> view = SchemaKeywords.find(schema, keyword);
    if (view.isEmpty()) {
      return otherwise;
    }
    int count = view.get().integer();
    if (count < 0) {
      throw view.get().wrong("at least 0");
    }
    return count;
  }

  static Expression integer(JsonView schema) {
    BigInteger least = null;
    BigInteger most = null;
    for (String keyword : Set.of("minimum", "exclusiveMinimum")) {
      Optional<BigDecimal> bound = bound(schema, keyword);
      if (bound.isPresent()) {
        BigInteger next =
            keyword.equals("minimum")
                ? bound.get().setScale(0, RoundingMode.CEILING).toBigInteger()
                : bound.get().setScale(0, RoundingMode.FLOOR).toBigInteger().add(BigInteger.ONE);
        least = least == null ? next : least.max(next);
      }
    }
    for (String keyword : Set.of("maximum", "exclusiveMaximum")) {
      Optional<BigDecimal> bound = bound(schema, keyword);
      if (bound.isPresent()) {
        BigInteger next =
            keyword.equals("maximum")
                ? bound.get().setScale(0, RoundingMode.FLOOR).toBigInteger()
                : bound
                    .get()
                    .setScale(0, RoundingMode.CEILING)
                    .toBigInteger()
                    .subtract(BigInteger.ONE);
        most = most == null ? next : most.min(next);
      }
    }
    return NumberRanges.integers(least, most);
  }

  static Expression number(JsonView schema, JsonText json) {
    Bound lower =
        tighter(whole(schema, "minimum", false), whole(schema, "exclusiveMinimum", true), 1);
    Bound upper =
        tighter(whole(schema, "maximum", false), whole(schema, "exclusiveMaximum", true), -1);
    return lower == null && upper == null ? json.anyNumber() : NumberRanges.numbers(lower, upper);
  }

  private static @Nullable Bound tighter(
      @Nullable Bound included, @Nullable Bound excluded, int direction) {
    if (included == null || excluded == null) {
      return included == null ? excluded : included;
    }
    return direction * included.value().compareTo(excluded.value()) > 0 ? included : excluded;
  }

  private static @Nullable Bound whole(JsonView schema, String keyword, boolean excluded) {
    Optional<BigDecimal> bound = bound(schema, keyword);
    if (bound.isEmpty()) {
      return null;
    }
    if (bound.get().stripTrailingZeros().scale() > 0) {
      throw SchemaKeywords.refused(
          schema.get(keyword),
          "'%s' of a number that is not an integer is enforced for integers only"
              .formatted(keyword));
    }
    return new Bound(bound.get().toBigInteger(), excluded);
  }

  private static Optional<BigDecimal> bound(JsonView schema, String keyword) {
    return SchemaKeywords.find(schema, keyword).map(SchemaKeywords::number);
  }
}
