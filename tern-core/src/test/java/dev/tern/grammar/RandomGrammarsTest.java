package dev.tern.grammar;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/// Grammars at random against a recognizer that is slow and obvious.
class RandomGrammarsTest {
  private static final String ALPHABET = "abé日😀";
  private static final int GRAMMARS = 1_500;
  private static final int MAX_TEXT = 24;

  private static final class Maker {
    private final Random random;
    private final List<Expression> rules = new ArrayList<>();

    Maker(long seed) {
      random = new Random(seed);
      int count = 1 + random.nextInt(4);
      for (int rule = 0; rule < count; rule++) {
        rules.add(expression(3, count));
      }
    }

    private int letter() {
      return ALPHABET.codePoints().toArray()[random.nextInt(5)];
    }

    private Expression expression(int depth, int rules) {
      return switch (random.nextInt(depth == 0 ? 3 : 8)) {
        case 0 -> Expression.literal(Character.toString(letter()));
        case 1 ->
            new Expression.Characters(
                random.nextBoolean()
                    ? CodePoints.of(Character.toString(letter()) + 'a')
                    : CodePoints.of(letter(), letter()).or(CodePoints.of("b")).not());
        case 2 -> new Expression.Reference(random.nextInt(rules));
        case 3, 4 -> {
          List<Expression> parts = new ArrayList<>();
          for (int i = random.nextInt(4); i > 0; i--) {
            parts.add(expression(depth - 1, rules));
          }
          yield new Expression.Sequence(parts);
        }
        case 5 ->
            new Expression.Choice(
                List.of(expression(depth - 1, rules), expression(depth - 1, rules)));
        default -> {
          int least = random.nextInt(3);
          int most = random.nextBoolean() ? Expression.UNLIMITED : least + random.nextInt(3);
          yield new Expression.Repeat(expression(depth - 1, rules), least, most);
        }
      };
    }

    /// A text of an expression, unless it grows too long.
    Optional<String> text(Expression expression, int fuel) {
      if (fuel <= 0) {
        return Optional.empty();
      }
      StringBuilder text = new StringBuilder();
      switch (expression) {
        case Expression.Characters(var set) -> {
          int[] fitting = ALPHABET.codePoints().filter(set::contains).toArray();
          if (fitting.length == 0) {
            return Optional.empty();
          }
          text.appendCodePoint(fitting[random.nextInt(fitting.length)]);
        }
        case Expression.Sequence(var parts) -> {
          return texts(parts, fuel);
        }
        case Expression.Choice(var options) -> {
          return text(options.get(random.nextInt(options.size())), fuel - 1);
        }
        case Expression.Repeat(var body, int least, int most) -> {
          int most2 = most == Expression.UNLIMITED ? least + 2 : most;
          int times = least + random.nextInt(most2 - least + 1);
          return texts(java.util.Collections.nCopies(times, body), fuel);
        }
        case Expression.Reference(int rule) -> {
          return text(rules.get(rule), fuel - 1);
        }
      }
      return Optional.of(text.toString());
    }

    private Optional<String> texts(List<Expression> parts, int fuel) {
      StringBuilder text = new StringBuilder();
      for (Expression part : parts) {
        Optional<String> next = text(part, fuel - 1);
        if (next.isEmpty() || text.length() > MAX_TEXT) {
          return Optional.empty();
        }
        text.append(next.get());
      }
      return Optional.of(text.toString());
    }

    String mutated(String text) {
      int[] letters = text.codePoints().toArray();
      StringBuilder changed = new StringBuilder();
      int at = random.nextInt(letters.length + 1);
      for (int i = 0; i <= letters.length; i++) {
        if (i == at && random.nextBoolean()) {
          changed.appendCodePoint(letter());
        }
        if (i < letters.length && (i != at || random.nextBoolean())) {
          changed.appendCodePoint(letters[i]);
        }
      }
      return changed.toString();
    }

    String gbnf() {
      StringBuilder text = new StringBuilder();
      for (int rule = 0; rule < rules.size(); rule++) {
        text.append(name(rule)).append(" ::= ").append(gbnf(rules.get(rule))).append('\n');
      }
      return text.toString();
    }

    private static String name(int rule) {
      return rule == 0 ? "root" : "r" + rule;
    }

    private static String gbnf(Expression expression) {
      return switch (expression) {
        case Expression.Characters(var set) -> {
          StringBuilder text = new StringBuilder("[");
          for (CodePoints.Range range : set.ranges()) {
            text.append("\\U%08X-\\U%08X".formatted(range.first(), range.last()));
          }
          yield text.append("]").toString();
        }
        case Expression.Sequence(var parts) ->
            "(" + String.join(" ", parts.stream().map(Maker::gbnf).toList()) + ")";
        case Expression.Choice(var options) ->
            "(" + String.join(" | ", options.stream().map(Maker::gbnf).toList()) + ")";
        case Expression.Repeat(var body, int least, int most) ->
            "(%s){%d,%s}".formatted(gbnf(body), least, most < 0 ? "" : "" + most);
        case Expression.Reference(int rule) -> name(rule);
      };
    }
  }

  /// Where an expression may end that begins at a place of a text: all places, by trying
  /// everything.
  private static final class Recognizer {
    private final List<Expression> rules;
    private final int[] text;
    private final Map<List<Integer>, Set<Integer>> known = new HashMap<>();

    Recognizer(List<Expression> rules, String text) {
      this.rules = rules;
      this.text = text.codePoints().toArray();
    }

    boolean matches() {
      return ends(rules.getFirst(), 0).contains(text.length);
    }

    private Set<Integer> ends(Expression expression, int start) {
      Set<Integer> ends = new TreeSet<>();
      switch (expression) {
        case Expression.Characters(var set) -> {
          if (start < text.length && set.contains(text[start])) {
            ends.add(start + 1);
          }
        }
        case Expression.Sequence(var parts) -> {
          ends.add(start);
          for (Expression part : parts) {
            ends = endsOfAll(part, ends);
          }
        }
        case Expression.Choice(var options) -> {
          for (Expression option : options) {
            ends.addAll(ends(option, start));
          }
        }
        case Expression.Repeat(var body, int least, int most) -> {
          Set<Integer> reached = new TreeSet<>(List.of(start));
          int rounds = most == Expression.UNLIMITED ? least + text.length + 1 : most;
          for (int round = 0; round <= rounds; round++) {
            if (round >= least) {
              ends.addAll(reached);
            }
            reached = endsOfAll(body, reached);
          }
        }
        case Expression.Reference(int rule) -> {
          List<Integer> key = List.of(rule, start);
          Set<Integer> found = known.get(key);
          if (found == null) {
            found = ends(rules.get(rule), start);
            known.put(key, found);
          }
          return found;
        }
      }
      return ends;
    }

    private Set<Integer> endsOfAll(Expression expression, Set<Integer> starts) {
      Set<Integer> ends = new TreeSet<>();
      starts.forEach(start -> ends.addAll(ends(expression, start)));
      return ends;
    }
  }

  @Test
  void agreeWithARecognizerThatTriesEverything() {
    int used = 0;
    int fitting = 0;
    int unfitting = 0;
    for (int seed = 0; seed < GRAMMARS; seed++) {
      Maker maker = new Maker(seed);
      String gbnf = maker.gbnf();
      Grammar grammar;
      try {
        grammar = Grammar.gbnf(gbnf);
      } catch (GrammarException refused) {
        assertTrue(
            refused.getMessage().contains("left recursion")
                || refused.getMessage().contains("no text"),
            refused.getMessage());
        continue;
      }
      used++;
      for (int i = 0; i < 12; i++) {
        String text = maker.text(maker.rules.getFirst(), 12).orElse("");
        for (int change = 0; change < 3 && text.length() <= MAX_TEXT; change++) {
          boolean expected = new Recognizer(maker.rules, text).matches();
          String shown = text;
          assertEquals(expected, grammar.matches(text), () -> "'" + shown + "' and " + gbnf);
          fitting += expected ? 1 : 0;
          unfitting += expected ? 0 : 1;
          text = maker.mutated(text);
        }
      }
    }
    assertTrue(used > GRAMMARS / 3, used + " grammars");
    assertTrue(fitting > 5_000 && unfitting > 2_000, fitting + " fit, " + unfitting + " do not");
  }
}
