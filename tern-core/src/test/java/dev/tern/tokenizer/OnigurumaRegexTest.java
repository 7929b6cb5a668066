package dev.tern.tokenizer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tern.ModelFormatException;
import dev.tern.TernException;
import dev.tern.UnsupportedModelException;
import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class OnigurumaRegexTest {
  private static int count(String expression) {
    Pattern pattern = OnigurumaRegex.compile("test", expression);
    int count = 0;
    for (int codePoint = 0; codePoint <= Character.MAX_CODE_POINT; codePoint++) {
      boolean surrogate = codePoint >= 0xD800 && codePoint < 0xE000;
      if (!surrogate && pattern.matcher(Character.toString(codePoint)).matches()) {
        count++;
      }
    }
    return count;
  }

  /// Counted with Hugging Face tokenizers 0.23.2 over all characters (Unicode 16 on both sides).
  @ParameterizedTest
  @CsvSource({"\\s, 25", "\\d, 760", "\\w, 144671", "\\p{P}, 855", "\\p{N}, 1911"})
  void knowsTheSameCharactersAsOniguruma(String expression, int expected) {
    assertEquals(expected, count(expression));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "^a",
        "(?i)a",
        "(?<name>a)",
        "\\1",
        "(a)\\1",
        "\\A",
        "\\z",
        "\\G",
        "\\K",
        "\\R",
        "\\X",
        "[[:alpha:]]",
        "[^a[b]]",
        "[^a&&b]",
        "[\\W]",
        "[\\b]",
        "a{2}+",
        "a{2}?",
        "a{,2}",
        "a{",
        "{",
        "a**",
        "a+*",
        "\\pL",
        "\\p{Nope}",
        "\\p{Letter}",
        "\\x{110000000}",
        "\\u12",
        "\\x1",
        "[",
        "[]",
        "[a",
        "\\",
        "(?",
        "(?~a)"
      })
  void refusesWhatItDoesNotTranslate(String expression) {
    String message =
        assertThrows(
                UnsupportedModelException.class, () -> OnigurumaRegex.compile("t.json", expression))
            .getMessage();
    assertTrue(message.startsWith("t.json: the regular expression '" + expression + "'"), message);
  }

  @ParameterizedTest
  @ValueSource(strings = {"(a", "a)", "*a", "[z-a]", "a{3,2}", "\\x{110000}"})
  void refusesWhatIsNotAnExpression(String expression) {
    assertThrows(ModelFormatException.class, () -> OnigurumaRegex.compile("t.json", expression));
  }

  @Test
  void refusesWhatWouldExhaustTheStackToCompile() {
    assertThrows(
        UnsupportedModelException.class,
        () -> OnigurumaRegex.compile("t.json", "(".repeat(5_000) + ")".repeat(5_000)));
    assertThrows(
        UnsupportedModelException.class,
        () -> OnigurumaRegex.compile("t.json", "[".repeat(5_000) + "a" + "]".repeat(5_000)));
    assertThrows(
        UnsupportedModelException.class,
        () -> OnigurumaRegex.compile("t.json", "a".repeat(20_000)));
  }

  @Test
  void endsInItsOwnExceptionsForAnyText() {
    Random random = new Random(5);
    String alphabet = "\\\\\\[[]](())??**++{}{}1,23^$.|&&--:=!<>pPsSdDwWbxuhL\u00e9\ud83e\udd99 aZ";
    for (int round = 0; round < 100_000; round++) {
      StringBuilder expression = new StringBuilder();
      for (int i = random.nextInt(12); i >= 0; i--) {
        expression.append(alphabet.charAt(random.nextInt(alphabet.length())));
      }
      try {
        OnigurumaRegex.compile("test", expression.toString());
      } catch (TernException expected) {
        assertTrue(expected.getMessage().startsWith("test: "));
      }
    }
  }
}
