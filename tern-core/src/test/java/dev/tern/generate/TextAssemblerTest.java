package dev.tern.generate;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tern.tokenizer.TokenDecoder;
import dev.tern.tokenizer.TokenizerBuilder;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class TextAssemblerTest {
  /// A decoder whose tokens are these texts, and who has something left at the end.
  private record Texts(String left, List<String> texts) implements TokenDecoder {
    @Override
    public String append(int id) {
      return texts.get(id);
    }

    @Override
    public String finish() {
      return left;
    }
  }

  /// What is shown after each token, and at the end.
  private static List<String> shown(List<String> stops, String... texts) {
    TextAssembler assembler = new TextAssembler(new Texts("", List.of(texts)), stops);
    List<String> shown = new ArrayList<>();
    for (int i = 0; i < texts.length && !assembler.stopped(); i++) {
      shown.add(assembler.append(i));
    }
    shown.add(assembler.finish());
    return shown;
  }

  @Test
  void showsEveryTextAtOnceWithoutStopTexts() {
    assertEquals(List.of("a", "", "bc", ""), shown(List.of(), "a", "", "bc"));
  }

  @Test
  void holdsBackWhatMayBeginAStopText() {
    assertEquals(List.of("a", "", "<b", ""), shown(List.of("<end>"), "a", "<", "b"));
    assertEquals(List.of("a", "", "", "<en"), shown(List.of("<end>"), "a", "<", "en"));
  }

  @Test
  void endsAtAStopTextThatSpansTokensAndShowsNothingOfIt() {
    assertEquals(List.of("one ", "", "", ""), shown(List.of("<end>"), "one <", "en", "d> two"));
    assertEquals(List.of("", ""), shown(List.of("x"), "xyz"));
  }

  @Test
  void findsAStopTextThatOverlapsItsOwnBeginning() {
    assertEquals(List.of("", "a", "", ""), shown(List.of("aab"), "aa", "a", "b"));
    assertEquals(List.of("", "ab", "", ""), shown(List.of("abac"), "aba", "ba", "c"));
  }

  @Test
  void endsAtTheEarliestOfSeveralStopTexts() {
    assertEquals(List.of("1", ""), shown(List.of("3", "2"), "123"));
    assertEquals(List.of("", "a", ""), shown(List.of("abc", "b"), "a", "b"));
    assertEquals(List.of("x", ""), shown(List.of("bc", "abcd"), "xabcd"));
  }

  @Test
  void holdsBackTheLongestOfSeveralBeginnings() {
    assertEquals(List.of("x", "a", ""), shown(List.of("bcd", "abce"), "xabc", "d"));
    assertEquals(List.of("x", "abcf", ""), shown(List.of("bcd", "abce"), "xabc", "f"));
  }

  @Test
  void findsStopTextsAcrossTokensThatHoldPartsOfCharacters() {
    List<byte[]> tokens = new ArrayList<>();
    for (int i = 0; i < 256; i++) {
      tokens.add("<0x%02X>".formatted(i).getBytes(UTF_8));
    }
    TokenDecoder decoder =
        TokenizerBuilder.sentencePiece("test", tokens)
            .scores(new float[256])
            .build()
            .decoder(List.of(65));
    TextAssembler assembler = new TextAssembler(decoder, List.of("🦙 s"));
    List<String> shown = new ArrayList<>();
    for (byte octet : "é!🦙 stop".getBytes(UTF_8)) {
      if (!assembler.stopped()) {
        shown.add(assembler.append(octet & 0xFF));
      }
    }
    assertEquals(List.of("", "é", "!", "", "", "", "", "", ""), shown);
    assertTrue(assembler.stopped());
    assertEquals("", assembler.finish());
  }

  @Test
  void showsWhatTheDecoderStillHoldsAtTheEnd() {
    TextAssembler assembler =
        new TextAssembler(new Texts("\uFFFD", List.of("<")), List.of("<end>"));
    assertEquals("", assembler.append(0));
    assertFalse(assembler.stopped());
    assertEquals("<\uFFFD", assembler.finish());
  }

  /// Against a definition that looks at the whole text after every token.
  @Test
  void showsWhatTheDefinitionShows() {
    Random random = new Random(11);
    for (int round = 0; round < 3_000; round++) {
      List<String> stops = new ArrayList<>();
      for (int i = random.nextInt(4); i > 0; i--) {
        stops.add(randomText(random, 1 + random.nextInt(4)));
      }
      String[] texts = new String[random.nextInt(12)];
      for (int i = 0; i < texts.length; i++) {
        texts[i] = randomText(random, random.nextInt(4));
      }
      assertEquals(expected(stops, texts), String.join("", shown(stops, texts)), stops::toString);
    }
  }

  private static String expected(List<String> stops, String[] texts) {
    StringBuilder whole = new StringBuilder();
    for (String text : texts) {
      whole.append(text);
      int earliest = Integer.MAX_VALUE;
      for (String stop : stops) {
        int at = whole.indexOf(stop);
        earliest = at < 0 ? earliest : Math.min(earliest, at);
      }
      if (earliest < Integer.MAX_VALUE) {
        return whole.substring(0, earliest);
      }
    }
    return whole.toString();
  }

  private static String randomText(Random random, int length) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < length; i++) {
      text.append("ab<".charAt(random.nextInt(3)));
    }
    return text.toString();
  }
}
