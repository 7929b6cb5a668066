package dev.tern.tokenizer;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tern.ModelFormatException;
import dev.tern.TernException;
import dev.tern.UnsupportedModelException;
import dev.tern.json.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TokenizerJsonTest {
  /// Written as people write it; every part can be exchanged by a test.
  private static final String TINY =
      """
      {
        "version": "1.0",
        "added_tokens": [{"id": 5, "content": "<s>", "special": true, "normalized": false}],
        "normalizer": null,
        "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false, "use_regex": true},
        "post_processor": null,
        "decoder": {"type": "ByteLevel"},
        "model": {
          "type": "BPE", "dropout": null, "unk_token": null, "continuing_subword_prefix": "",
          "end_of_word_suffix": null, "fuse_unk": false, "byte_fallback": false,
          "vocab": {"a": 0, "b": 1, "Ġ": 2, "ab": 3, "Ġab": 4},
          "merges": ["a b", "Ġ ab"]
        }
      }
      """;

  private static Tokenizer read(String json) {
    return read(json, TokenizerConfig.NONE, Optional.empty());
  }

  private static Tokenizer read(
      String json, TokenizerConfig config, Optional<PreTokenizer> override) {
    return TokenizerJson.read(Json.parse("t.json", json.getBytes(UTF_8)), config, override);
  }

  private static Tokenizer with(String part, String other) {
    assertTrue(TINY.contains(part), part);
    return read(TINY.replace(part, other));
  }

  private static void refused(
      Class<? extends TernException> type, String message, String part, String other) {
    String actual = assertThrows(type, () -> with(part, other)).getMessage();
    assertTrue(actual.startsWith("t.json: ") && actual.contains(message), actual);
  }

  private static int[] encode(Tokenizer tokenizer, String text) {
    return tokenizer.encode(text, EncodeOptions.TEXT);
  }

  @Test
  void readsMergesInBothSpellings() {
    int[] expected = {3, 4};
    assertArrayEquals(expected, encode(read(TINY), "ab ab"));
    assertArrayEquals(
        expected,
        encode(with("[\"a b\", \"Ġ ab\"]", "[[\"a\", \"b\"], [\"Ġ\", \"ab\"]]"), "ab ab"));
    assertArrayEquals(expected, encode(with("\"a b\"", "\"\\u0061\\u0020\\u0062\""), "ab ab"));
  }

  @Test
  void describesItself() {
    assertEquals(
        "byte-level BPE, pre-tokenizer of tokenizer.json, 6 tokens, 2 merges",
        read(TINY).description());
  }

  @Test
  void takesTheEdgesFromTheTemplate() {
    String template =
        """
        {"type": "TemplateProcessing",
         "single": [{"SpecialToken": {"id": "x", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}},
                    {"SpecialToken": {"id": "y", "type_id": 0}}],
         "special_tokens": {"x": {"id": "x", "ids": [5]}, "y": {"id": "y", "ids": [3, 1]}}}\
        """;
    Tokenizer tokenizer = with("\"post_processor\": null", "\"post_processor\": " + template);
    assertArrayEquals(new int[] {5, 0, 3, 1}, tokenizer.encode("a", EncodeOptions.PROMPT));
    assertEquals(OptionalInt.of(5), tokenizer.bosId());
    assertEquals(OptionalInt.of(1), tokenizer.eosId());
    assertTrue(tokenizer.addsBos());
    refused(
        ModelFormatException.class,
        "post_processor names the token 77, but the ids are 0 to 5",
        "\"post_processor\": null",
        "\"post_processor\": " + template.replace("[3, 1]", "[77]"));
    refused(
        ModelFormatException.class,
        "post_processor.single should be a template with the text A",
        "\"post_processor\": null",
        "\"post_processor\": " + template.replace("\"A\"", "\"B\""));
  }

  @Test
  void letsTheConfigurationHaveTheLastWordAboutEdges() {
    TokenizerConfig config = config(Optional.of("<s>"), Optional.of("ab"), true, true);
    Tokenizer tokenizer = read(TINY, config, Optional.empty());
    assertArrayEquals(new int[] {5, 0, 3}, tokenizer.encode("a", EncodeOptions.PROMPT));
    TokenizerConfig none = config(Optional.of("<s>"), Optional.empty(), false, false);
    assertArrayEquals(
        new int[] {0}, read(TINY, none, Optional.empty()).encode("a", EncodeOptions.PROMPT));
    TokenizerConfig missing = config(Optional.of("<t>"), Optional.empty(), true, false);
    assertThrows(ModelFormatException.class, () -> read(TINY, missing, Optional.empty()));
    TokenizerConfig unnamed = config(Optional.empty(), Optional.empty(), true, false);
    assertThrows(ModelFormatException.class, () -> read(TINY, unnamed, Optional.empty()));
  }

  private static TokenizerConfig config(
      Optional<String> bos, Optional<String> eos, boolean addBos, boolean addEos) {
    return new TokenizerConfig(
        bos,
        eos,
        Optional.empty(),
        Optional.of(addBos),
        Optional.of(addEos),
        List.of(),
        Optional.empty());
  }

  @Test
  void addsTheTokensOfTheConfiguration() {
    TokenizerConfig config =
        new TokenizerConfig(
            Optional.empty(),
            Optional.empty(),
            Optional.of("<pad>"),
            Optional.empty(),
            Optional.empty(),
            List.of(new SpecialToken(5, "<s>", true), new SpecialToken(8, "<pad>", true)),
            Optional.empty());
    Tokenizer tokenizer = read(TINY, config, Optional.empty());
    assertEquals(9, tokenizer.vocabularySize());
    assertEquals(OptionalInt.of(8), tokenizer.padId());
    assertEquals("", tokenizer.piece(7));
    assertArrayEquals(new int[] {8, 0}, tokenizer.encode("<pad>a", EncodeOptions.PROMPT));
  }

  @Test
  void exchangesThePreTokenizer() {
    String contracted =
        TINY.replace("\"Ġab\": 4}", "\"Ġab\": 4, \"'\": 6, \"s\": 7, \"'s\": 8}")
            .replace("[\"a b\",", "[\"' s\", \"a b\",");
    assertArrayEquals(new int[] {0, 8}, encode(read(contracted), "a's"));
    Tokenizer other = read(contracted, TokenizerConfig.NONE, Optional.of(PreTokenizer.DEFAULT));
    assertArrayEquals(new int[] {0, 6, 7}, encode(other, "a's"));
    assertTrue(other.description().contains("pre-tokenizer default"), other.description());
  }

  @Test
  void normalizesToComposedForm() {
    String composed =
        TINY.replace("\"normalizer\": null", "\"normalizer\": {\"type\": \"NFC\"}")
            .replace("\"a\": 0", "\"Ã\": 0, \"©\": 6, \"a\": 7");
    Tokenizer tokenizer = read(composed);
    assertArrayEquals(new int[] {0, 6}, encode(tokenizer, "e\u0301"));
    assertEquals("é", tokenizer.decode(encode(tokenizer, "e\u0301")));
  }

  @Test
  void keepsAnAddedTokenThatIsAlsoInTheVocabulary() {
    Tokenizer tokenizer =
        with("[{\"id\": 5,", "[{\"id\": 3, \"content\": \"ab\", \"special\": false}, {\"id\": 5,");
    assertArrayEquals(new int[] {2, 3, 0}, encode(tokenizer, " aba"));
    assertEquals(" aba", tokenizer.decode(2, 3, 0));
    assertEquals(OptionalInt.of(3), tokenizer.specialId("ab"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\"type\": \"BPE\"|\"type\": \"Unigram\"|a tokenizer of type Unigram",
        "\"type\": \"BPE\"|\"type\": \"WordPiece\"|a tokenizer of type WordPiece",
        "\"dropout\": null|\"dropout\": 0.1|model.dropout is set",
        "\"continuing_subword_prefix\": \"\"|\"continuing_subword_prefix\": \"##\"|model.continuing_subword_prefix is set",
        "\"end_of_word_suffix\": null|\"end_of_word_suffix\": \"</w>\"|model.end_of_word_suffix is set",
        "\"normalizer\": null|\"normalizer\": {\"type\": \"BertNormalizer\"}|normalizer has the type BertNormalizer",
        "\"normalizer\": null|\"normalizer\": {\"type\": \"Sequence\", \"normalizers\": [{\"type\": \"Precompiled\"}]}|normalizer.normalizers[0] has the type Precompiled",
        "{\"type\": \"ByteLevel\", \"add|{\"type\": \"BertPreTokenizer\", \"add|pre_tokenizer has the type BertPreTokenizer",
        "\"post_processor\": null|\"post_processor\": {\"type\": \"BertProcessing\"}|post_processor has the type BertProcessing",
        "\"decoder\": {\"type\": \"ByteLevel\"}|\"decoder\": {\"type\": \"WordPiece\"}|decoder has the type WordPiece",
        "\"decoder\": {\"type\": \"ByteLevel\"}|\"decoder\": {\"type\": \"Fuse\"}|do not belong together",
        "{\"type\": \"ByteLevel\", \"add|{\"type\": \"Digits\", \"add|do not belong together",
      })
  void refusesByNameWhatItCannotDo(String part, String other, String message) {
    refused(UnsupportedModelException.class, message, part, other);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\"model\"|\"modell\"|model is missing",
        "\"vocab\"|\"vocabulary\"|model.vocab is missing",
        "\"merges\"|\"merge\"|model.merges is missing",
        "\"a\": 0|\"a\": \"0\"|an id in model.vocab should be an integer",
        "\"a\": 0|\"a\": 1.5|an id in model.vocab should be an integer",
        "\"a\": 0|\"a\": -1|the token 'a' has the id -1",
        "\"a\": 0|\"a\": 2000000000|the token 'a' has the id 2000000000; ids are 0 to 4194303",
        "\"a\": 0|\"a\": 1|the tokens 'a' and 'b' both have the id 1",
        "\"id\": 5|\"id\": 4|the tokens 'Ġab' and '<s>' both have the id 4",
        "\"id\": 5, \"content\": \"<s>\"|\"id\": 5, \"content\": \"ab\"|the added token 'ab' has the id 5, but the vocabulary gives it 3",
        "\"content\": \"<s>\"|\"content\": 7|added_tokens[0].content should be a string",
        "\"a b\"|\"a x\"|merge 0 names the token 'x', which the vocabulary does not have",
        "\"a b\"|\"b a\"|merge 0 names the token 'ba', which the vocabulary does not have",
        "\"a b\"|\"ab\"|merge 0 should be two tokens with a space between, but is 'ab'",
        "\"a b\"|[\"a\"]|an element of model.merges should be a pair of tokens",
        "\"a b\"|[\"a\", 1]|an element of model.merges should be a pair of tokens",
        "\"a b\"|7|an element of model.merges should be a pair of tokens",
        "\"unk_token\": null|\"unk_token\": \"<unk>\"|model.unk_token is '<unk>', but there is no such token",
        "\"type\": \"BPE\"|\"type\": 1|model.type should be a string",
        "\"fuse_unk\": false|\"fuse_unk\": 1|model.fuse_unk should be true or false",
        "\"added_tokens\": [|\"added_tokens\": [{\"id\": 5, \"content\": \"<s>\"},|the added token '<s>' occurs twice",
      })
  void refusesWhatContradictsItself(String part, String other, String message) {
    refused(ModelFormatException.class, message, part, other);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"type\": \"Split\", \"pattern\": {\"Regex\": \"a\"}, \"behavior\": \"Sideways\"}",
        "{\"type\": \"Split\", \"behavior\": \"Isolated\"}",
        "{\"type\": \"Split\", \"pattern\": {}, \"behavior\": \"Isolated\"}",
        "{\"type\": \"Split\", \"pattern\": {\"Regex\": \"(\"}, \"behavior\": \"Isolated\"}",
        "{\"type\": \"Metaspace\", \"replacement\": \"__\"}",
        "{\"type\": \"Metaspace\", \"replacement\": \"_\", \"prepend_scheme\": \"sometimes\"}",
        "{\"type\": \"Sequence\", \"pretokenizers\": {}}",
        "{}"
      })
  void refusesADamagedPreTokenizer(String preTokenizer) {
    refused(
        ModelFormatException.class,
        "pre_tokenizer",
        "{\"type\": \"ByteLevel\", \"add_prefix_space\": false, \"use_regex\": true}",
        preTokenizer);
  }

  @Test
  void refusesStepsThatWouldSeeBytesAsText() {
    String twice =
        "{\"type\": \"Sequence\", \"pretokenizers\": [{\"type\": \"ByteLevel\"}, {\"type\": \"ByteLevel\"}]}";
    refused(
        UnsupportedModelException.class,
        "changes text after ByteLevel",
        "{\"type\": \"ByteLevel\", \"add_prefix_space\": false, \"use_regex\": true}",
        twice);
  }

  @Test
  void endsInItsOwnExceptionsForEveryPrefixAndManyChangesOfAFile() throws IOException {
    byte[] whole = Files.readAllBytes(Golden.file("characters.json"));
    Random random = new Random(8);
    for (int length = 0; length < whole.length; length += 1 + random.nextInt(20)) {
      byte[] prefix = Arrays.copyOf(whole, length);
      assertThrows(ModelFormatException.class, () -> tokenizer(prefix));
    }
    for (int round = 0; round < 1_500; round++) {
      byte[] changed = whole.clone();
      for (int i = random.nextInt(3); i >= 0; i--) {
        int at = random.nextInt(changed.length);
        changed[at] =
            round % 2 == 0
                ? (byte) random.nextInt(256)
                : (byte) "\"[]{},:0123456789tfn\\a".charAt(random.nextInt(22));
      }
      try {
        tokenizer(changed).encode("a b c", EncodeOptions.PROMPT);
      } catch (TernException expected) {
        assertTrue(expected.getMessage().startsWith("t.json: "), expected.getMessage());
      }
    }
  }

  private static Tokenizer tokenizer(byte[] json) {
    return TokenizerJson.read(Json.parse("t.json", json), TokenizerConfig.NONE, Optional.empty());
  }
}
