package dev.tern.tokenizer;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class StreamingDecoderTest {
  /// The id of a byte's letter is the byte.
  private static final Tokenizer BYTES =
      TokenizerBuilder.byteLevel("test", Vocabularies.bytes(Vocabularies.letters())).build();

  private static List<Integer> ids(byte[] bytes) {
    List<Integer> ids = new ArrayList<>();
    for (byte octet : bytes) {
      ids.add(octet & 0xFF);
    }
    return ids;
  }

  private static int[] array(List<Integer> ids) {
    return ids.stream().mapToInt(Integer::intValue).toArray();
  }

  @Test
  void holdsACharacterBackUntilItIsWhole() {
    TokenDecoder decoder = BYTES.decoder(List.of());
    List<String> parts = new ArrayList<>();
    for (int id : ids("aé漢🦙".getBytes(UTF_8))) {
      parts.add(decoder.append(id));
    }
    assertEquals(List.of("a", "", "é", "", "", "漢", "", "", "", "🦙"), parts);
    assertEquals("", decoder.finish());
  }

  @Test
  void replacesACharacterThatNeverBecomesWhole() {
    TokenDecoder decoder = BYTES.decoder(List.of());
    assertEquals("", decoder.append(0xF0));
    assertEquals("", decoder.append(0x9F));
    assertEquals("\uFFFDa", decoder.append('a'));
    assertEquals("", decoder.append(0xE6));
    assertEquals("\uFFFD", decoder.finish());
    assertEquals("", decoder.finish());
  }

  @Test
  void givesInPiecesWhatDecodingGivesAtOnceForAnyBytes() {
    Random random = new Random(3);
    int[] leads = {
      0xC2, 0xDF, 0xE0, 0xE1, 0xED, 0xEF, 0xF0, 0xF1, 0xF4, 0xF5, 0xC0, 0xFF, 'a', ' '
    };
    for (int round = 0; round < 100_000; round++) {
      byte[] bytes = new byte[random.nextInt(9)];
      for (int i = 0; i < bytes.length; i++) {
        bytes[i] =
            (byte)
                (random.nextInt(3) == 0
                    ? leads[random.nextInt(leads.length)]
                    : 0x80 + random.nextInt(0x40));
      }
      List<Integer> ids = ids(bytes);
      TokenDecoder decoder = BYTES.decoder(List.of());
      StringBuilder text = new StringBuilder();
      for (int id : ids) {
        text.append(decoder.append(id));
      }
      text.append(decoder.finish());
      assertEquals(new String(bytes, UTF_8), text.toString());
      assertEquals(text.toString(), BYTES.decode(array(ids)));
    }
  }

  @Test
  void neverHandsOutHalfASurrogatePair() {
    TokenDecoder decoder = BYTES.decoder(List.of());
    for (int id : ids("🦙🦙é🦙".getBytes(UTF_8))) {
      String part = decoder.append(id);
      assertFalse(
          !part.isEmpty() && Character.isHighSurrogate(part.charAt(part.length() - 1)), part);
    }
  }

  @Test
  void continuesTheContextWithoutRepeatingIt() {
    List<Integer> whole = ids("naïve 🦙!".getBytes(UTF_8));
    for (int cut = 0; cut <= whole.size(); cut++) {
      List<Integer> context = whole.subList(0, cut);
      TokenDecoder decoder = BYTES.decoder(context);
      StringBuilder text = new StringBuilder();
      whole.subList(cut, whole.size()).forEach(id -> text.append(decoder.append(id)));
      text.append(decoder.finish());
      TokenDecoder before = BYTES.decoder(List.of());
      StringBuilder seen = new StringBuilder();
      context.forEach(id -> seen.append(before.append(id)));
      assertEquals("naïve 🦙!", seen + text.toString());
    }
  }
}
