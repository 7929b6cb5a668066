package dev.tern.tokenizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tern.json.Json;
import dev.tern.json.JsonView;
import dev.tern.testing.TestData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PublishedVocabulariesTest {
  /// llama.cpp's own tests: texts, and the ids that the library a vocabulary comes from gives them.
  @TestFactory
  Stream<DynamicTest> encodesAsLlamaCppsTestsExpect() throws IOException {
    List<DynamicTest> tests = new ArrayList<>();
    for (String name : new String[] {"falcon", "gpt-2", "llama-spm"}) {
      tests.addAll(vectors(name, "GGUF", PublishedVocabularies.gguf(name)));
    }
    tests.addAll(vectors("llama-bpe", "tokenizer.json", PublishedVocabularies.llama3Json()));
    tests.addAll(vectors("llama-bpe", "tokenizer.model", PublishedVocabularies.llama3Ranks()));
    tests.addAll(vectors("qwen2", "tokenizer.json", PublishedVocabularies.qwen3()));
    tests.addAll(vectors("llama-spm", "tokenizer.model", PublishedVocabularies.llama2()));
    return tests.stream();
  }

  private static List<DynamicTest> vectors(String name, String kind, Tokenizer tokenizer)
      throws IOException {
    String file = "tokenizers/gguf-vocab/ggml-vocab-" + name + ".gguf";
    String[] texts =
        Files.readString(TestData.require(file + ".inp")).split("\n__ggml_vocab_test__\n", -1);
    List<String> ids = Files.readAllLines(TestData.require(file + ".out"));
    assertEquals(46, ids.size());
    return IntStream.range(0, ids.size())
        .mapToObj(i ->
            DynamicTest.dynamicTest(
                "%s %s %d".formatted(name, kind, i),
                () ->
                    assertArrayEquals(
                        parse(ids.get(i)),
                        tokenizer.encode(texts[i], EncodeOptions.TEXT),
                        () -> "'" + texts[i] + "'")))
        .toList();
  }

  private static int[] parse(String line) {
    return Arrays.stream(line.strip().split(" "))
        .filter(id -> !id.isEmpty())
        .mapToInt(Integer::parseInt)
        .toArray();
  }

  @Test
  void encodesAsHuggingFaceDoesWithTheVocabularyOfLlama3() throws IOException {
    for (Tokenizer tokenizer :
        List.of(PublishedVocabularies.llama3Json(), PublishedVocabularies.llama3Ranks())) {
      EncodeOptions text = EncodeOptions.TEXT;
      assertArrayEquals(
          new int[] {9906, 11, 1917, 0, 1102, 596, 220, 4513, 1774, 13},
          tokenizer.encode("Hello, world! It's 12345.", text));
      assertArrayEquals(
          new int[] {220, 1403, 220, 12908, 271, 8161, 17773},
          tokenizer.encode("  two  spaces\n\nDon'T", text));
      assertArrayEquals(
          new int[] {3458, 38672, 588, 53050, 11410, 99, 247},
          tokenizer.encode("naïve café 🦙", text));
      assertArrayEquals(new int[] {271}, tokenizer.encode("\n\n", text));
      assertArrayEquals(
          new int[] {128000, 1502, 25, 21694, 128009, 72803, 25, 220},
          tokenizer.encode("User: Hi<|eot_id|>Assistant: ", EncodeOptions.PROMPT));
      assertEquals(128_256, tokenizer.vocabularySize());
      assertEquals(OptionalInt.of(128_000), tokenizer.bosId());
      assertEquals(OptionalInt.of(128_009), tokenizer.specialId("<|eot_id|>"));
      assertEquals(OptionalInt.of(128_006), tokenizer.specialId("<|start_header_id|>"));
      assertTrue(tokenizer.isEndOfGeneration(128_001));
      assertTrue(tokenizer.isEndOfGeneration(128_009));
      assertFalse(tokenizer.isEndOfGeneration(128_000));
    }
  }

  @Test
  void readsTheSameTokensFromBothFilesOfLlama3() throws IOException {
    Tokenizer json = PublishedVocabularies.llama3Json();
    Tokenizer ranks = PublishedVocabularies.llama3Ranks();
    assertEquals(json.vocabularySize(), ranks.vocabularySize());
    for (int id = 0; id < json.vocabularySize(); id++) {
      assertEquals(json.piece(id), ranks.piece(id));
      assertArrayEquals(json.bytes(id), ranks.bytes(id));
      assertEquals(json.isControl(id), ranks.isControl(id));
    }
  }

  /// Two algorithms, one by listed merges and one by the order of ids, against each other.
  @Test
  void encodesTheSameFromBothFilesOfLlama3() throws IOException {
    Tokenizer json = PublishedVocabularies.llama3Json();
    Tokenizer ranks = PublishedVocabularies.llama3Ranks();
    for (Path file : PublishedVocabularies.texts()) {
      String text = PublishedVocabularies.text(file);
      assertArrayEquals(
          ranks.encode(text, EncodeOptions.PROMPT), json.encode(text, EncodeOptions.PROMPT));
    }
  }

  @Test
  void encodesTheSameFromAGgufFileAndFromASentencePieceModel() throws IOException {
    Tokenizer gguf = PublishedVocabularies.gguf("llama-spm");
    Tokenizer model = PublishedVocabularies.llama2();
    for (Path file : PublishedVocabularies.texts().subList(0, 5)) {
      String text = PublishedVocabularies.text(file);
      assertArrayEquals(
          gguf.encode(text, EncodeOptions.PROMPT), model.encode(text, EncodeOptions.PROMPT));
    }
  }

  @Test
  void knowsTheSpecialTokensOfQwen3() throws IOException {
    Tokenizer tokenizer = PublishedVocabularies.qwen3();
    assertArrayEquals(
        new int[] {151644, 872, 198, 13048, 151645},
        tokenizer.encode("<|im_start|>user\nHi<|im_end|>", EncodeOptions.PROMPT));
    assertTrue(tokenizer.isEndOfGeneration(151_645));
    assertTrue(tokenizer.isEndOfGeneration(151_643));
    assertArrayEquals(
        tokenizer.encode("é", EncodeOptions.TEXT), tokenizer.encode("e\u0301", EncodeOptions.TEXT));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "bitnet-autobitlinear-packed",
        "bitnet-online-bf16",
        "llama-bitlinear-packed",
        "qwen3-rmsnorm-online-bf16"
      })
  void encodesThePromptsOfTheReferenceModels(String model) throws IOException {
    Path folder = TestData.require("models/" + model);
    Tokenizer tokenizer = Tokenizers.load(folder);
    JsonView reference = Json.read(folder.resolve("reference.json"));
    for (String prompt : List.of("p0", "p1", "p2")) {
      int[] expected = Golden.ids(reference.get(prompt).get("ids"));
      String text = reference.get(prompt).get("text").string();
      // The reference put the beginning-of-text token in front itself; the file does not ask for
      // it.
      assertEquals(tokenizer.bosId().orElseThrow(), expected[0]);
      assertArrayEquals(
          Arrays.copyOfRange(expected, 1, expected.length),
          tokenizer.encode(text, EncodeOptions.PROMPT));
      assertEquals(text, tokenizer.decode(expected));
    }
    assertTrue(Tokenizers.chatTemplate(folder).orElseThrow().contains("<|eot_id|>"));
  }

  @Test
  void decodesWhatTheReferenceModelGenerated() throws IOException {
    JsonView reference = Json.read(TestData.require("models/tinystories-b158-3m/reference.json"));
    int[] ids = Golden.ids(reference.get("greedy_from_bos"));
    for (Tokenizer tokenizer :
        List.of(
            Tokenizers.load(TestData.require("models/tinystories-b158-3m/hf-bitllama-3M-f32")),
            GgufVocabularies.load(
                TestData.require("models/tinystories-b158-3m/bitllama-3M-i2_s.gguf")))) {
      String text = tokenizer.decode(ids);
      assertEquals(reference.get("text").string(), text);
      assertArrayEquals(ids, tokenizer.encode(text, EncodeOptions.TEXT));
    }
  }

  /// `tokenizer.ggml.pre` as bitnet.cpp reads the official BitNet file, which lacks it.
  @Test
  void canReproduceTheFiguresOfAFileWithoutAPreTokenizer() throws IOException {
    Path file = TestData.require("models/bitnet-autobitlinear-gguf/bitnet-i2_s.gguf");
    Tokenizer named = GgufVocabularies.load(file);
    Tokenizer plain = GgufVocabularies.load(file, Optional.of(PreTokenizer.DEFAULT));
    Tokenizer json = Tokenizers.load(TestData.require("models/bitnet-autobitlinear-packed"));
    String text = "It's 12345 o'clock, said the 🦙!\n\nWhat now?";
    assertArrayEquals(
        json.encode(text, EncodeOptions.TEXT), named.encode(text, EncodeOptions.TEXT));
    assertFalse(
        Arrays.equals(
            plain.encode(text, EncodeOptions.TEXT), named.encode(text, EncodeOptions.TEXT)));
    assertEquals(text, plain.decode(plain.encode(text, EncodeOptions.TEXT)));
  }
}
