package dev.tern.tokenizer;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ByteAlphabetTest {
  @Test
  void spellsTheBytesThatEveryVocabularyShows() {
    assertEquals('Ġ', ByteAlphabet.letter(' '));
    assertEquals('Ċ', ByteAlphabet.letter('\n'));
    assertEquals('ĉ', ByteAlphabet.letter('\t'));
    assertEquals('a', ByteAlphabet.letter('a'));
    assertEquals('Ń', ByteAlphabet.letter(0xAD));
    assertEquals('ÿ', ByteAlphabet.letter(0xFF));
    assertEquals("naÃ¯ve", ByteAlphabet.spell("naïve".getBytes(UTF_8)));
  }

  @Test
  void hasADifferentLetterForEveryByte() {
    Set<Character> letters = new HashSet<>();
    for (int octet = 0; octet < 256; octet++) {
      letters.add(ByteAlphabet.letter(octet));
      assertEquals(octet, ByteAlphabet.octet(ByteAlphabet.letter(octet)));
    }
    assertEquals(256, letters.size());
  }

  @Test
  void readsBackWhatItSpells() {
    byte[] all = new byte[256];
    for (int octet = 0; octet < 256; octet++) {
      all[octet] = (byte) octet;
    }
    byte[] spelled = ByteAlphabet.spell(all).getBytes(UTF_8);
    byte[] target = new byte[spelled.length];
    int end = ByteAlphabet.read(spelled, 0, spelled.length, target, 0);
    assertArrayEquals(all, Arrays.copyOf(target, end));
  }

  @Test
  void readsNothingElse() {
    for (String text : new String[] {" ", "\n", "a b", "漢", "\u0144", "\u00ad", "\u0000", "🦙"}) {
      byte[] utf8 = text.getBytes(UTF_8);
      assertTrue(ByteAlphabet.read(utf8, 0, utf8.length, new byte[8], 0) < 0, text);
    }
    byte[] truncated = {(byte) 0xC4};
    assertTrue(ByteAlphabet.read(truncated, 0, 1, new byte[8], 0) < 0);
    byte[] continuation = {(byte) 0xA0};
    assertTrue(ByteAlphabet.read(continuation, 0, 1, new byte[8], 0) < 0);
  }
}
