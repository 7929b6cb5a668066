package dev.tern.grammar;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Which tokens may come next, against trying each of them alone.
class TokenConstraintTest {
  @Test
  void keepsLessOfLargeGrammars() {
    GrammarVocabulary vocabulary = new GrammarVocabulary(randomVocabulary(1, false));
    Grammar small = Grammar.gbnf("root ::= \"a\"");
    var _ = vocabulary.constrain(small, List.of(), true);
    Grammar large = large();
    var _ = vocabulary.constrain(large, List.of(), true);
    assertTrue(vocabulary.keeps(small) && vocabulary.keeps(large));
    for (int i = 0; i < 3; i++) {
      var _ = vocabulary.constrain(large(), List.of(), true);
    }
    assertFalse(vocabulary.keeps(small) || vocabulary.keeps(large));
  }

  private static Grammar large() {
    Grammar large = Grammar.gbnf("root ::= \"%s\"".formatted("x".repeat(600_000)));
    assertTrue(large.byteSize() > 10_000_000, () -> large.byteSize() + " bytes");
    return large;
  }

  private static FakeTokenizer randomVocabulary(long seed, boolean takesFirstSpace) {
    Random random = new Random(seed);
    byte[] source =
        "{\"name\": \"Zoë 日本 😀\", \"tags\": [true, null, -12.5e3]} aab abba \\n\\u00e9"
            .getBytes(UTF_8);
    List<byte[]> tokens = new ArrayList<>();
    for (int octet = 0; octet < 256; octet++) {
      tokens.add(new byte[] {(byte) octet});
    }
    for (int i = 0; i < 300; i++) {
      int from = random.nextInt(source.length);
      int to = Math.min(source.length, from + 1 + random.nextInt(9));
      tokens.add(Arrays.copyOfRange(source, from, to));
    }
    for (int i = 0; i < 200; i++) {
      byte[] letters = new byte[1 + random.nextInt(5)];
      for (int at = 0; at < letters.length; at++) {
        letters[at] = (byte) ('a' + random.nextInt(4));
      }
      tokens.add(letters);
    }
    return new FakeTokenizer(tokens, takesFirstSpace);
  }

  /// What is allowed behind a text, by following each token from the beginning.
  private static int[] expected(Grammar grammar, FakeTokenizer tokens, byte[] text) {
    Automaton automaton = new Automaton(grammar.program());
    State state = automaton.start();
    for (byte octet : text) {
      state = automaton.step(state, octet & 0xFF);
    }
    List<Integer> allowed = new ArrayList<>();
    for (int id = 0; id < tokens.control(); id++) {
      State after = state;
      for (byte octet : tokens.bytes(id)) {
        after = automaton.step(after, octet & 0xFF);
      }
      if (!after.isDead()) {
        allowed.add(id);
      }
    }
    if (state.accepts()) {
      allowed.add(tokens.end());
    }
    return allowed.stream().mapToInt(Integer::intValue).toArray();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "root ::= [^\"]* \"\\\"\"",
        "root ::= (\"a\" | \"ab\" | \"bba\")*",
        "root ::= [a-z]{3,2000}",
        "root ::= . . . .",
        "root ::= [\\u00e0-\\u00ff日-\\U0001F9FF ]+",
        "root ::= \"{\" root \"}\" | [a-c]*"
      })
  void allowsExactlyWhatTryingEachTokenAllows(String gbnf) {
    Grammar grammar = Grammar.gbnf(gbnf);
    for (int seed = 0; seed < 6; seed++) {
      FakeTokenizer tokens = randomVocabulary(seed, false);
      follow(grammar, tokens, new Random(seed), 14);
    }
  }

  @Test
  void allowsExactlyThatInJsonToo() {
    for (int seed = 0; seed < 6; seed++) {
      follow(Grammar.jsonObject(), randomVocabulary(seed, false), new Random(seed), 30);
    }
  }

  private static void follow(Grammar grammar, FakeTokenizer tokens, Random random, int length) {
    TokenConstraint constraint = new GrammarVocabulary(tokens).constrain(grammar, List.of(), true);
    List<Integer> chosen = new ArrayList<>();
    while (!constraint.isComplete() && chosen.size() < length) {
      byte[] text = bytes(tokens, chosen);
      int[] allowed = constraint.allowed().tokens();
      assertArrayEquals(expected(grammar, tokens, text), allowed, () -> new String(text, UTF_8));
      float[] logits = new float[tokens.vocabularySize()];
      constraint.allowed().restrict(logits);
      for (int id = 0; id < logits.length; id++) {
        boolean isAllowed = Arrays.binarySearch(allowed, id) >= 0;
        assertEquals(isAllowed ? 0 : Float.NEGATIVE_INFINITY, logits[id]);
      }
      int token = allowed[random.nextInt(allowed.length)];
      if (token == tokens.end()) {
        return;
      }
      chosen.add(token);
      constraint.accept(token);
    }
  }

  private static byte[] bytes(FakeTokenizer tokens, List<Integer> chosen) {
    java.io.ByteArrayOutputStream all = new java.io.ByteArrayOutputStream();
    chosen.forEach(id -> all.writeBytes(tokens.bytes(id)));
    return all.toByteArray();
  }

  @Test
  void goesOnWhenMoreIsKnownThanIsKept() {
    // Each character is a state of its own, and each has a mask.
    Grammar grammar = Grammar.gbnf("root ::= [a-d]{0,6000} \"!\"");
    FakeTokenizer tokens = FakeTokenizer.ofBytesAnd("ab", "abcd", "dd!");
    TokenConstraint constraint = new GrammarVocabulary(tokens).constrain(grammar, List.of(), true);
    for (int i = 0; i < 6_000; i++) {
      TokenMask mask = constraint.allowed();
      assertEquals(i <= 5_996, mask.allows(257), "at " + i);
      assertEquals(i <= 5_998, mask.allows(258), "at " + i);
      assertTrue(mask.allows('a'));
      constraint.accept('a' + i % 4);
    }
    assertArrayEquals(new int[] {'!'}, constraint.allowed().tokens());
    constraint.accept('!');
    assertTrue(constraint.isComplete());
  }

  @Test
  void endsOnlyWhereTheGrammarMay() {
    FakeTokenizer tokens = FakeTokenizer.ofBytesAnd();
    Grammar grammar = Grammar.gbnf("root ::= \"a\" \"b\"?");
    TokenConstraint constraint = new GrammarVocabulary(tokens).constrain(grammar, List.of(), true);
    assertArrayEquals(new int[] {'a'}, constraint.allowed().tokens());
    constraint.accept('a');
    assertArrayEquals(new int[] {'b', tokens.end()}, constraint.allowed().tokens());
    assertFalse(constraint.isComplete());
    constraint.accept('b');
    assertTrue(constraint.isComplete());
    TokenConstraint endless = new GrammarVocabulary(tokens).constrain(grammar, List.of(), false);
    endless.accept('a');
    assertArrayEquals(new int[] {'b'}, endless.allowed().tokens());
  }

  @Test
  void knowsThatAnEmptyTextIsComplete() {
    Grammar grammar = Grammar.gbnf("root ::= \"\"");
    FakeTokenizer tokens = FakeTokenizer.ofBytesAnd();
    assertTrue(new GrammarVocabulary(tokens).constrain(grammar, List.of(), true).isComplete());
  }

  @Test
  void saysThatTheVocabularyCannotGoOn() {
    FakeTokenizer tokens = new FakeTokenizer(List.of("a".getBytes(UTF_8)), false);
    GrammarVocabulary vocabulary = new GrammarVocabulary(tokens);
    TokenConstraint constraint =
        vocabulary.constrain(Grammar.gbnf("root ::= \"ab\""), List.of(), true);
    constraint.accept(0);
    GrammarException refusal = assertThrows(GrammarException.class, constraint::allowed);
    assertTrue(refusal.getMessage().contains("vocabulary"), refusal.getMessage());
    // Where the text may end, it is complete instead.
    TokenConstraint optional =
        vocabulary.constrain(Grammar.gbnf("root ::= \"a\" \"b\"?"), List.of(), false);
    optional.accept(0);
    assertTrue(optional.isComplete());
  }

  @Test
  void refusesTokensThatAreNotAllowed() {
    FakeTokenizer tokens = FakeTokenizer.ofBytesAnd();
    TokenConstraint constraint =
        new GrammarVocabulary(tokens).constrain(Grammar.gbnf("root ::= \"a\""), List.of(), true);
    assertThrows(IllegalArgumentException.class, () -> constraint.accept('b'));
    assertThrows(IllegalArgumentException.class, () -> constraint.accept(tokens.control()));
    constraint.accept('a');
  }

  @Test
  void leavesOutTheSpaceThatADecoderTakesAway() {
    FakeTokenizer tokens =
        new FakeTokenizer(
            List.of(
                " a".getBytes(UTF_8),
                " ".getBytes(UTF_8),
                "a".getBytes(UTF_8),
                "  a".getBytes(UTF_8)),
            true);
    GrammarVocabulary vocabulary = new GrammarVocabulary(tokens);
    Grammar plain = Grammar.gbnf("root ::= \"a\"");
    Grammar spaced = Grammar.gbnf("root ::= \" a\"");
    assertArrayEquals(
        new int[] {0, 1, 2}, vocabulary.constrain(plain, List.of(), true).allowed().tokens());
    assertArrayEquals(
        new int[] {1, 3}, vocabulary.constrain(spaced, List.of(), true).allowed().tokens());
    // Behind other text nothing is taken away.
    assertArrayEquals(
        new int[] {2}, vocabulary.constrain(plain, List.of(2), true).allowed().tokens());
    assertArrayEquals(
        new int[] {0, 1}, vocabulary.constrain(spaced, List.of(2), true).allowed().tokens());
    TokenConstraint constraint = vocabulary.constrain(plain, List.of(), true);
    constraint.accept(1);
    assertArrayEquals(new int[] {2}, constraint.allowed().tokens());
  }

  @Test
  void stopsWhereAGrammarTakesTooMuchWork() {
    StringBuilder hostile = new StringBuilder("root ::= (");
    for (int i = 0; i < 40; i++) {
      hostile
          .append(i == 0 ? "" : " | ")
          .append("(\"a\"{%d} [a-d]{0,90000}){0,9000}".formatted(i + 1));
    }
    Grammar grammar = Grammar.gbnf(hostile.append("){0,1000}").toString());
    FakeTokenizer tokens = randomVocabulary(1, false);
    TokenConstraint constraint = new GrammarVocabulary(tokens).constrain(grammar, List.of(), true);
    GrammarException refusal =
        assertThrows(
            GrammarException.class,
            () -> {
              for (int i = 0; i < 10_000; i++) {
                constraint.allowed();
                constraint.accept('a');
              }
            });
    assertTrue(
        refusal.getMessage().contains("too much work")
            || refusal.getMessage().contains("too ambiguous"),
        refusal.getMessage());
  }
}
