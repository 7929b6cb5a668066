package dev.tern.tokenizer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tern.UnsupportedModelException;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class PreTokenizerTest {
  private static List<String> cut(PreTokenizer preTokenizer, String text) {
    return preTokenizer.cut(text);
  }

  @Test
  void isFoundByTheNamesInFiles() {
    assertSame(PreTokenizer.LLAMA_BPE, PreTokenizer.named("llama-bpe"));
    assertSame(PreTokenizer.LLAMA_BPE, PreTokenizer.named("llama3"));
    assertSame(PreTokenizer.LLAMA_BPE, PreTokenizer.named("llama-v3"));
    assertSame(PreTokenizer.QWEN2, PreTokenizer.named("qwen2"));
    assertSame(PreTokenizer.GPT2, PreTokenizer.named("gpt-2"));
    // llama.cpp and ik_llama.cpp against bitnet.cpp: the majority decides, the other can be chosen.
    assertSame(PreTokenizer.LLAMA_BPE, PreTokenizer.named("falcon3"));
    assertSame(PreTokenizer.FALCON_E, PreTokenizer.named("falcon_e"));
  }

  @ParameterizedTest
  @EnumSource
  void canBeChosenByTheNameItShows(PreTokenizer preTokenizer) {
    assertSame(preTokenizer, PreTokenizer.named(preTokenizer.displayName()));
  }

  @Test
  void saysWhichNamesThereAreWhenOneIsUnknown() {
    String message =
        assertThrows(UnsupportedModelException.class, () -> PreTokenizer.named("tekken"))
            .getMessage();
    assertTrue(message.startsWith("the pre-tokenizer 'tekken' is not known"), message);
    for (PreTokenizer known : PreTokenizer.values()) {
      assertTrue(message.contains(known.displayName()), message);
    }
  }

  /// The differences that the format notes list for a file without a name.
  @Test
  void cutsDifferentlyUnderTheDefaultName() {
    assertEquals(List.of("It", "'s"), cut(PreTokenizer.LLAMA_BPE, "It's"));
    assertEquals(List.of("It", "'", "s"), cut(PreTokenizer.DEFAULT, "It's"));
    assertEquals(List.of("a", "\n\n", "b"), cut(PreTokenizer.LLAMA_BPE, "a\n\nb"));
    assertEquals(List.of("a", "\n", "\n", "b"), cut(PreTokenizer.DEFAULT, "a\n\nb"));
    assertEquals(List.of("a", " ("), cut(PreTokenizer.LLAMA_BPE, "a ("));
    assertEquals(List.of("a", " ", "("), cut(PreTokenizer.DEFAULT, "a ("));
  }

  @Test
  void cutsNumbersAsEachModelWasTrained() {
    assertEquals(List.of("123", "45"), cut(PreTokenizer.LLAMA_BPE, "12345"));
    assertEquals(List.of("1", "2", "3", "4", "5"), cut(PreTokenizer.QWEN2, "12345"));
    assertEquals(List.of("123", "45"), cut(PreTokenizer.DEFAULT, "12345"));
    assertEquals(List.of("1", "2", "3", "4", "5"), cut(PreTokenizer.FALCON_E, "12345"));
    assertEquals(List.of("12345"), cut(PreTokenizer.GPT2, "12345"));
    assertEquals(List.of("1", "2", "3"), cut(PreTokenizer.STARCODER, "123"));
  }

  @Test
  void takesUnicodesWhiteSpaceForWhiteSpace() {
    // The next-line control, the no-break space and the ideographic space are; the zero-width space
    // and the information separators are not, although the JDK's own classes disagree about some.
    assertEquals(List.of("a", "\u0085b"), cut(PreTokenizer.LLAMA_BPE, "a\u0085b"));
    assertEquals(
        List.of("!", "\u0085\u00a0", "\u3000", "!"),
        cut(PreTokenizer.GPT2, "!\u0085\u00a0\u3000!"));
    assertEquals(List.of("!\u200b\u001c!"), cut(PreTokenizer.GPT2, "!\u200b\u001c!"));
    assertEquals(List.of("!\u200b\u001c!"), cut(PreTokenizer.LLAMA_BPE, "!\u200b\u001c!"));
  }

  @ParameterizedTest
  @EnumSource
  void losesNothing(PreTokenizer preTokenizer) {
    String text =
        Stream.of(" a  b\n\nc 12345 it's ٣½ é漢🦙 \u00a0\t", "!?\r\n", "\u0000")
            .reduce("", String::concat);
    assertEquals(text, String.join("", cut(preTokenizer, text)));
  }
}
