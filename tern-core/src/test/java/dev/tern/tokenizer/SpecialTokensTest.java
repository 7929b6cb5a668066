package dev.tern.tokenizer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.tern.ModelFormatException;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

class SpecialTokensTest {
  private static List<Object> split(List<SpecialToken> tokens, String text, boolean withControl) {
    List<Object> parts = new ArrayList<>();
    new SpecialTokens("test", tokens, UnaryOperator.identity())
        .split(
            text,
            withControl,
            new SpecialTokens.Sink() {
              @Override
              public void text(String whole, int from, int to) {
                parts.add(whole.substring(from, to));
              }

              @Override
              public void token(int id) {
                parts.add(id);
              }
            });
    return parts;
  }

  private static SpecialToken control(int id, String text) {
    return new SpecialToken(id, text, true);
  }

  private static SpecialToken userDefined(int id, String text) {
    return new SpecialToken(id, text, false);
  }

  @Test
  void cutsTheTextAtEveryToken() {
    List<SpecialToken> tokens = List.of(control(7, "<s>"), control(8, "</s>"));
    assertEquals(List.of(7, "a", 8, 7, "b<s", 8), split(tokens, "<s>a</s><s>b<s</s>", true));
    assertEquals(List.of("plain"), split(tokens, "plain", true));
    assertEquals(List.of(), split(tokens, "", true));
    assertEquals(List.of(7), split(tokens, "<s>", true));
  }

  @Test
  void prefersTheLeftmostAndOfThoseTheLongest() {
    List<SpecialToken> tokens =
        List.of(control(1, "ab"), control(2, "abc"), control(3, "bcdefg"), control(4, "a"));
    assertEquals(List.of(2, "defg"), split(tokens, "abcdefg", true));
    assertEquals(List.of(1, 4, "x", 3), split(tokens, "abaxbcdefg", true));
  }

  @Test
  void findsControlTokensOnlyInTextThatIsTrusted() {
    List<SpecialToken> tokens = List.of(control(1, "<eot>"), userDefined(2, "<tab>"));
    assertEquals(List.of("a", 1, 2), split(tokens, "a<eot><tab>", true));
    assertEquals(List.of("a<eot>", 2), split(tokens, "a<eot><tab>", false));
  }

  @Test
  void findsTokensBeyondAsciiAndBeyondTheBasicPlane() {
    List<SpecialToken> tokens = List.of(control(1, "｜é｜"), control(2, "🦙"), control(3, "🦙🦙"));
    assertEquals(List.of("x", 1, 3, 2, "y"), split(tokens, "x｜é｜🦙🦙🦙y", true));
  }

  @Test
  void swallowsSpaceWhereATokenSaysSo() {
    List<SpecialToken> tokens =
        List.of(
            new SpecialToken(1, "<l>", false, false, true, false, false),
            new SpecialToken(2, "<r>", false, false, false, true, false));
    assertEquals(List.of("a", 1, "  b"), split(tokens, "a \u00a0<l>  b", false));
    assertEquals(List.of("a  ", 2, "b"), split(tokens, "a  <r>\t\nb", false));
    assertEquals(List.of(2, 1, "b"), split(tokens, "<r>  <l>b", false));
  }

  @Test
  void findsWordsOnlyWhereTheyStandApart() {
    List<SpecialToken> tokens =
        List.of(new SpecialToken(1, "ab", false, true, false, false, false));
    assertEquals(
        List.of(1, " xab abx ab_ éab ", 1, "-", 1),
        split(tokens, "ab xab abx ab_ éab ab-ab", false));
  }

  @Test
  void looksForNormalizedTextsButKnowsTokensByTheirSpelling() {
    SpecialTokens tokens =
        new SpecialTokens("test", List.of(userDefined(5, "x y")), text -> text.replace(' ', '_'));
    List<Object> parts = new ArrayList<>();
    tokens.split(
        "ax_yb",
        false,
        new SpecialTokens.Sink() {
          @Override
          public void text(String whole, int from, int to) {
            parts.add(whole.substring(from, to));
          }

          @Override
          public void token(int id) {
            parts.add(id);
          }
        });
    assertEquals(List.of("a", 5, "b"), parts);
    assertEquals(OptionalInt.of(5), tokens.id("x y"));
    assertEquals(OptionalInt.empty(), tokens.id("x_y"));
  }

  @Test
  void refusesTwoTokensWithOneText() {
    List<SpecialToken> tokens = List.of(control(1, "<s>"), control(2, "<s>"));
    assertEquals(
        "test: the special tokens 1 and 2 are both spelled '<s>'",
        assertThrows(
                ModelFormatException.class,
                () -> new SpecialTokens("test", tokens, UnaryOperator.identity()))
            .getMessage());
  }
}
