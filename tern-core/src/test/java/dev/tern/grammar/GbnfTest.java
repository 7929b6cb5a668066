package dev.tern.grammar;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// GBNF as llama.cpp documents it: which texts fit, and what is said of grammars that are wrong.
class GbnfTest {
  private static final String ARITHMETIC =
      """
      # sums of products, one a line
      root  ::= (expr "=" ws term "\\n")+
      expr  ::= term ([-+*/] term)*
      term  ::= ident | num | "(" ws expr ")" ws
      ident ::= [a-z] [a-z0-9_]* ws
      num   ::= [0-9]+ ws
      ws    ::= [ \\t\\n]*
      """;

  private static final String JSON =
      """
      root   ::= object
      value  ::= object | array | string | number | ("true" | "false" | "null") ws

      object ::=
        "{" ws (
                  string ":" ws value
          ("," ws string ":" ws value)*
        )? "}" ws

      array  ::=
        "[" ws (
                  value
          ("," ws value)*
        )? "]" ws

      string ::=
        "\\"" (
          [^"\\\\\\x7F\\x00-\\x1F] |
          "\\\\" (["\\\\bfnrt] | "u" [0-9a-fA-F]{4}) # escapes
        )* "\\"" ws

      number ::= ("-"? ([0-9] | [1-9] [0-9]{0,15})) ("." [0-9]+)? ([eE] [-+]? [0-9] [1-9]{0,15})? ws
      ws ::= | " " | "\\n" [ \\t]{0,20}
      """;

  private static final String LIST =
      """
      root ::= item+
      item ::= "- " [^\\r\\n\\x0b\\x0c\\x85\\u2028\\u2029]+ "\\n"
      """;

  private static void accepts(String grammar, String... texts) {
    Grammar compiled = Grammar.gbnf(grammar);
    for (String text : texts) {
      assertTrue(compiled.matches(text), () -> "'" + text + "' should fit " + grammar);
    }
  }

  private static void refuses(String grammar, String... texts) {
    Grammar compiled = Grammar.gbnf(grammar);
    for (String text : texts) {
      assertFalse(compiled.matches(text), () -> "'" + text + "' should not fit " + grammar);
    }
  }

  @Test
  void readsArithmetic() {
    accepts(ARITHMETIC, "a=b\n", "x1 +(2*y_2)= 3 \n", "((1))=1\n", "1=2\n3=4\n");
    refuses(ARITHMETIC, "", "a=b", "=b\n", "(1=1\n", "A=1\n", "1++2=3\n");
  }

  @Test
  void readsJson() {
    accepts(
        JSON,
        "{}",
        "{ \"a\": [1, -2.5e+3, true, null, \"x\\u00e9\\n\"]}",
        "{\"é日😀\":\n  {\"b\":[]}}");
    refuses(JSON, "", "[]", "{\"a\" 1}", "{\"a\":01}", "{\"a\":1,}", "{\"a\":\"\\x\"}", "{\"a\":1");
  }

  @Test
  void readsLists() {
    accepts(LIST, "- one\n", "- eins\n- zwei\n- drei 😀\n");
    refuses(LIST, "", "one\n", "- \n", "- a\u2028\n", "- a");
  }

  @Test
  void readsEveryKindOfCharacter() {
    accepts("root ::= \"\\n\\t\\r\\\"\\\\\\x41\\u00e9\\U0001F600\\[\\]\"", "\n\t\r\"\\Aé😀[]");
    accepts("root ::= [a\\]\\-^b-d-]+", "a]-^bcd-");
    refuses("root ::= [a-c]", "d", "", "-", "ab");
    accepts("root ::= [^a-c]", "d", "é", "日", "😀", "\0", "\uFFFF");
    refuses("root ::= [^a-c]", "a", "b", "c");
    accepts(
        "root ::= .",
        "a",
        "\n",
        "\u07FF",
        "\u0800",
        "\uD7FF",
        "\uE000",
        "😀",
        Character.toString(0x10FFFF));
    refuses("root ::= .", "", "ab");
    accepts("root ::= [\\u0080-\\u07FF]", "\u0080", "\u07FF");
    refuses("root ::= [\\u0080-\\u07FF]", "\u007F", "\u0800");
    accepts("root ::= [\\u3042-\\U0001F600]", "\u3042", "\uFFFD", "\uE000", "\uD83D\uDE00");
    refuses("root ::= [\\u3042-\\U0001F600]", "\u3041", "\uD83D\uDE01");
  }

  @Test
  void repeats() {
    accepts("root ::= \"ab\"*", "", "ab", "abab");
    refuses("root ::= \"ab\"*", "a", "aba");
    accepts("root ::= \"a\"+ [b]?", "a", "aab");
    refuses("root ::= \"a\"+ [b]?", "", "b", "abb");
    for (int n = 0; n < 7; n++) {
      String text = "a".repeat(n);
      assertEquals(n == 3, Grammar.gbnf("root ::= \"a\"{3}").matches(text));
      assertEquals(n >= 2, Grammar.gbnf("root ::= \"a\"{2,}").matches(text));
      assertEquals(n >= 2 && n <= 4, Grammar.gbnf("root ::= \"a\"{ 2 , 4 }").matches(text));
      assertEquals(n == 0, Grammar.gbnf("root ::= \"a\"{0}").matches(text));
      assertEquals(n <= 5, Grammar.gbnf("root ::= (\"a\"? | \"\"){5}").matches(text));
      assertEquals(n % 2 == 0, Grammar.gbnf("root ::= \"a\"{2}*").matches(text));
    }
  }

  @Test
  void allowsEmptyAlternativesAndBreaksInParentheses() {
    accepts("root ::= \"a\" |", "a", "");
    accepts("root ::= | \"a\" |\n  \"b\"", "", "a", "b");
    accepts("root ::= (\n \"a\" # note\n | \"b\"\n)\r\n\r\nother ::= \"c\"", "a", "b");
    accepts("root ::=\n  x y\nx ::= \"1\"\ny ::= \"2\"", "12");
  }

  @Test
  void takesLargeCountsWithoutUnrollingThem() {
    Grammar grammar = Grammar.gbnf("root ::= (\"ab\" | \"c\"){1,1000000} \"!\"{2147483647}?");
    assertTrue(grammar.matches("abc".repeat(10_000)));
    assertFalse(grammar.matches("abc!"));
    assertFalse(grammar.matches(""));
  }

  @Test
  void keepsCountsOfNestedRepetitionsApart() {
    Grammar grammar = Grammar.gbnf("root ::= (\"a\"{2,3} \"b\"){2}");
    assertTrue(grammar.matches("aabaaab"));
    assertFalse(grammar.matches("aab"));
    assertFalse(grammar.matches("abaab"));
    assertFalse(grammar.matches("aaaabaab"));
  }

  @Test
  void readsLongListsThatAreWrittenAsRecursion() {
    Grammar grammar = Grammar.gbnf("root ::= \"a\" | \"a\" root");
    assertTrue(grammar.matches("a".repeat(100_000)));
    Grammar brackets = Grammar.gbnf("root ::= \"(\" root \")\" | \"\"");
    assertTrue(brackets.matches("(".repeat(50_000) + ")".repeat(50_000)));
    assertFalse(brackets.matches("(".repeat(50_000) + ")".repeat(49_999)));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '`',
      value = {
        "root ::= a; 1; 10; 'a' is not defined",
        "a ::= \"x\"; 1; 10; no rule 'root'",
        "root ::= \"a; 1; 10; quotes",
        "root ::= [a; 1; 10; class of characters",
        "root ::= []; 1; 10; empty",
        "root ::= [b-a]; 1; 11; wrong way",
        "root ::= (\"a\"; 1; 10; does not end",
        "root ::= \"a\"); 1; 13; found ')'",
        "root ::= *; 1; 10; nothing before '*'",
        "root ::= \"a\"{3,2}; 1; 13; wrong way",
        "root ::= \"a\"{x}; 1; 14; number of repetitions",
        "root ::= \"a\"{99999999999}; 1; 14; 2147483647",
        "root ::= \"\\q\"; 1; 11; no such escape",
        "root ::= \"\\uD800\"; 1; 11; U+D800",
        "root ::= \"\\U00110000\"; 1; 11; U+110000",
        "root ::= \"\\x4\"; 1; 14; hexadecimal",
        "root = \"a\"; 1; 6; '::='",
        "root ::= <think>; 1; 10; not supported",
        "ro_ot ::= \"a\"; 1; 3; '::='",
        "root ::= \"a\"*+?*; 1; 16; too many",
      })
  void namesTheLineAndColumn(String grammar, int line, int column, String what) {
    for (int lines : new int[] {0, 3}) {
      GrammarException refusal =
          assertThrows(
              GrammarException.class, () -> Grammar.gbnf("# note\n".repeat(lines) + grammar));
      assertTrue(refusal.getMessage().contains(what), refusal.getMessage());
      String place = "line %d, column %d".formatted(line + lines, column);
      assertTrue(refusal.getMessage().contains(place), refusal.getMessage());
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "root ::= root \"a\" | \"b\"",
        "root ::= a\na ::= b? c\nb ::= \"x\"\nc ::= a",
        "root ::= (root)*",
        "root ::= \"\" root",
        "root ::= \"x\"\nunused ::= unused",
      })
  void refusesLeftRecursion(String grammar) {
    GrammarException refusal = assertThrows(GrammarException.class, () -> Grammar.gbnf(grammar));
    assertTrue(refusal.getMessage().contains("left recursion"), refusal.getMessage());
  }

  @Test
  void refusesRulesThatAreDefinedTwice() {
    GrammarException refusal =
        assertThrows(GrammarException.class, () -> Grammar.gbnf("root ::= \"a\"\nroot ::= \"b\""));
    assertTrue(refusal.getMessage().contains("line 2"), refusal.getMessage());
  }

  @Test
  void refusesGrammarsThatNoTextCanFinish() {
    GrammarException refusal =
        assertThrows(GrammarException.class, () -> Grammar.gbnf("root ::= \"a\" root"));
    assertTrue(refusal.getMessage().contains("no text"), refusal.getMessage());
    // An alternative of that kind leads nowhere and is left out.
    Grammar grammar = Grammar.gbnf("root ::= \"a\" dead | \"b\"\ndead ::= \"x\" dead");
    assertTrue(grammar.matches("b"));
    assertFalse(new Automaton(grammar.program()).start().isDead());
    assertTrue(
        new Automaton(grammar.program())
            .step(new Automaton(grammar.program()).start(), 'a')
            .isDead());
  }

  @Test
  void endsWithAnErrorWhereAGrammarIsTooLargeOrTooAmbiguous() {
    String doubling =
        IntStream.range(0, 30)
            .mapToObj(i -> "r%d ::= r%d \"x\" | r%d \"y\"".formatted(i, i + 1, i + 1))
            .collect(Collectors.joining("\n", "root ::= r0\n", "\nr30 ::= \"z\""));
    assertFails("too ambiguous", () -> Grammar.gbnf(doubling).matches("z"));
    String counts = "root ::= (\"a\" | \"aa\" | \"aaa\"){0,100000}{0,100000}";
    assertFails("too ambiguous", () -> Grammar.gbnf(counts).matches("a".repeat(20_000)));
    assertFails("nested", () -> Grammar.gbnf("root ::= " + "(".repeat(100_000)));
    assertFails("characters", () -> Grammar.gbnf("root ::= \"" + "a".repeat(1 << 21) + "\""));
    String rules =
        IntStream.range(0, 30_000)
            .mapToObj(i -> "r%d ::= \"a\"".formatted(i))
            .collect(Collectors.joining("\n", "root ::= \"a\"\n", ""));
    assertFails("rules", () -> Grammar.gbnf(rules));
    String optional = "\"a\"?";
    for (int i = 0; i < 60; i++) {
      optional = "(\"b\"? " + optional + ")*";
    }
    String nested = optional;
    assertFails("more than", () -> Grammar.gbnf("root ::= " + nested));
  }

  @Test
  void readsLongChainsOfRules() {
    for (boolean rising : new boolean[] {true, false}) {
      String[] rules = new String[9_000];
      for (int i = 0; i < rules.length; i++) {
        String next = i == rules.length - 1 ? "\"a\"?" : "(r" + (i + 1) + ")*";
        rules[rising ? i : rules.length - 1 - i] = "r" + i + " ::= " + next;
      }
      String chain = Arrays.stream(rules).collect(Collectors.joining("\n"));
      assertTrue(Grammar.gbnf("root ::= r0\n" + chain).matches(""));
    }
  }

  private static void assertFails(String what, org.junit.jupiter.api.function.Executable use) {
    GrammarException refusal = assertThrows(GrammarException.class, use);
    assertTrue(refusal.getMessage().contains(what), refusal.getMessage());
  }
}
