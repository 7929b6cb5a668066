package dev.tern.tokenizer;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tern.ModelFormatException;
import dev.tern.TernException;
import dev.tern.UnsupportedModelException;
import java.util.Base64;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TiktokenRanksTest {
  /// The bytes have the ranks 0 to 255, the other tokens those after.
  private static String ranks(String... more) {
    StringBuilder file = new StringBuilder();
    for (int octet = 0; octet < 256; octet++) {
      file.append(line(new byte[] {(byte) octet}, octet));
    }
    int rank = 256;
    for (String token : more) {
      file.append(line(token.getBytes(UTF_8), rank++));
    }
    return file.toString();
  }

  private static String line(byte[] token, int rank) {
    return Base64.getEncoder().encodeToString(token) + " " + rank + "\n";
  }

  private static Tokenizer read(String file) {
    return TiktokenRanks.read(
        "t.tiktoken", file.getBytes(ISO_8859_1), Optional.of(PreTokenizer.QWEN2));
  }

  @Test
  void mergesInTheOrderOfTheRanks() {
    Tokenizer tokenizer = read(ranks("ll", "he", "llo", " hello"));
    assertArrayEquals(new int[] {257, 258}, tokenizer.encode("hello", EncodeOptions.TEXT));
    // A piece that is a token is taken whole, although no merges lead to it.
    assertArrayEquals(new int[] {259}, tokenizer.encode(" hello", EncodeOptions.TEXT));
    assertEquals(" hello", tokenizer.decode(259));
    assertEquals("Ġhello", tokenizer.piece(259));
    assertEquals(
        "byte-level BPE, pre-tokenizer qwen2, 260 tokens, merged by rank", tokenizer.description());
    assertEquals(OptionalInt.empty(), tokenizer.bosId());
  }

  @Test
  void needsToBeToldHowTextIsCut() {
    String message =
        assertThrows(
                UnsupportedModelException.class,
                () ->
                    TiktokenRanks.read(
                        "t.tiktoken", ranks().getBytes(ISO_8859_1), Optional.empty()))
            .getMessage();
    assertTrue(message.contains("name the pre-tokenizer"), message);
  }

  @Test
  void acceptsBlankLinesOtherLineEndsAndGaps() {
    String gap = line("ab".getBytes(UTF_8), 300);
    Tokenizer tokenizer = read(ranks().replace("\n", "\r\n") + "\n" + gap.strip());
    assertEquals(301, tokenizer.vocabularySize());
    assertArrayEquals(new int[] {300}, tokenizer.encode("ab", EncodeOptions.TEXT));
    assertEquals("", tokenizer.decode(270));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "IQ==",
        "IQ== ",
        "IQ== x",
        "IQ== 1 2",
        "I?== 300",
        " 300",
        "IQ== -1",
        "IQ== 99999999999",
        "IQ== 4194304",
        "IQ== 5",
        "IQ= 300",
        "{\"a\": 1}"
      })
  void refusesADamagedLineWithItsNumber(String line) {
    String message =
        assertThrows(ModelFormatException.class, () -> read(ranks() + line + "\n")).getMessage();
    assertTrue(message.startsWith("t.tiktoken: line 257"), message);
  }

  @Test
  void refusesAFileThatCannotSpellEveryByte() {
    String incomplete = ranks().replaceFirst("(?m)^YQ== 97\n", "");
    assertEquals(
        "t.tiktoken: there is no token for the byte 61",
        assertThrows(ModelFormatException.class, () -> read(incomplete)).getMessage());
    assertThrows(ModelFormatException.class, () -> read(""));
  }

  @Test
  void refusesTwoRanksForOneToken() {
    String twice = ranks("ab", "ab");
    assertEquals(
        "t.tiktoken: tokens 256 and 257 are both spelled 'ab'",
        assertThrows(ModelFormatException.class, () -> read(twice)).getMessage());
  }

  @Test
  void endsInItsOwnExceptionsForAnyChangeOfAFile() {
    byte[] whole = ranks("he", "ll", "hell").getBytes(ISO_8859_1);
    Random random = new Random(10);
    for (int round = 0; round < 2_000; round++) {
      byte[] changed = whole.clone();
      changed[random.nextInt(changed.length)] = (byte) random.nextInt(256);
      try {
        read(new String(changed, ISO_8859_1)).encode("hello", EncodeOptions.TEXT);
      } catch (TernException expected) {
        assertTrue(expected.getMessage().startsWith("t.tiktoken: "), expected.getMessage());
      }
    }
  }
}
