package dev.tern.tokenizer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RoundTripTest {
  private static Tokenizer load(String name) throws IOException {
    return switch (name) {
      case "llama3" -> PublishedVocabularies.llama3Json();
      case "qwen3" -> PublishedVocabularies.qwen3();
      case "llama2" -> PublishedVocabularies.llama2();
      default -> PublishedVocabularies.gguf(name);
    };
  }

  /// What a tokenizer keeps of a text: Qwen 3 composes characters before it tokenizes them, and
  /// SentencePiece cannot tell U+2581 from the space that it stands for.
  private static UnaryOperator<String> kept(String name) {
    return switch (name) {
      case "qwen3" -> text -> Normalizer.normalize(text, Normalizer.Form.NFC);
      case "llama2", "llama-spm" -> text -> text.replace('\u2581', ' ');
      default -> UnaryOperator.identity();
    };
  }

  @ParameterizedTest
  @ValueSource(strings = {"llama3", "qwen3", "llama2", "falcon", "gpt-2", "llama-spm"})
  void givesBackEveryTextOfTheTestData(String name) throws IOException {
    Tokenizer tokenizer = load(name);
    for (Path file : PublishedVocabularies.texts()) {
      String text = PublishedVocabularies.text(file);
      int[] ids = tokenizer.encode(text, EncodeOptions.TEXT);
      // Not assertEquals, which would print megabytes.
      assertTrue(kept(name).apply(text).equals(tokenizer.decode(ids)), file.toString());
    }
  }

  /// The text without the characters that need one of the 27 bytes Falcon's vocabulary lacks, such
  /// as most control characters; like its reference, Tern leaves those bytes out.
  private static String spellable(String name, String text) {
    if (!name.equals("falcon")) {
      return text;
    }
    StringBuilder result = new StringBuilder();
    UnicodeTexts.repaired(text)
        .codePoints()
        .filter(c -> c == '\t' || c == '\n' || c == '\r' || (c >= ' ' && c < 0x80000))
        .forEach(result::appendCodePoint);
    return result.toString();
  }

  @ParameterizedTest
  @ValueSource(strings = {"llama3", "qwen3", "llama2", "falcon", "gpt-2", "llama-spm"})
  void givesBackAnyUnicodeText(String name) throws IOException {
    Tokenizer tokenizer = load(name);
    Random random = new Random(11);
    for (int round = 0; round < 3_000; round++) {
      String text = spellable(name, UnicodeTexts.next(random));
      String expected = kept(name).apply(UnicodeTexts.repaired(text));
      assertEquals(expected, tokenizer.decode(tokenizer.encode(text, EncodeOptions.TEXT)));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"llama3", "llama2", "falcon"})
  void streamsWhatItDecodesAtOnce(String name) throws IOException {
    Tokenizer tokenizer = load(name);
    Random random = new Random(12);
    for (int round = 0; round < 500; round++) {
      String text = UnicodeTexts.next(random);
      int[] ids = tokenizer.encode(text, EncodeOptions.PROMPT);
      List<Integer> all = new ArrayList<>();
      for (int id : ids) {
        all.add(id);
      }
      int cut = random.nextInt(all.size() + 1);
      String streamed =
          stream(tokenizer, List.of(), all.subList(0, cut), false)
              + stream(tokenizer, all.subList(0, cut), all.subList(cut, all.size()), true);
      assertEquals(tokenizer.decode(ids), streamed);
    }
  }

  private static String stream(
      Tokenizer tokenizer, List<Integer> context, List<Integer> ids, boolean finish) {
    TokenDecoder decoder = tokenizer.decoder(context);
    StringBuilder text = new StringBuilder();
    ids.forEach(id -> text.append(decoder.append(id)));
    return text.append(finish ? decoder.finish() : "").toString();
  }

  @Test
  void givesBackAnyUnicodeTextWithVocabulariesOfItsOwn() throws IOException {
    Random random = new Random(13);
    Tokenizer bytes = Tokenizers.load(Golden.file("byte-level.json"));
    Tokenizer pieces = Tokenizers.load(Golden.file("pieces.model"));
    for (int round = 0; round < 5_000; round++) {
      String text = UnicodeTexts.next(random);
      String expected = UnicodeTexts.repaired(text);
      assertEquals(expected, bytes.decode(bytes.encode(text, EncodeOptions.TEXT)));
      assertEquals(
          expected.replace('\u2581', ' '), pieces.decode(pieces.encode(text, EncodeOptions.TEXT)));
    }
  }
}
