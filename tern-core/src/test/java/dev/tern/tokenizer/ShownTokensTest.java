package dev.tern.tokenizer;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class ShownTokensTest {
  private static final int OPEN = 256;
  private static final int END = 258;

  /// A token for each byte, and special ones.
  private static Tokenizer tokenizer(String... special) {
    List<byte[]> tokens = new ArrayList<>();
    for (int octet = 0; octet < 256; octet++) {
      tokens.add("<0x%02X>".formatted(octet).getBytes(UTF_8));
    }
    for (String token : special) {
      tokens.add(token.getBytes(UTF_8));
    }
    int[] types = new int[tokens.size()];
    Arrays.fill(types, 0, 256, 6);
    Arrays.fill(types, 256, types.length, 3);
    return TokenizerBuilder.sentencePiece("test", tokens)
        .types(types)
        .scores(new float[types.length])
        .addSpacePrefix(false)
        .build();
  }

  @Test
  void marksAroundCallsAreTextWhenAModelSaysThem() {
    Tokenizer shown =
        ShownTokens.showingToolMarks(tokenizer("<tool_call>", "</tool_call>", "<|im_end|>"));
    assertEquals("a<tool_call>b", shown.decode('a', OPEN, 'b', END));
    assertFalse(shown.isControl(OPEN));
    assertTrue(shown.isControl(END));
    assertArrayEquals("<tool_call>".getBytes(UTF_8), shown.bytes(OPEN));
    TokenDecoder decoder = shown.decoder(List.of());
    assertEquals("", decoder.append(0xC3));
    assertEquals("\uFFFD<tool_call>", decoder.append(OPEN));
    assertEquals("", decoder.append(END) + decoder.finish());
  }

  @Test
  void whatAPersonTypesDoesNotBecomeThem() {
    Tokenizer hidden = tokenizer("<tool_call>", "</tool_call>");
    assertArrayEquals(
        hidden.encode("<tool_call>", EncodeOptions.TEXT),
        ShownTokens.showingToolMarks(hidden).encode("<tool_call>", EncodeOptions.TEXT));
  }

  @Test
  void aVocabularyWithoutThemStaysWhatItIs() {
    Tokenizer plain = tokenizer("<|im_end|>");
    assertSame(plain, ShownTokens.showingToolMarks(plain));
  }
}
