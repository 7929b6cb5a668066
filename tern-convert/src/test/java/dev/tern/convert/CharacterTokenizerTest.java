package dev.tern.convert;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tern.GenerationOptions;
import dev.tern.LoadOptions;
import dev.tern.TernModel;
import dev.tern.gguf.GgufFile;
import dev.tern.gguf.GgufValueType;
import dev.tern.source.ModelSource;
import dev.tern.testing.TestData;
import dev.tern.tokenizer.EncodeOptions;
import dev.tern.tokenizer.Tokenizer;
import dev.tern.tokenizer.TokenizerBuilder;
import dev.tern.tokenizer.TokenizerFacts;
import dev.tern.tokenizer.Tokenizers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;

/// Folders whose SentencePiece tokenizer is only there as a `tokenizer.json`, as transformers makes
/// it of a `tokenizer.model`.
class CharacterTokenizerTest {
  private static final String PREFIX = "tokenizer.ggml.";

  @TempDir Path folder;

  private record Merge(String left, String right, float score) {}

  /// Transformers' `generate_merges`: every pair of tokens that spells a token, the best first.
  private static List<List<String>> merges(TokenizerFacts model, Map<String, Integer> vocabulary) {
    List<Merge> merges = new ArrayList<>();
    vocabulary.forEach((token, id) -> {
      for (int i = 1; i < token.length(); i++) {
        String left = token.substring(0, i);
        String right = token.substring(i);
        if (vocabulary.containsKey(left) && vocabulary.containsKey(right)) {
          merges.add(new Merge(left, right, model.scores()[id]));
        }
      }
    });
    merges.sort(
        Comparator.comparingDouble(Merge::score)
            .thenComparingInt(merge -> merge.left().length())
            .thenComparingInt(merge -> merge.right().length())
            .reversed());
    return merges.stream().map(merge -> List.of(merge.left(), merge.right())).toList();
  }

  /// Writes a `tokenizer.json` of a SentencePiece model.
  ///
  /// @param legacy whether spaces are marked by normalizers, as before transformers 4.40
  private static void writeJson(TokenizerFacts model, Path file, boolean legacy)
      throws IOException {
    Map<String, Integer> vocabulary = new LinkedHashMap<>();
    for (byte[] token : model.tokens()) {
      vocabulary.put(new String(token, UTF_8), vocabulary.size());
    }
    List<Object> added = new ArrayList<>();
    for (int id = 0; id < 3; id++) {
      String text = new String(model.tokens().get(id), UTF_8);
      added.add(Map.of("id", id, "content", text, "special", true, "normalized", false));
    }
    Map<String, Object> replaced =
        Map.of("type", "Replace", "pattern", Map.of("String", " "), "content", "\u2581");
    Map<String, Object> root = new LinkedHashMap<>();
    root.put("added_tokens", added);
    if (legacy) {
      root.put(
          "normalizer",
          Map.of(
              "type",
              "Sequence",
              "normalizers",
              List.of(Map.of("type", "Prepend", "prepend", "\u2581"), replaced)));
    } else {
      root.put(
          "pre_tokenizer",
          Map.of(
              "type",
              "Metaspace",
              "replacement",
              "\u2581",
              "prepend_scheme",
              "first",
              "split",
              false));
    }
    root.put(
        "post_processor",
        Map.of(
            "type",
            "TemplateProcessing",
            "single",
            List.of(
                Map.of("SpecialToken", Map.of("id", "<s>")), Map.of("Sequence", Map.of("id", "A"))),
            "special_tokens",
            Map.of("<s>", Map.of("id", "<s>", "ids", List.of(1)))));
    root.put(
        "decoder",
        Map.of(
            "type",
            "Sequence",
            "decoders",
            List.of(
                Map.of("type", "Replace", "pattern", Map.of("String", "\u2581"), "content", " "),
                Map.of("type", "ByteFallback"),
                Map.of("type", "Fuse"),
                Map.of("type", "Strip", "content", " ", "start", 1, "stop", 0))));
    root.put(
        "model",
        Map.of(
            "type",
            "BPE",
            "unk_token",
            "<unk>",
            "fuse_unk",
            true,
            "byte_fallback",
            true,
            "vocab",
            vocabulary,
            "merges",
            merges(model, vocabulary)));
    Files.write(file, JsonMapper.builder().build().writeValueAsBytes(root));
  }

  private static Tokenizer build(TokenizerFacts facts) {
    TokenizerBuilder builder =
        TokenizerBuilder.sentencePiece("facts", facts.tokens())
            .scores(facts.scores())
            .types(facts.types())
            .addSpacePrefix(facts.addSpacePrefix())
            .removeExtraWhitespaces(facts.removeExtraWhitespaces())
            .addBos(facts.addBos());
    builder.bosId(facts.bosId().orElseThrow()).unknownId(facts.unknownId().orElseThrow());
    return builder.build();
  }

  private static String[] texts(Path file) throws IOException {
    return Files.readString(file).split("\n__ggml_vocab_test__\n", -1);
  }

  private static int[] ids(String line) {
    return Stream.of(line.strip().split(" +"))
        .filter(id -> !id.isEmpty())
        .mapToInt(Integer::parseInt)
        .toArray();
  }

  @Test
  void makeTheIdsOfLlama2() throws IOException {
    Path published = TestData.require("tokenizers/llama2");
    Path vectors = TestData.require("tokenizers/gguf-vocab/ggml-vocab-llama-spm.gguf.inp");
    Path expected = TestData.require("tokenizers/gguf-vocab/ggml-vocab-llama-spm.gguf.out");
    TokenizerFacts original = Tokenizers.facts(published);
    writeJson(original, folder.resolve("tokenizer.json"), true);
    TokenizerFacts facts = Tokenizers.facts(folder);
    assertArrayEquals(original.types(), facts.types());
    assertTrue(facts.addBos() && facts.addSpacePrefix(), "as tokenizer.model says");
    assertEquals(List.of(), onlyMissingEnd(facts.losses()));
    Tokenizer running = Tokenizers.load(folder);
    Tokenizer converted = build(facts);
    List<String> lines = Files.readAllLines(expected);
    String[] texts = texts(vectors);
    for (int i = 0; i < lines.size(); i++) {
      assertArrayEquals(ids(lines.get(i)), running.encode(texts[i], EncodeOptions.TEXT), texts[i]);
      assertArrayEquals(
          ids(lines.get(i)), converted.encode(texts[i], EncodeOptions.TEXT), texts[i]);
    }
    Tokenizer sentencePiece = Tokenizers.load(published);
    String story =
        Files.readString(TestData.require("text/tinystories/tinystories_val_yuninxia_0.8MB.txt"));
    assertArrayEquals(
        sentencePiece.encode(story, EncodeOptions.PROMPT),
        converted.encode(story, EncodeOptions.PROMPT));
  }

  private static List<String> onlyMissingEnd(List<String> losses) {
    return losses.stream().filter(loss -> !loss.contains("the token that ends a text")).toList();
  }

  private Path modelWithJson(boolean legacy) throws IOException {
    Path original = TestData.require("models/tinystories-b158-3m/hf-bitllama-3M-packed");
    Path copy = Files.createDirectory(folder.resolve("model"));
    for (String name : List.of("config.json", "model.safetensors")) {
      Files.copy(original.resolve(name), copy.resolve(name));
    }
    writeJson(Tokenizers.facts(original), copy.resolve("tokenizer.json"), legacy);
    return copy;
  }

  private static String write(Path model) throws IOException {
    GenerationOptions options = GenerationOptions.builder().temperature(0).maxTokens(30).build();
    try (TernModel loaded = TernModel.load(model, LoadOptions.defaults().withThreads(1))) {
      assertArrayEquals(
          new int[] {1, 403, 407, 261, 378},
          loaded.tokenizer().encode("Once upon a time", EncodeOptions.PROMPT));
      return loaded.generate("Once upon a time", options).text();
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void runAndAreConverted(boolean legacy) throws IOException {
    Path model = modelWithJson(legacy);
    Path gguf = folder.resolve("model.gguf");
    try (ModelSource source = ModelSource.open(model)) {
      ConversionReport report =
          GgufConversion.of(source, EncodingPlan.of(source, EncodingChoice.defaults()))
              .write(gguf, false);
      assertEquals(
          legacy ? 0 : 1, onlyMissingEnd(report.notices()).size(), report.notices().toString());
    }
    Path published = TestData.require("models/tinystories-b158-3m/bitllama-3M-i2_s.gguf");
    String text = write(published);
    assertEquals(text, write(model));
    assertEquals(text, write(gguf));
    try (GgufFile theirs = GgufFile.open(published);
        GgufFile ours = GgufFile.open(gguf)) {
      assertEquals("llama", ours.metadata().requireString(PREFIX + "model"));
      assertEquals(true, ours.metadata().findBool(PREFIX + "add_bos_token").orElseThrow());
      assertEquals(true, ours.metadata().findBool(PREFIX + "add_space_prefix").orElseThrow());
      for (GgufFile file : List.of(theirs, ours)) {
        assertEquals(
            512,
            file.metadata()
                .findArray(PREFIX + "scores", GgufValueType.FLOAT32)
                .orElseThrow()
                .floats()
                .length);
      }
      assertArrayEquals(types(theirs), types(ours));
    }
  }

  private static int[] types(GgufFile file) {
    int[] types =
        file.metadata().findArray(PREFIX + "token_type", GgufValueType.INT32).orElseThrow().ints();
    return Arrays.copyOf(types, 259);
  }
}
